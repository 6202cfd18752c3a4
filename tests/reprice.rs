//! `budget reprice`: what a price table computed is computed anew by the tables of now, from the
//! same tokens, and corrected with an entry of its own; once, whoever asks how often.

#[cfg(test)]
mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use budget_ledger::ledger::amount::Quantity;
use budget_ledger::ledger::entry::{Entry, EntryKind, Hash, Posting, Seq};
use budget_ledger::ledger::store::{amounts_json, read_amounts};
use budget_ledger::ledger::timestamp::Timestamp;
use budget_ledger::ledger::window::{Movement, WindowId};
use serde_json::{Value, json};
use support::{Output, TestEnv};

/// What models cost that no other table knows.
fn prices(env: &TestEnv, models: &[(&str, &str)]) {
    let model = |(name, input): &(&str, &str)| {
        format!("[[model]]\nname = \"{name}\"\ninput = {input}\noutput = 10\n")
    };
    let table: String = models.iter().map(model).collect();
    fs::write(env.path().join("mine.toml"), table).expect("a table");
    env.ok(&["prices", "import", "mine.toml"]);
}

/// An answer of a model of one's own to a prompt of so many tokens.
fn answer(id: &str, model: &str, input: u64) -> Value {
    json!({"id": id, "object": "chat.completion", "model": model, "choices": [],
        "usage": {"prompt_tokens": input, "completion_tokens": 0, "total_tokens": input}})
}

fn file(env: &TestEnv, name: &str, content: &Value) -> String {
    fs::write(env.path().join(name), content.to_string()).expect("a file");
    name.to_owned()
}

/// Charges the answer to `me` and returns the entry.
fn spend(env: &TestEnv, id: &str, model: &str, input: u64) -> i64 {
    let name = file(env, id, &answer(id, model, input));
    let spent = env.json(&["spend", "me", "--response", &name]);
    spent["entry"].as_i64().expect("an entry")
}

fn entry(env: &TestEnv, seq: i64) -> Value {
    let log = env.json(&["log"]);
    let entries = log["entries"].as_array().expect("entries");
    let found = entries.iter().find(|entry| entry["seq"] == seq);
    found.expect("the entry").clone()
}

fn last(env: &TestEnv) -> Value {
    let log = env.json(&["log", "-n", "1"]);
    log["entries"][0].clone()
}

/// Before and after of each charge that was corrected.
fn changes(answer: &Value) -> Vec<(i64, String, String)> {
    let changed = answer["changed"].as_array().expect("a list");
    let text = |amount: &Value| amount["amount"].as_str().expect("text").to_owned();
    let change = |c: &Value| {
        let charge = c["charge"].as_i64().expect("an entry");
        (charge, text(&c["before"]), text(&c["after"]))
    };
    changed.iter().map(change).collect()
}

fn nothing_left(answer: &Value) -> bool {
    answer["left"] == json!([])
}

/// A message of Claude Code's own files.
fn message(id: &str, at: &str, usage: &Value) -> String {
    let message = json!({"id": id, "type": "message", "role": "assistant", "content": [],
        "model": "claude-sonnet-4-5", "stop_reason": "end_turn", "usage": usage});
    json!({"type": "assistant", "timestamp": at, "sessionId": "s-1", "requestId": format!("r-{id}"),
        "cwd": "/src/web", "version": "2.1.197", "isSidechain": false, "uuid": id,
        "message": message})
    .to_string()
}

fn transcript(env: &TestEnv, lines: &[String]) {
    let directory = env.path().join(".claude/projects/-src-web");
    fs::create_dir_all(&directory).expect("a directory");
    let text = format!("{}\n", lines.join("\n"));
    fs::write(directory.join("s-1.jsonl"), text).expect("a transcript");
}

fn input_only(tokens: u64) -> Value {
    json!({"input_tokens": tokens, "output_tokens": 0, "cache_read_input_tokens": 0,
        "cache_creation_input_tokens": 0})
}

/// A program of an agent's name that prints so much.
fn agent(env: &TestEnv, name: &str, says: &str) -> String {
    fs::write(env.path().join("said"), says).expect("a file");
    let path = env.path().join(name);
    fs::write(&path, "#!/bin/sh\ncat said\n").expect("a script");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
    path.to_str().expect("a path").to_owned()
}

