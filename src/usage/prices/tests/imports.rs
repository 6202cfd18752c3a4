//! Tables that users bring: each form is read exactly, own prices come first, and what cannot be
//! meant is refused by name.

use super::{now, prices, report, tokens, usage};
use crate::usage::prices::table::{Block, Table};
use crate::usage::prices::{Import, ImportError, Tables, fill};
use crate::usage::{ModelUsage, Tokens};

const TODAY: &str = "2026-11-21";

fn own(text: &str) -> Result<Import, ImportError> {
    Import::read(text, true, TODAY)
}

fn json(text: &str) -> Result<Import, ImportError> {
    Import::read(text, false, TODAY)
}

/// Prices by the tables that were imported, in this order.
fn priced_by(imports: &[&Import], usage: ModelUsage) -> Result<ModelUsage, String> {
    let directory = tempfile::tempdir().expect("a directory");
    for import in imports {
        import.save(directory.path()).expect("kept");
    }
    let mut report = report(vec![usage]);
    let mut tables = Tables::in_directory(directory.path());
    let unpriced = fill(&mut report, None, now(), &mut tables);
    match unpriced.into_iter().next() {
        Some(why) => Err(why.reason),
        None => Ok(report.models.remove(0)),
    }
}

fn table_of(usage: &ModelUsage) -> String {
    let id = &usage.pricing.as_ref().expect("a pricing").table;
    id.split('@').next().expect("a name").to_owned()
}

const OWN: &str = r#"
[[model]]
name = "Acme-Large"
aliases = ["acme/large"]
input = 3.00
output = 1_5
cache_read = +0.3
cache_write_1h = 6
reasoning = 20
web_search = 0.01
[[model.above]]
tokens = 200_000
input = 6
[[model]]
name = "gpt-5.5"
provider = "OpenAI"
input = 4.123456
output = 0
"#;

#[test]
fn own_prices_are_read_as_they_are_written() {
    let import = own(OWN).expect("a table");
    let all = Tokens {
        input: 10,
        cache_read: 10,
        cache_write_5m: 10,
        cache_write_1h: 10,
        output: 10,
        reasoning: 4,
        ..Tokens::default()
    };
    let usage = ModelUsage {
        web_searches: 1,
        ..usage("whoever", "acme-large", all)
    };
    // A cache written for five minutes has no price of its own: it is input.
    let priced = priced_by(&[&import], usage).expect("priced");
    assert_eq!(
        prices(&priced),
        [
            "input 3",
            "cache_read 0.3",
            "cache_write_5m 3",
            "cache_write_1h 6",
            "output 15",
            "reasoning 20",
            "web_search 10000"
        ]
    );
    // 30 + 3 + 30 + 60 + 90 + 80 microdollars and a cent.
    assert_eq!(priced.cost.expect("a cost").to_string(), "0.010293");
    let long = super::usage("", "ACME/large", tokens(200_001, 1));
    let priced = priced_by(&[&import], long).expect("priced");
    assert_eq!(prices(&priced), ["input 6", "output 15"]);
}

#[test]
fn own_prices_come_before_imported_ones_and_those_before_the_built_in() {
    let own = own(OWN).expect("a table");
    let imported = json(LITELLM).expect("a table");
    let asked = |provider: &str, model: &str, imports: &[&Import]| {
        let usage = priced_by(
            imports,
            usage(provider, model, tokens(1_000_000, 1_000_000)),
        );
        usage.map(|usage| (table_of(&usage), usage.cost.expect("a cost").to_string()))
    };
    let is = |table: &str, cost: &str| Ok((table.to_owned(), cost.to_owned()));
    let both = [&own, &imported];
    assert_eq!(asked("openai", "gpt-5.5", &both), is("own", "4.123456"));
    assert_eq!(
        asked("openai", "gpt-5.5", &[&imported]),
        is("litellm", "65.00")
    );
    assert_eq!(asked("openai", "gpt-5", &both), is("genai-prices", "11.25"));
    // Own prices of one provider say nothing of another's.
    assert_eq!(
        asked("azure", "gpt-5.5", &[&own]),
        is("genai-prices", "55.00")
    );
}

const LITELLM: &str = r#"{
  "sample_spec": {"input_cost_per_token": 0.0, "litellm_provider": "one of"},
  "gpt-5.5": {"litellm_provider": "openai", "mode": "chat",
    "input_cost_per_token": 1e-05, "output_cost_per_token": 4.5e-05,
    "cache_read_input_token_cost": 1.0000000000000001e-06,
    "input_cost_per_token_above_272k_tokens": 2e-05,
    "input_cost_per_token_batches": 5e-06, "output_cost_per_token_batches": 2.25e-05,
    "input_cost_per_token_priority": 2e-05, "output_cost_per_token_priority": 9e-05,
    "search_context_cost_per_query": {"search_context_size_low": 0.01,
      "search_context_size_medium": 0.01, "search_context_size_high": 0.01}},
  "gemini/gemini-9-pro": {"litellm_provider": "gemini",
    "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06},
  "vertex_ai/gemini-9-pro": {"litellm_provider": "vertex_ai-language-models",
    "input_cost_per_token": 3e-06, "output_cost_per_token": 2e-06},
  "us.anthropic.claude-9": {"litellm_provider": "bedrock_converse",
    "input_cost_per_token": 5.5e-06, "output_cost_per_token": 2.75e-05,
    "cache_creation_input_token_cost_above_1hr": 1.1e-05},
  "house/model": {"litellm_provider": "house", "output_cost_per_token": null,
    "input_cost_per_token": 8.3333333333e-08},
  "house/nothing": {"litellm_provider": "house", "input_cost_per_token": 0.0,
    "output_cost_per_token": 0.0},
  "house/image": {"litellm_provider": "house", "output_cost_per_image": 0.06}
}"#;

