//! `budget report --format focus`: rows for each charge, whose costs add up to what the report says
//! was charged, to the atom.

use std::collections::BTreeMap;

use serde_json::Value;

use super::support::{TestEnv, golden};
use super::views;

type Row = BTreeMap<String, String>;

/// The rows of a CSV of ours.
fn csv(text: &str) -> Vec<Row> {
    let mut lines = text
        .split("\r\n")
        .filter(|line| !line.is_empty())
        .map(cells);
    let head = lines.next().expect("a head");
    let row = |cells: Vec<String>| {
        assert_eq!(cells.len(), head.len(), "{cells:?}");
        head.iter().cloned().zip(cells).collect()
    };
    lines.map(row).collect()
}

fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut cell, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(std::mem::take(&mut cell)),
            c => cell.push(c),
        }
    }
    cells.push(cell);
    cells
}

#[track_caller]
fn focus(env: &TestEnv, args: &[&str]) -> Vec<Row> {
    let output = env.run(&[&["report", "--format", "focus"], args].concat());
    assert_eq!(output.code, 0, "{output}");
    csv(&output.stdout)
}

/// Dollars as atoms.
fn atoms(text: &str) -> i128 {
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |text| (-1, text));
    let (whole, part) = text.split_once('.').expect("decimals");
    sign * format!("{whole}{part:0<8}")
        .parse::<i128>()
        .expect("a number")
}

fn sum(rows: &[Row], column: &str) -> i128 {
    rows.iter().map(|row| atoms(&row[column])).sum()
}

fn usd(amount: &Value) -> i128 {
    amount["amount"].as_str().map_or(0, atoms)
}