/// Charges answers of every sort: a long prompt with cached tokens, dearer and cheaper tiers of
/// service, a version that no table knows, both sorts of cache write, searches of the web.
fn charge_answers(env: &TestEnv) {
    let chat = |id: &str, more: Value, usage: &Value| {
        let mut answer = answer(id, "gpt-5.5", 0);
        answer["usage"] = usage.clone();
        for (name, value) in more.as_object().expect("fields") {
            answer[name] = value.clone();
        }
        answer
    };
    let long = json!({"prompt_tokens": 300_001, "completion_tokens": 77,
        "prompt_tokens_details": {"cached_tokens": 12_345},
        "completion_tokens_details": {"reasoning_tokens": 70}});
    let short = json!({"prompt_tokens": 1_001, "completion_tokens": 7});
    let claude = json!({"id": "msg_01", "type": "message", "model": "claude-opus-5",
        "content": [], "usage": {"input_tokens": 14, "output_tokens": 65,
        "cache_read_input_tokens": 1_003, "cache_creation_input_tokens": 3_007,
        "cache_creation": {"ephemeral_5m_input_tokens": 1_001,
            "ephemeral_1h_input_tokens": 2_006},
        "server_tool_use": {"web_search_requests": 3}}});
    let answers = [
        chat("c-1", json!({}), &long),
        chat("c-2", json!({"service_tier": "priority"}), &short),
        chat("c-3", json!({"service_tier": "flex"}), &long),
        chat("c-4", json!({"model": "gpt-5.5-2026-12-31"}), &short),
        claude,
    ];
    for (index, answer) in answers.iter().enumerate() {
        let name = file(env, "answer", answer);
        if index % 2 == 0 {
            env.ok(&["spend", "me", "--response", &name]);
        } else {
            let id = env.reserve("me", &["5usd"]);
            env.ok(&["commit", &id, "--response", &name]);
        }
    }
}

/// Runs an agent that tells two requests of a model in one figure.
fn run_of_two_requests(env: &TestEnv, model: &str, input: u64) {
    let tokens = json!({"input": input, "prompt": input, "candidates": 0, "cached": 0,
        "thoughts": 0, "tool": 0, "total": input});
    let model = json!({model: {"api": {"totalRequests": 2, "totalErrors": 0}, "tokens": tokens}});
    let says = json!({"session_id": "g-1", "response": "", "stats": {"models": model}});
    let program = agent(env, "gemini", &says.to_string());
    let command = ["exec", "me", "--reserve", "9usd", "--", &program, "-p", "x"];
    env.ok(&[&command[..], &["--output-format", "json"]].concat());
}

/// Runs a program that writes these lines to its usage file.
fn run_reporting(env: &TestEnv, lines: &[Value]) {
    let lines: Vec<_> = lines.iter().map(Value::to_string).collect();
    fs::write(env.path().join("lines"), lines.join("\n")).expect("a file");
    let options = ["exec", "me", "--reserve", "3usd", "--usage-file", "used"];
    env.ok(&[&options[..], &["--", "cp", "lines", "used"]].concat());
}

#[test]
fn the_same_tables_change_nothing_whatever_was_charged() {
    let env = TestEnv::with("me", &["900usd/month"]);
    // A price that leaves a fraction of an atom over for each message.
    prices(&env, &[("claude-sonnet-4-5", "3.0003")]);
    charge_answers(&env);
    run_of_two_requests(&env, "gemini-2.5-pro", 500_003);
    assert_eq!(last(&env)["usage"]["pricing"]["estimate"], true);
    // Requests of two models one by one, and a charge that was reported beside them.
    run_reporting(
        &env,
        &[
            json!({"model": "claude-sonnet-4-5", "provider": "anthropic", "tokens": {"input": 1}}),
            json!({"model": "claude-sonnet-4-5", "provider": "anthropic", "tokens": {"input": 2,
                "cache_write": 5, "cache_write_1h": 7, "output": 3, "reasoning": 1}}),
            json!({"model": "gpt-5.5", "provider": "openai", "tokens": {"input": 271_999}}),
            json!({"model": "gpt-5.5", "provider": "openai", "tokens": {"input": 272_001}}),
            json!({"model": "secret", "usd": "0.12345678", "tokens": 5}),
        ],
    );
    let usage = &last(&env)["usage"];
    assert_eq!(usage["cost_is"], "reported and computed", "{usage}");
    let many: Vec<_> = (0..40)
        .map(|index| {
            let at = format!("2026-11-18T09:00:{index:02}.123Z");
            message(&format!("m-{index}"), &at, &input_only(index + 1))
        })
        .collect();
    transcript(&env, &many);
    let imported = env.json(&["import", "claude-code", "--budget", "me"]);
    let counts = (&imported["messages"], &imported["entries"]);
    assert_eq!(counts, (&40.into(), &1.into()));
    // 820 tokens at 3.0003 dollars for a million are 0.002460246 dollars.
    let sum = last(&env)["usage"]["cost"]["amount"].clone();
    assert_eq!(sum, "0.00246047", "each message is rounded up");

    let before = env.dump();
    env.advance(86_400);
    let done = env.json(&["reprice", "--all"]);
    assert_eq!(
        (changes(&done), &done["same"]),
        (vec![], &8.into()),
        "{done}"
    );
    assert!(nothing_left(&done), "{done}");
    assert_eq!(env.dump(), before, "nothing is written");
}