#[test]
fn the_table_of_litellm_is_read_exactly() {
    let import = json(LITELLM).expect("a table");
    assert_eq!((import.len(), import.skipped()), (4, 2));
    let asked = |provider: &str, model: &str, tokens, tier: Option<&str>| {
        let usage = ModelUsage {
            service_tier: tier.map(str::to_owned),
            ..usage(provider, model, tokens)
        };
        let usage = priced_by(&[&import], usage)?;
        assert_eq!(table_of(&usage), "litellm");
        Ok::<_, String>(prices(&usage))
    };
    let shown = |list: &[&str]| Ok(list.iter().map(|p| (*p).to_owned()).collect::<Vec<_>>());
    let read = Tokens {
        cache_read: 5,
        ..tokens(5, 5)
    };
    assert_eq!(
        asked("openai", "gpt-5.5", read, None),
        shown(&["input 10", "cache_read 1", "output 45"])
    );
    assert_eq!(
        asked("openai", "gpt-5.5", tokens(272_001, 0), None),
        shown(&["input 20"])
    );
    assert_eq!(
        asked("openai", "gpt-5.5", tokens(1, 1), Some("batch")),
        shown(&["input 5", "output 22.5"])
    );
    assert_eq!(
        asked("openai", "gpt-5.5", tokens(1, 1), Some("priority")),
        shown(&["input 20", "output 90"])
    );
    // Two ways to one model: the charge must not be too low.
    assert_eq!(
        asked("google", "gemini-9-pro", tokens(1, 1), None),
        shown(&["input 3", "output 2"])
    );
    let hour = Tokens {
        cache_write_5m: 1,
        cache_write_1h: 1,
        ..tokens(0, 0)
    };
    assert_eq!(
        asked("bedrock", "us.anthropic.claude-9", hour, None),
        shown(&["cache_write_5m 5.5", "cache_write_1h 11"])
    );
    // More than six decimals round up.
    assert_eq!(
        asked("house", "model", tokens(1, 0), None),
        shown(&["input 0.083334"])
    );
    assert_eq!(
        asked("house", "model", tokens(1, 1), None),
        Err("the price table has no price for its output".to_owned())
    );
    assert_eq!(
        asked("house", "nothing", tokens(1, 1), None),
        Err("the price table does not know it".to_owned())
    );
    let searched = ModelUsage {
        web_searches: 2,
        ..usage("openai", "gpt-5.5", tokens(0, 0))
    };
    let searched = priced_by(&[&import], searched).expect("priced");
    assert_eq!(searched.cost.expect("a cost").to_string(), "0.02");
}

#[test]
fn the_data_of_genai_prices_is_read_as_the_built_in_table_is() {
    // The built-in table is that data, but for the line that says where it is from.
    let data = Table::built_in().all();
    let import = json(&data).expect("a table");
    assert!(import.id().starts_with("genai-prices@"), "{}", import.id());
    let built_in = Table::built_in();
    assert_eq!(import.table.blocks().count(), built_in.blocks().count());
    assert_eq!(
        import.len(),
        built_in.blocks().flat_map(Block::lines).count()
    );
    let difference = Tables::built_in()
        .diff(&import, now())
        .expect("a difference");
    assert_eq!(
        (difference.added, difference.removed, difference.changed),
        (vec![], vec![], vec![])
    );
}

#[test]
fn a_price_for_a_million_where_one_for_a_token_is_meant_is_refused() {
    let refused = |text: &str, is_toml| {
        let error = Import::read(text, is_toml, TODAY).expect_err(text);
        error.to_string()
    };
    assert_eq!(
        refused(
            r#"{"gpt-5":{"litellm_provider":"openai","input_cost_per_token":1.25}}"#,
            false
        ),
        "`input_cost_per_token` of `gpt-5` is more than 0.01 dollar for a token; is it meant for a \
         million?"
    );
    assert_eq!(
        refused(
            "[[model]]\nname = \"m\"\ninput = 3\noutput = 0.000015",
            true
        ),
        "`output` of `m` is less than 0.0001 dollar for a million tokens; is it meant for one?"
    );
    assert_eq!(
        refused("[[model]]\nname = \"m\"\ninput = 3000000", true),
        "`input` of `m` is more than 10,000 dollars for a million tokens"
    );
    let genai = r#"[{"id":"a","models":[{"id":"m","match":{"equals":"m"},
        "prices":{"input_mtok":{"base":3,"tiers":[{"start":5,"price":3000000}]}}}]}]"#;
    assert_eq!(
        refused(genai, false),
        "`input_mtok` of `m` is more than 10,000 dollars for a million tokens"
    );
}