/// Adds charges of every kind: computed, divided between models, taken back, corrected, unknown
/// and notional.
fn lived_in() -> TestEnv {
    let env = views::env();
    let file = env.path().join("answer.json");
    let answer = |id: u32, more: &str| {
        let body = format!(
            r#"{{"id":"msg_{id}","type":"message","model":"claude-sonnet-4-5","usage":{{"input_tokens":1001,"output_tokens":333{more}}}}}"#
        );
        std::fs::write(&file, body).expect("a file");
    };
    let path = file.to_str().expect("text").to_owned();
    let writes = r#","cache_read_input_tokens":77,"cache_creation_input_tokens":50,"cache_creation":{"ephemeral_5m_input_tokens":20,"ephemeral_1h_input_tokens":30},"server_tool_use":{"web_search_requests":2}"#;
    answer(1, writes);
    env.ok(&["spend", "ann", "--response", &path]);
    answer(2, "");
    env.ok(&["spend", "ann", "--response", &path, "--notional"]);
    answer(3, "");
    let id = env.reserve("ann", &["0.001usd"]);
    env.ok(&["commit", &id, "--response", &path]);
    let open = env.json(&["reservations", "--state", "expired"]);
    let lost = open["reservations"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    env.ok(&["commit", &lost, "0.05usd", "--model", "gpt-5"]);
    let log = env.json(&["log", "ann"]);
    let entries = log["entries"].as_array().expect("entries");
    let october = entries
        .iter()
        .find(|entry| entry["usage"]["model"] == "gpt-5");
    let seq = october.expect("it")["seq"].to_string();
    env.ok(&["refund", &seq, "0.01usd"]);
    env
}

#[test]
fn costs_add_up_to_what_was_charged() {
    let env = lived_in();
    for args in [
        &[][..],
        &["ann"],
        &["team"],
        &["--since", "2026-11-21"],
        &["--until", "2026-11-01"],
        &["team/web", "--since", "2026-10-25", "--until", "2026-10-26"],
    ] {
        let rows = focus(&env, args);
        let json = env.json(&[&["report"], args].concat());
        let spent = json["total"]["spent"].as_array().expect("amounts");
        let spent = spent
            .iter()
            .find(|amount| amount["unit"] == "usd")
            .map_or(0, usd);
        let notional = usd(&json["total"]["notional"]);
        assert_eq!(sum(&rows, "BilledCost"), spent, "{args:?}");
        for column in ["EffectiveCost", "ListCost", "ContractedCost"] {
            assert_eq!(sum(&rows, column), spent + notional, "{args:?} {column}");
        }
        let tokens: i64 = ["input", "cache_read", "cache_write", "output"]
            .iter()
            .map(|kind| json["total"]["tokens"][kind].as_i64().expect("a count"))
            .sum();
        let of_kinds = rows.iter().filter(|row| row["SkuMeter"] != "unspecified");
        let counts = of_kinds.filter_map(|row| row["ConsumedQuantity"].parse::<i64>().ok());
        assert_eq!(counts.sum::<i64>(), tokens, "{args:?}");
    }
}

#[test]
fn rows_look_as_they_should() {
    let env = lived_in();
    let rows = env.run(&["report", "ann", "--format", "focus"]).stdout;
    let account = rows.lines().nth(1).map(cells).expect("a row")[19].clone();
    assert_eq!(account.len(), 36, "{account}");
    golden("report/focus.csv", &rows.replace(&account, "LEDGER"));
}

#[test]
fn a_priced_charge_is_divided_between_its_kinds() {
    let env = lived_in();
    let rows = focus(&env, &["ann", "--since", "2026-11-21"]);
    let priced: Vec<_> = rows
        .iter()
        .filter(|row| row["Tags"] == "{}" && row["SkuId"] == "claude-sonnet-4-5")
        .take(6)
        .map(|row| {
            let of = |column: &str| row[column].as_str();
            (
                of("SkuMeter"),
                of("PricingQuantity"),
                of("ListUnitPrice"),
                of("BilledCost"),
            )
        })
        .collect();
    assert_eq!(
        priced,
        [
            ("input", "0.001001", "3", "0.003003"),
            ("cache read", "0.000077", "0.3", "0.0000231"),
            ("cache write", "0.00002", "3.75", "0.000075"),
            ("cache write 1h", "0.00003", "6", "0.00018"),
            ("output", "0.000333", "15", "0.004995"),
            // What searches cost is no token's.
            ("", "", "", "0.02"),
        ]
    );
}

#[test]
fn what_is_taken_back_unknown_or_notional_is_told_apart() {
    let env = lived_in();
    let rows = focus(&env, &[]);
    let corrections: Vec<_> = rows
        .iter()
        .filter(|row| row["ChargeClass"] == "Correction")
        .collect();
    let sum: i128 = corrections
        .iter()
        .map(|row| atoms(&row["BilledCost"]))
        .sum();
    // 0.75 were corrected to 0.05, and 0.01 was refunded.
    assert_eq!(sum, -71_000_000);
    let tagged = |tag: &str| -> Vec<&Row> {
        let has = |row: &&Row| {
            let tags: Value = serde_json::from_str(&row["Tags"]).expect("JSON");
            tags[tag] == "true"
        };
        rows.iter().filter(has).collect()
    };
    let unknown = tagged("budget/unknown");
    assert!(
        unknown.iter().all(|row| row["BilledCost"] == "0.75"),
        "{unknown:?}"
    );
    assert_eq!(unknown.len(), 1);
    let notional = tagged("budget/notional");
    assert_eq!(notional.len(), 2);
    assert!(
        notional
            .iter()
            .all(|row| row["BilledCost"] == "0.00" && row["ListCost"] != "0.00")
    );
    let month = (&rows[0]["BillingPeriodStart"], &rows[0]["BillingPeriodEnd"]);
    assert_eq!(
        (month.0.as_str(), month.1.as_str()),
        ("2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z")
    );
}

#[test]
fn forms_are_chosen_once() {
    let env = views::env();
    let same = |a: &[&str], b: &[&str]| {
        assert_eq!(
            env.ok(&[&["report"], a].concat()),
            env.ok(&[&["report"], b].concat()),
            "{a:?}"
        );
    };
    same(&["--format", "json"], &["--json"]);
    same(&["--format", "csv"], &["--csv"]);
    same(&["--format", "markdown"], &["--markdown"]);
    same(&["--format", "table"], &[]);
    for (args, part) in [
        (
            &["--format", "focus", "--by", "day"][..],
            "--by has no part",
        ),
        (&["--format", "csv", "--json"], "cannot be used with"),
        (&["--html", "x", "--csv"], "cannot be used with"),
        (&["--html", "x", "--format", "focus"], "cannot be used with"),
        (&["--format", "xml"], "focus"),
    ] {
        let error = env.fails(&[&["report"], args].concat(), 2);
        assert!(error.contains(part), "{args:?}: {error}");
    }
    let empty = TestEnv::new();
    assert_eq!(focus(&empty, &[]).len(), 0);
    empty.fails(&["report", "me", "--format", "focus"], 66);
}