#[test]
fn a_dearer_table_adds_the_difference_and_a_cheaper_one_gives_it_back() {
    let env = TestEnv::with("me", &["5usd/day"]);
    prices(&env, &[("acme", "3")]);
    let charge = spend(&env, "a-1", "acme", 1_000_000);
    assert_eq!(env.figure("me", "usd/day", "available"), "2.00");
    prices(&env, &[("acme", "4.5")]);
    let done = env.json(&["reprice", "me"]);
    assert_eq!(changes(&done), [(charge, "3.00".into(), "4.50".into())]);
    assert_eq!(done["changed"][0]["difference"]["amount"], "1.50");
    assert_eq!(env.figure("me", "usd/day", "available"), "0.50");
    let corrected = last(&env);
    assert_eq!(
        (&corrected["kind"], &corrected["corrects"]),
        (&"repriced".into(), &charge.into())
    );
    let said = &corrected["detail"]["repriced"];
    assert_eq!(said["was"][0]["pricing"]["usd_per_million"]["input"], "3");
    assert_eq!(said["is"][0]["pricing"]["usd_per_million"]["input"], "4.5");
    let table = |prices: &Value| {
        prices[0]["pricing"]["table"]
            .as_str()
            .expect("a table")
            .to_owned()
    };
    assert!(table(&said["was"]).starts_with("own@"), "{said}");
    assert_ne!(table(&said["was"]), table(&said["is"]));

    prices(&env, &[("acme", "1")]);
    let done = env.json(&["reprice", "me"]);
    assert_eq!(changes(&done), [(charge, "4.50".into(), "1.00".into())]);
    assert_eq!(env.figure("me", "usd/day", "available"), "4.00");
    let said = last(&env)["detail"]["repriced"].clone();
    assert_eq!(said["was"][0]["pricing"]["usd_per_million"]["input"], "4.5");
    // The charge itself is what it was, and what was taken back in all is what can be.
    assert_eq!(entry(&env, charge)["amounts"][0]["amount"], "3.00");
    let refund = env.json(&["refund", &charge.to_string(), "1usd"]);
    assert_eq!(refund["refunded"][0]["amount"], "1.00");
    assert_eq!(env.figure("me", "usd/day", "spent"), "0.00");
}

#[test]
fn a_second_time_and_a_dry_run_write_nothing() {
    let env = TestEnv::with("me", &["5usd/day"]);
    prices(&env, &[("acme", "1"), ("other", "1")]);
    spend(&env, "a-1", "acme", 1_000_000);
    spend(&env, "a-2", "other", 1_000_000);
    prices(&env, &[("acme", "2"), ("other", "1")]);
    let before = env.dump();
    let would = env.json(&["reprice", "me", "--dry-run"]);
    assert_eq!(
        (&would["dry_run"], changes(&would).len()),
        (&true.into(), 1),
        "{would}"
    );
    assert_eq!(
        (&would["changed"][0]["entry"], &would["same"]),
        (&Value::Null, &1.into())
    );
    assert_eq!(env.dump(), before, "a dry run writes nothing");
    let done = env.json(&["reprice", "me"]);
    assert_eq!(changes(&done), changes(&would));
    assert_eq!(done["changed"][0]["entry"], 4);
    let before = env.dump();
    let again = env.json(&["reprice", "me"]);
    assert_eq!(
        (changes(&again), &again["same"]),
        (vec![], &2.into()),
        "{again}"
    );
    assert_eq!(env.dump(), before, "a second time writes nothing");
}

#[test]
fn what_costs_more_is_recorded_beyond_the_limit_and_blocks_what_follows() {
    let env = TestEnv::with("me", &["5usd/day"]);
    prices(&env, &[("acme", "3")]);
    spend(&env, "a-1", "acme", 1_000_000);
    prices(&env, &[("acme", "7")]);
    env.ok(&["reprice", "--all"]);
    assert_eq!(env.figure("me", "usd/day", "available"), "-2.00");
    assert_eq!(env.run(&["reserve", "me", "0.01usd"]).code, 75);
    prices(&env, &[("acme", "2")]);
    env.ok(&["reprice", "--all"]);
    assert_eq!(env.figure("me", "usd/day", "available"), "3.00");
}

#[test]
fn a_past_charge_is_corrected_in_the_windows_of_its_own_time() {
    let env = TestEnv::with("me", &["5usd/day", "50usd/month", "80usd"]);
    prices(&env, &[("claude-sonnet-4-5", "3"), ("acme", "1")]);
    let at = [
        "2026-10-31T10:00:00.000Z",
        "2026-11-18T09:00:00.000Z",
        "2026-11-21T08:00:00.000Z",
    ];
    let lines = at.map(|at| message(at, at, &input_only(100_000)));
    transcript(&env, &lines);
    env.ok(&["import", "claude-code", "--budget", "me"]);
    let yesterday = spend(&env, "a-1", "acme", 1_000_000);
    env.advance(86_400);
    let spent = || ["usd/day", "usd/month", "usd"].map(|limit| env.figure("me", limit, "spent"));
    assert_eq!(spent(), ["0.00", "1.60", "1.90"]);
    for (input, other, spent_now) in [
        ("6", "2", ["0.00", "3.20", "3.80"]),
        ("1", "0.5", ["0.00", "0.70", "0.80"]),
    ] {
        prices(&env, &[("claude-sonnet-4-5", input), ("acme", other)]);
        let done = env.json(&["reprice", "me"]);
        assert_eq!(changes(&done).len(), 4, "{done}");
        assert_eq!(done["changed"][3]["charge"], yesterday);
        assert_eq!(done["changed"][0]["at"], "2026-10-31T10:00:00Z");
        assert_eq!(spent(), spent_now);
    }
}