#[test]
fn one_model_with_a_price_that_cannot_be_meant_does_not_keep_out_the_others() {
    let text = r#"{
        "wandb/a": {"litellm_provider": "wandb", "input_cost_per_token": 0.015},
        "wandb/b": {"litellm_provider": "wandb", "input_cost_per_token": 1e-06}}"#;
    let import = json(text).expect("a table");
    assert_eq!(import.len(), 1);
    let refused: Vec<_> = import.refused().iter().map(ToString::to_string).collect();
    assert_eq!(refused.len(), 1);
    assert!(refused[0].contains("`wandb/a`"), "{refused:?}");
    let unknown = priced_by(&[&import], usage("wandb", "a", tokens(1, 0)));
    assert_eq!(unknown, Err("the price table does not know it".to_owned()));
    let known = priced_by(&[&import], usage("wandb", "b", tokens(1, 0)));
    assert_eq!(prices(&known.expect("priced")), ["input 1"]);
}

#[test]
fn what_is_no_price_is_refused_by_the_name_of_its_model() {
    for price in ["-1e-6", "1e308", "\"3e-6\"", "[]", "true", "1e-6e"] {
        let text = format!(r#"{{"m":{{"litellm_provider":"x","input_cost_per_token":{price}}}}}"#);
        let error = json(&text).expect_err(price);
        let is_named = matches!(&error, ImportError::Price { model, .. } if model == "m");
        assert!(is_named || matches!(error, ImportError::Form(_)), "{error}");
    }
    for price in ["-1", "nan", "inf", "1e308", "\"3\"", "0x10", "true", "[1]"] {
        let text = format!("[[model]]\nname = \"m\"\ninput = {price}");
        let error = own(&text).expect_err(price);
        assert!(
            matches!(&error, ImportError::Price { model, .. } if model == "m"),
            "{error}"
        );
    }
}

#[test]
fn what_is_no_table_is_refused() {
    for text in [
        "",
        "x",
        "[]",
        "{}",
        "[1]",
        "{\"a\":1}",
        "{\"a\":{}}",
        "[{}]",
        "{",
        "[{",
    ] {
        let found = json(text);
        // An empty list is a table of nothing.
        assert!(found.is_err() || text == "[]", "{text}: {found:?}");
    }
    for text in [
        "",
        "x",
        "model = 1",
        "[[models]]\nname = \"m\"",
        "[[model]]\ninput = 1",
        "[[model]]\nname = \"\"\ninput = 1",
        "[[model]]\nname = \"m\"",
        "[[model]]\nname = \"m\"\ninput = 1\nprice = 2",
        "[[model]]\nname = \"m\"\ninput = 1\n[[model.above]]\ninput = 2",
        "[[model]]\nname = \"m\"\ninput = 1\n[[model.above]]\ntokens = 1\noutput = 2",
        "[[model]]\nname = \"m\"\ninput = 1\n[[model]]\nname = \"m\"\ninput = 2",
        "[[model]]\nname = \"m\"\ninput = 1\noutput",
    ] {
        assert!(own(text).is_err(), "{text}");
    }
}

#[test]
fn hostile_names_stay_names() {
    let name = "a\\\"}]},{\\\"id\\\":\\\"openai\\u000a\\\"models\\\":[";
    let text =
        format!("[[model]]\nname = \"{name}\"\nprovider = \"p\\\"\\n\"\ninput = 1\noutput = 1");
    // A provider is found by its line; one whose name cannot stand there is refused or is harmless.
    if let Ok(import) = own(&text) {
        let usage = usage("openai", "gpt-5.5", tokens(1, 1));
        let priced = priced_by(&[&import], usage).expect("priced");
        assert_eq!(table_of(&priced), "genai-prices");
    }
}

#[test]
fn a_kept_table_that_was_damaged_makes_costs_unknown() {
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("prices-imported.json"), "{}").expect("written");
    let mut report = report(vec![usage("openai", "gpt-5.5", tokens(1, 1))]);
    let mut tables = Tables::in_directory(directory.path());
    let unpriced = fill(&mut report, None, now(), &mut tables);
    let reason = unpriced[0].to_string();
    assert!(reason.contains("prices-imported.json"), "{reason}");
    assert_eq!(report.cost, None);
}

#[test]
fn a_table_is_kept_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().expect("a directory");
    let place = directory.path().join("new");
    own(OWN).expect("a table").save(&place).expect("kept");
    own(OWN).expect("a table").save(&place).expect("replaced");
    let mode = |path: &std::path::Path| {
        let found = std::fs::metadata(path).expect("there");
        found.permissions().mode() & 0o777
    };
    assert_eq!(mode(&place), 0o700);
    assert_eq!(mode(&place.join("prices-own.json")), 0o600);
    assert_eq!(std::fs::read_dir(&place).expect("a directory").count(), 1);
}