#[test]
fn a_run_that_was_unknown_is_corrected_once_its_model_has_a_price() {
    let env = TestEnv::with("me", &["20usd/day"]);
    let name = file(&env, "answer", &answer("c-1", "acme", 1_000_000));
    let id = env.reserve("me", &["2usd"]);
    env.ok(&["commit", &id, "--response", &name]);
    run_reporting(
        &env,
        &[json!({"model": "acme", "tokens": {"input": 2_000_000}})],
    );
    // One that does not say what kind of tokens they were stays unknown.
    run_reporting(&env, &[json!({"model": "acme", "tokens": 5})]);
    let unknown = || env.json(&["status"])["unknown"].as_array().map(Vec::len);
    assert_eq!(
        (env.figure("me", "usd/day", "spent"), unknown()),
        ("8.00".into(), Some(3))
    );
    let left = env.json(&["reprice", "me"]);
    assert_eq!(
        (changes(&left), &left["left"][1]["count"]),
        (vec![], &2.into()),
        "{left}"
    );

    prices(&env, &[("acme", "4")]);
    let done = env.json(&["reprice", "me"]);
    let figures: Vec<_> = changes(&done).into_iter().map(|(_, b, a)| (b, a)).collect();
    let to = |b: &str, a: &str| (b.to_owned(), a.to_owned());
    assert_eq!(figures, [to("2.00", "4.00"), to("3.00", "8.00")], "{done}");
    assert_eq!(done["left"][0]["count"], 1, "{done}");
    assert_eq!(
        (env.figure("me", "usd/day", "spent"), unknown()),
        ("15.00".into(), Some(1))
    );
    assert_eq!(
        env.json_error(&["commit", &id, "1usd"], 65)["error"]["code"],
        "already_settled"
    );
    prices(&env, &[("acme", "1")]);
    let done = env.json(&["reprice", "me"]);
    assert_eq!(changes(&done).len(), 2, "{done}");
    assert_eq!(env.figure("me", "usd/day", "spent"), "6.00");
    let listed = env.json(&["reservations", "--state", "committed"]);
    let listed = listed["reservations"].as_array().expect("a list");
    let own = listed.iter().find(|found| found["id"] == id.as_str());
    let charged = own.expect("the reservation")["charged"].to_string();
    assert!(charged.contains("\"1.00\""), "{charged}");
}

#[test]
fn parts_late_settlements_and_what_was_released_are_corrected_as_well() {
    let env = TestEnv::new();
    let terms = ["--on-unknown", "release", "--tz", "UTC"];
    env.ok(&[&["create", "me", "--limit", "90usd/day"], &terms[..]].concat());
    prices(&env, &[("acme", "1")]);
    let answered = |id: &str, model: &str| file(&env, id, &answer(id, model, 1_000_000));
    // A part of what stays open.
    let open = env.reserve("me", &["5usd", "--ttl", "1h"]);
    let part = answered("c-1", "acme");
    env.ok(&["commit", &open, "--keep", "--response", &part]);
    // What came after its time.
    let late = env.reserve("me", &["2usd"]);
    env.advance(100);
    let answer = answered("c-2", "acme");
    env.ok(&["commit", &late, "--response", &answer]);
    // What nobody knew the price of, and was given back for that.
    let unknown = env.reserve("me", &["3usd", "--on-unknown", "release"]);
    let answer = answered("c-3", "later");
    env.ok(&["commit", &unknown, "--response", &answer]);
    let spent = || env.figure("me", "usd/day", "spent");
    assert_eq!(
        (spent(), env.figure("me", "usd/day", "reserved")),
        ("2.00".into(), "4.00".into())
    );
    for (price, sum) in [("2", "6.00"), ("0.50", "1.50"), ("4", "12.00")] {
        prices(&env, &[("acme", price), ("later", price)]);
        let done = env.json(&["reprice", "me"]);
        assert_eq!((changes(&done).len(), spent()), (3, sum.into()), "{done}");
        assert_eq!(env.figure("me", "usd/day", "reserved"), "4.00");
    }
    env.ok(&["commit", &open, "1usd"]);
    assert_eq!(spent(), "13.00");
    prices(&env, &[("acme", "1"), ("later", "1")]);
    env.ok(&["reprice", "me"]);
    assert_eq!(spent(), "4.00");
    for (id, charged) in [(&open, "2.00"), (&late, "1.00"), (&unknown, "1.00")] {
        let all = env.json(&["reservations", "--state", "all"]);
        let all = all["reservations"].as_array().expect("a list");
        let found = all.iter().find(|found| found["id"] == id.as_str());
        let list = found.expect("it")["charged"].as_array().expect("amounts");
        let usd = list.iter().find(|amount| amount["unit"] == "usd");
        assert_eq!(usd.expect("money")["amount"], charged, "{id}");
    }
}

#[test]
fn what_was_free_is_corrected_in_the_windows_of_its_time() {
    let env = TestEnv::with("me", &["5usd/day", "50usd/month"]);
    prices(&env, &[("claude-sonnet-4-5", "0")]);
    let at = "2026-11-18T09:00:00.000Z";
    transcript(&env, &[message("m-1", at, &input_only(1_000_000))]);
    env.ok(&["import", "claude-code", "--budget", "me"]);
    let limits = ["usd/day", "usd/month"];
    let spent = || limits.map(|limit| env.figure("me", limit, "spent"));
    assert_eq!(spent(), ["0.00", "0.00"]);
    prices(&env, &[("claude-sonnet-4-5", "3")]);
    assert_eq!(changes(&env.json(&["reprice", "me"])).len(), 1);
    assert_eq!(spent(), ["0.00", "3.00"]);
    prices(&env, &[("claude-sonnet-4-5", "0")]);
    env.ok(&["reprice", "me"]);
    assert_eq!(spent(), ["0.00", "0.00"]);
}

#[test]
fn a_budget_whose_name_another_one_had_before_is_corrected() {
    let env = TestEnv::with("me", &["20usd"]);
    env.ok(&["close", "me"]);
    env.advance(1);
    env.ok(&["create", "me", "--limit", "20usd", "--limit", "9calls"]);
    env.advance(1);
    let used = json!({"model": "acme", "tokens": {"input": 1_000_000}});
    let used = file(&env, "used", &used);
    let run = "exec me --reserve 1calls --usage-file report -- cp";
    let run: Vec<_> = run.split(' ').chain([used.as_str(), "report"]).collect();
    env.ok(&run);
    prices(&env, &[("acme", "4")]);
    let done = env.json(&["reprice", "me"]);
    assert_eq!(changes(&done).len(), 1, "{done}");
    assert_eq!(env.figure("me", "usd", "spent"), "4.00");
}

#[test]
fn what_was_reset_since_does_not_come_back() {
    let env = TestEnv::with("me", &["9usd/day", "90usd"]);
    prices(&env, &[("acme", "3")]);
    spend(&env, "a-1", "acme", 1_000_000);
    env.ok(&["grant", "me", "usd/day", "--reset"]);
    env.ok(&["spend", "me", "0.50usd"]);
    prices(&env, &[("acme", "1")]);
    env.ok(&["reprice", "me"]);
    let limits = ["usd/day", "usd"];
    assert_eq!(
        limits.map(|limit| env.figure("me", limit, "spent")),
        ["0.50", "1.50"]
    );
}

#[test]
fn what_somebody_decided_about_the_money_stays() {
    let env = TestEnv::with("me", &["90usd/day"]);
    prices(&env, &[("acme", "3")]);
    let refunded = spend(&env, "a-1", "acme", 1_000_000);
    env.ok(&["refund", &refunded.to_string(), "1usd"]);
    let whole = spend(&env, "a-2", "acme", 1_000_000);
    env.ok(&["refund", &whole.to_string()]);
    // Unknown, and corrected by hand.
    let id = env.reserve("me", &["2usd"]);
    let name = file(&env, "answer", &answer("c-1", "later", 1_000_000));
    env.ok(&["commit", &id, "--response", &name]);
    env.ok(&["commit", &id, "0.50usd"]);
    // Typed beside the answer, reported by the provider, and billed to nobody.
    let name = file(&env, "answer", &answer("c-2", "acme", 1_000_000));
    env.ok(&["spend", "me", "7usd", "--response", &name]);
    let mut routed = answer("gen-1", "acme", 1_000_000);
    routed["usage"]["cost"] = json!(0.25);
    routed["usage"]["is_byok"] = json!(false);
    let name = file(&env, "answer", &routed);
    env.ok(&["spend", "me", "--response", &name]);
    let name = file(&env, "answer", &answer("c-3", "acme", 1_000_000));
    env.ok(&["spend", "me", "--response", &name, "--notional"]);
    // An amount with the tokens typed beside it.
    let typed = [
        "spend",
        "me",
        "1usd",
        "--model",
        "acme",
        "--input-tokens",
        "1000000",
    ];
    env.ok(&typed);
    let spent = env.figure("me", "usd/day", "spent");
    for (price, left) in [("9", 2), ("0.10", 2), ("3", 0)] {
        prices(&env, &[("acme", price), ("later", price)]);
        let before = env.dump();
        let done = env.json(&["reprice", "--all"]);
        assert_eq!(changes(&done), [], "{done}");
        let count = done["left"][0]["count"].as_i64().unwrap_or_default();
        assert_eq!(count, left, "{done}");
        assert_eq!(env.dump(), before);
    }
    assert_eq!(env.figure("me", "usd/day", "spent"), spent);
}

#[test]
fn a_charge_that_a_policy_cut_off_is_left() {
    let env = TestEnv::new();
    let options = [
        "create",
        "me",
        "--limit",
        "5usd/day",
        "--overage",
        "allow-if-available",
    ];
    env.ok(&[&options[..], &["--tz", "UTC"]].concat());
    prices(&env, &[("acme", "9")]);
    let id = env.reserve("me", &["1usd"]);
    let name = file(&env, "answer", &answer("c-1", "acme", 1_000_000));
    let settled = env.json(&["commit", &id, "--response", &name]);
    assert_eq!(settled["uncharged"][0]["amount"], "4.00", "{settled}");
    for price in ["9", "2"] {
        prices(&env, &[("acme", price)]);
        let done = env.json(&["reprice", "me"]);
        assert_eq!(
            (changes(&done), &done["left"][0]["count"]),
            (vec![], &1.into()),
            "{done}"
        );
    }
}

#[test]
fn an_exact_charge_is_not_replaced_by_an_estimate() {
    let env = TestEnv::with("me", &["90usd/day"]);
    let table = "[[model]]\nname = \"acme\"\ninput = 1\n";
    let write = |more: &str| {
        fs::write(env.path().join("mine.toml"), format!("{table}{more}")).expect("a table");
        env.ok(&["prices", "import", "mine.toml"]);
    };
    write("");
    // Two requests at once: which of them was long is not said.
    run_of_two_requests(&env, "acme", 1_000_000);
    write("[[model.above]]\ntokens = 200_000\ninput = 2\n");
    let done = env.json(&["reprice", "me"]);
    assert_eq!(
        (changes(&done), &done["left"][0]["count"]),
        (vec![], &1.into()),
        "{done}"
    );
    // Where all of it costs the same, it is exact again.
    write("[[model]]\nname = \"b\"\ninput = 1\n");
    assert!(nothing_left(&env.json(&["reprice", "me"])));
}

#[test]
fn a_charge_of_several_messages_and_models_is_corrected_as_a_whole() {
    let env = TestEnv::with("me", &["90usd/day"]);
    prices(&env, &[("acme", "1"), ("other", "1")]);
    run_reporting(
        &env,
        &[
            ("acme", 1_000_000),
            ("other", 2_000_000),
            ("acme", 3_000_000),
        ]
        .map(|(model, input)| json!({"model": model, "tokens": {"input": input}})),
    );
    assert_eq!(env.figure("me", "usd/day", "spent"), "6.00");
    prices(&env, &[("acme", "2"), ("other", "5")]);
    assert_eq!(changes(&env.json(&["reprice", "me", "--model", "gpt"])), []);
    let done = env.json(&["reprice", "me", "--model", "oth"]);
    assert_eq!(done["changed"][0]["models"], json!(["acme", "other"]));
    assert_eq!(env.figure("me", "usd/day", "spent"), "18.00");
    assert_eq!(
        last(&env)["detail"]["repriced"]["is"]
            .as_array()
            .map(Vec::len),
        Some(2)
    );
    // A table without one of them has no price for the whole.
    prices(&env, &[("acme", "9")]);
    let done = env.json(&["reprice", "me"]);
    let reason = done["left"][0]["reason"].as_str().expect("a reason");
    assert!(reason.starts_with("no price for other"), "{reason}");
    assert_eq!(env.figure("me", "usd/day", "spent"), "18.00");
}

#[test]
fn what_runs_inside_a_run_is_corrected_with_it() {
    let env = TestEnv::with("me", &["20usd/day"]);
    prices(&env, &[("acme", "1")]);
    file(&env, "answer", &answer("c-1", "acme", 1_000_000));
    let own = "[[model]]\nname = \"acme\"\ninput = 3\noutput = 10\n";
    fs::write(env.path().join("dearer.toml"), own).expect("a table");
    let script = "budget spend me --response answer && budget prices import dearer.toml && \
                  budget reprice me && budget reserve me 8usd";
    env.ok(&["exec", "me", "--reserve", "10usd", "--", "sh", "-c", script]);
    assert_eq!(env.figure("me", "usd/day", "spent"), "3.00");
    let spent = env.json(&["log"]);
    let run = spent["entries"].as_array().expect("entries").iter();
    let run = run.filter(|entry| entry["kind"] == "committed").count();
    assert_eq!(run, 1, "{spent}");
}

#[test]
fn only_the_budgets_and_the_time_asked_for_are_looked_at() {
    let env = TestEnv::with("me", &["90usd"]);
    env.ok(&["create", "me/sub", "--limit", "50usd", "--tz", "UTC"]);
    env.ok(&["create", "you", "--limit", "50usd", "--tz", "UTC"]);
    prices(&env, &[("acme", "1")]);
    for (index, budget) in ["me", "me/sub", "you", "me/sub,you"].iter().enumerate() {
        let name = file(
            &env,
            "answer",
            &answer(&format!("c-{index}"), "acme", 1_000_000),
        );
        env.ok(&["spend", budget, "--response", &name]);
        env.advance(3_600);
    }
    prices(&env, &[("acme", "2")]);
    let count = |args: &[&str]| {
        let done = env.json(&[&["reprice", "--dry-run"], args].concat());
        changes(&done).len()
    };
    for (args, expected) in [
        (&["--all"][..], 4),
        (&["me"], 3),
        (&["me/sub"], 2),
        (&["me", "you"], 4),
        (&["you", "--since", "2026-11-21T15:00:00Z"], 1),
        (&["--all", "--until", "2026-11-21T13:00:00Z"], 1),
        (&["--all", "--since", "2h", "--until", "90m"], 1),
        (&["--all", "--since", "1h"], 1),
        (&["--all", "--until", "2026-11-21"], 0),
    ] {
        assert_eq!(count(args), expected, "{args:?}");
    }
    let answer = env.json(&["reprice", "--all", "--dry-run"]);
    let budgets = answer["budgets"].as_array().expect("budgets").iter();
    let budgets: Vec<_> = budgets
        .map(|b| {
            (
                b["name"].clone(),
                b["charges"].clone(),
                b["difference"]["amount"].clone(),
            )
        })
        .collect();
    let sum = |name: &str, charges: i64, more: &str| (name.into(), charges.into(), more.into());
    assert_eq!(
        budgets,
        [
            sum("me", 1, "1.00"),
            sum("me/sub", 2, "2.00"),
            sum("you", 2, "2.00")
        ]
    );
    assert_eq!(
        env.json_error(&["reprice", "nobody"], 66)["error"]["code"],
        "not_found"
    );
    assert_eq!(env.run(&["reprice"]).code, 2);
    assert_eq!(env.run(&["reprice", "me", "--all"]).code, 2);
}

#[test]
fn a_budget_that_was_closed_keeps_its_own_charges() {
    let env = TestEnv::with("me", &["9usd"]);
    prices(&env, &[("acme", "1")]);
    spend(&env, "a-1", "acme", 1_000_000);
    env.ok(&["close", "me"]);
    env.advance(1);
    env.ok(&["create", "me", "--limit", "9usd", "--tz", "UTC"]);
    for (price, entries) in [("4", 1), ("2", 1)] {
        prices(&env, &[("acme", price)]);
        assert_eq!(changes(&env.json(&["reprice", "me"])).len(), entries);
        assert_eq!(env.figure("me", "usd", "spent"), "0.00");
    }
}

#[test]
fn of_two_that_reprice_at_once_one_corrects() {
    let env = TestEnv::with("me", &["900usd"]);
    prices(&env, &[("acme", "1")]);
    for index in 0..12 {
        spend(&env, &format!("a-{index}"), "acme", 1_000_000);
    }
    prices(&env, &[("acme", "2")]);
    let start = || {
        let mut command = env.command();
        command.args(["reprice", "--all", "--json"]);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("it starts")
    };
    let runs: Vec<_> = (0..4).map(|_| start()).collect();
    let mut corrected = 0;
    for run in runs {
        let output = Output::from(&run.wait_with_output().expect("it ends"));
        assert_eq!(output.code, 0, "{output}");
        let answer: Value = serde_json::from_str(&output.stdout).expect("JSON");
        corrected += changes(&answer).len();
    }
    assert_eq!(corrected, 12);
    assert_eq!(env.figure("me", "usd", "spent"), "24.00");
}

#[test]
fn people_see_a_line_for_each_charge_and_a_sum_for_each_budget() {
    let env = TestEnv::with("me", &["90usd"]);
    prices(&env, &[("acme", "3"), ("other", "1")]);
    spend(&env, "a-1", "acme", 1_000_000);
    spend(&env, "a-2", "other", 1_000_000);
    spend(&env, "a-3", "acme", 50_000);
    prices(&env, &[("acme", "2"), ("other", "1.25")]);
    let text = env.ok(&["reprice", "--all", "--dry-run"]);
    let expected = "\
ENTRY  WHEN                WAS    NOW  CHANGE  MODEL
    2  2026-11-21 12:00  $3.00  $2.00  -$1.00  acme
    3  2026-11-21 12:00  $1.00  $1.25  +$0.25  other
    4  2026-11-21 12:00  $0.15  $0.10  -$0.05  acme

BUDGET  CHARGES    WAS    NOW  CHANGE
me            3  $4.15  $3.35  -$0.80

would correct 3 charges; 0 as charged, 0 left";
    assert_eq!(text, expected);
    env.ok(&["reprice", "--all"]);
    let again = env.run(&["reprice", "--all"]);
    assert_eq!(again.stdout, "corrected 0 charges; 3 as charged, 0 left\n");
    let log = env.ok(&["log", "-n", "1"]);
    assert!(
        log.contains("repriced") && log.contains("of entry 4, was $0.15"),
        "{log}"
    );
}

/// Writes the latest entry anew, so that the chain of entries holds.
fn rewrite(env: &TestEnv, edit: impl FnOnce(&mut Entry)) {
    env.damage("DROP TRIGGER entry_is_final; DROP TRIGGER posting_is_final;");
    let conn = rusqlite::Connection::open(env.ledger()).expect("the ledger");
    let sql = "SELECT seq, at_us, budgets, corrects, amounts, detail, \
               (SELECT hash FROM entry p WHERE p.seq = e.seq - 1) FROM entry e \
               ORDER BY seq DESC LIMIT 1";
    let read = |row: &rusqlite::Row<'_>| {
        let entry = Entry {
            seq: Seq(row.get(0)?),
            at: Timestamp::from_micros(row.get(1)?),
            kind: EntryKind::Repriced,
            budgets: row.get(2)?,
            reservation: None,
            session: None,
            of: row.get::<_, Option<i64>>(3)?.map(Seq),
            amounts: read_amounts(&row.get::<_, String>(4)?).expect("amounts"),
            detail: row.get(5)?,
            postings: Vec::new(),
        };
        Ok((entry, row.get::<_, Hash>(6)?))
    };
    let (mut entry, previous) = conn.query_row(sql, [], read).expect("an entry");
    let sql = "SELECT window, effective_us, spent, debt FROM posting WHERE entry = ?1";
    let posting = |row: &rusqlite::Row<'_>| {
        Ok(Posting {
            window: WindowId(row.get(0)?),
            effective_at: Timestamp::from_micros(row.get(1)?),
            movement: Movement {
                spent: row.get(2)?,
                debt: row.get(3)?,
                ..Movement::default()
            },
        })
    };
    let mut postings = conn.prepare(sql).expect("SQL");
    let postings = postings
        .query_map([entry.seq.0], posting)
        .expect("postings");
    entry.postings = postings.collect::<Result<_, _>>().expect("postings");
    edit(&mut entry);
    let sql = "UPDATE entry SET budgets = ?2, corrects = ?3, amounts = ?4, detail = ?5, \
               hash = ?6 WHERE seq = ?1";
    let (of, amounts) = (entry.of.map(|of| of.0), amounts_json(&entry.amounts));
    let hash = entry.hash(&previous);
    let values = (
        entry.seq.0,
        &entry.budgets,
        of,
        amounts,
        &entry.detail,
        hash,
    );
    conn.execute(sql, values).expect("an update");
    for posting in &entry.postings {
        let sql = "UPDATE posting SET spent = ?2 WHERE entry = ?1";
        let values = (entry.seq.0, posting.movement.spent);
        conn.execute(sql, values).expect("an update");
    }
}

fn say(entry: &mut Entry, field: &str, (from, to): (&str, &str)) {
    let said = |amount| format!("\"{field}\":\"{amount}\"");
    entry.detail = entry.detail.replace(&said(from), &said(to));
}

fn usd(text: &str) -> Vec<Quantity> {
    vec![text.parse().expect("an amount")]
}

#[test]
fn verify_finds_a_correction_that_does_not_follow() {
    type Edit = fn(&mut Entry);
    let edits: [(Edit, &str); 9] = [
        (|_| (), ""),
        (|e| e.detail.clear(), "it does not say what it corrected"),
        (
            |e| say(e, "before", ("3.00", "2.50")),
            "the charge did not stand at what it says",
        ),
        (
            |e| e.amounts = usd("4.01usd"),
            "it does not name what it says the charge comes to",
        ),
        (
            |e| {
                e.amounts = usd("3usd");
                say(e, "after", ("4.00", "3.00"));
            },
            "the charge was not one to correct",
        ),
        (
            |e| e.postings[0].movement.spent += 1,
            "its windows do not move by the difference",
        ),
        (
            |e| e.postings[0].movement.spent = -100_000_000,
            "its windows do not move by the difference",
        ),
        (
            |e| e.of = Some(Seq(1)),
            "it corrects the charge of something else",
        ),
        (|e| e.of = None, "what it corrects is no charge before it"),
    ];
    for (edit, finding) in edits {
        let env = TestEnv::with("me", &["9usd"]);
        prices(&env, &[("acme", "3")]);
        spend(&env, "a-1", "acme", 1_000_000);
        prices(&env, &[("acme", "4")]);
        env.ok(&["reprice", "me"]);
        rewrite(&env, edit);
        let output = env.run(&["verify"]);
        let line = format!("entry 3: {finding}");
        if finding.is_empty() {
            assert_eq!(output.code, 0, "{output}");
        } else {
            assert_eq!(output.code, 65, "{output}");
            let is_found = output.stdout.lines().any(|found| found == line);
            assert!(is_found, "{line}\n{output}");
            assert!(!output.stdout.contains("was changed"), "{output}");
        }
    }
}
