//! What a report looks like, and what programs get.

use std::collections::BTreeMap;

use serde_json::Value;

use super::support::{Output, TestEnv, golden};

/// When, which budget, and what was charged.
const CHARGES: [(&str, &str, &str); 7] = [
    (
        "2026-10-24T22:30:00Z",
        "team/web",
        "1.25usd --model claude-sonnet-4-5 --input-tokens 12000 --cache-read-tokens 250000 \
         --output-tokens 2500 --tag project=shop",
    ),
    (
        "2026-10-25T22:59:59Z",
        "team/web",
        "0.375usd --model gpt-5 --input-tokens 800 --output-tokens 90",
    ),
    (
        "2026-10-25T23:00:00Z",
        "ann",
        "0.02075usd --model gpt-5 --input-tokens 5 --output-tokens 7 --tag team=ops",
    ),
    ("2026-11-03T10:00:00Z", "team", "12usd --note invoice"),
    (
        "2026-11-20T10:00:00Z",
        "team/web,ann",
        "0.5usd --model gemini-2.5-pro --tag team=ops",
    ),
    ("2026-11-20T11:00:00Z", "team/web", "30calls"),
    ("2026-11-21T11:00:00Z", "ann", "0.01usd"),
];

/// Two budgets in one zone, charged on several days, by several models, agents and teams.
pub(super) fn env() -> TestEnv {
    let env = TestEnv::new();
    for (name, limit) in [
        ("team", "200usd/month"),
        ("team/web", "20usd/day"),
        ("ann", "5usd/day"),
    ] {
        env.ok(&["create", name, "--limit", limit, "--tz", "Europe/Berlin"]);
    }
    for (at, name, amounts) in CHARGES {
        env.set_time(at);
        let amounts: Vec<_> = amounts.split_whitespace().collect();
        env.ok(&[&["spend", name], &amounts[..]].concat());
    }
    env.set_time("2026-11-21T12:00:00Z");
    let id = env.reserve("ann", &["0.75usd", "--ttl", "10s", "--grace", "0s"]);
    assert!(!id.is_empty());
    env.set_time("2026-11-21T12:01:00Z");
    env
}

fn shown(env: &TestEnv, args: &[&str], columns: &str) -> String {
    let mut command = env.command();
    let command = command.arg("report").args(args).env("COLUMNS", columns);
    let output = Output::of(command);
    assert_eq!(output.code, 0, "{output}");
    output.stdout
}

fn json(env: &TestEnv, args: &[&str]) -> Value {
    env.json(&[&["report"], args].concat())
}

/// The exact sum of a unit over rows.
fn sum(rows: &Value, unit: &str) -> i128 {
    let amounts = rows.as_array().expect("rows").iter().flat_map(|row| {
        let spent = row["spent"].as_array().expect("amounts").clone();
        spent.into_iter().filter(|amount| amount["unit"] == unit)
    });
    amounts
        .map(|amount| {
            let text = amount["amount"].as_str().expect("text").to_owned();
            let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
            format!("{whole}{part:0<8}")
                .parse::<i128>()
                .expect("a number")
        })
        .sum()
}

#[test]
fn reports_look_as_they_should() {
    let env = env();
    let views: [(&str, &[&str]); 9] = [
        ("day", &[]),
        ("month_model", &["--by", "month", "--by", "model"]),
        ("budget", &["--by", "budget"]),
        ("agent", &["--by", "agent", "--since", "2026-11-01"]),
        ("tag", &["--by", "tag:team"]),
        ("hour_of_ann", &["ann", "--by", "hour"]),
        ("week", &["team", "--by", "week", "--until", "2026-10-25"]),
        (
            "markdown",
            &["--by", "project", "--by", "model", "--markdown"],
        ),
        ("csv", &["--by", "day", "--by", "budget", "--csv"]),
    ];
    for (name, args) in views {
        golden(&format!("report/{name}.txt"), &shown(&env, args, "80"));
    }
    golden(
        "report/narrow.txt",
        &shown(&env, &["--by", "day", "--by", "model"], "40"),
    );
    golden(
        "report/wide.txt",
        &shown(&env, &["--by", "day", "--by", "model"], "140"),
    );
    golden(
        "report/coloured.txt",
        &shown(&env, &["--by", "model", "--color", "always"], "80"),
    );
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let env = env();
    let long = "provider/a-model-with-a-name-that-does-not-end-for-a-very-long-time-2026-11-21";
    env.ok(&["spend", "ann", "0.01usd", "--model", long]);
    env.ok(&[
        "spend",
        "ann",
        "0.01usd",
        "--model",
        "模型一二三四五六七八九十甲乙丙丁戊己庚辛",
        "--tag",
        "team=مرحبا بالعالم هذا نص طويل جدا هنا",
    ]);
    for columns in ["40", "60", "80", "120"] {
        for args in [
            &["--by", "model"][..],
            &["--by", "day"],
            &["--by", "budget", "--by", "model"],
            &["--by", "tag:team"],
        ] {
            let text = shown(&env, args, columns);
            let room: usize = columns.parse().expect("a number");
            let widest = text
                .lines()
                .map(budget_ledger::render::table::columns_of)
                .max();
            assert!(widest <= Some(room), "{columns} {args:?}\n{text}");
        }
    }
}

#[test]
fn names_from_outside_cannot_move_the_cursor() {
    let env = TestEnv::with("me", &["5usd/day"]);
    // An importer or an agent may name anything; what is typed is refused before.
    let usage = r#"{"usage":{"source":"usage-file","model":"a\u001b[2Jb\u202ec","tokens":null}}"#;
    env.ok(&["spend", "me", "1usd"]);
    env.damage("DROP TRIGGER entry_is_final");
    env.damage(&format!(
        "UPDATE entry SET detail = '{usage}' WHERE kind = 'spent'"
    ));
    for form in [
        &["--by", "model"][..],
        &["--by", "model", "--markdown"],
        &["--by", "model", "--json"],
    ] {
        let text = shown(&env, form, "80");
        assert!(
            !text.contains('\u{1b}') && !text.contains('\u{202e}'),
            "{text:?}"
        );
    }
}

#[test]
fn rows_add_up_to_the_total_however_they_are_made() {
    let env = env();
    for by in [
        "hour", "day", "week", "month", "year", "budget", "model", "provider", "agent", "project",
        "session", "tag:team",
    ] {
        let report = json(&env, &["--by", by]);
        let total = Value::Array(vec![report["total"].clone()]);
        for unit in ["usd", "calls"] {
            assert_eq!(sum(&report["rows"], unit), sum(&total, unit), "{by}");
        }
        assert_eq!(sum(&total, "usd"), 1_490_575_000, "{by}");
    }
}

#[test]
fn a_day_begins_where_the_budget_is() {
    let env = env();
    let report = json(&env, &["--by", "day"]);
    assert_eq!(report["zone"], "Europe/Berlin");
    let days: BTreeMap<_, _> = report["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| {
            (
                row["day"].as_str().expect("a day"),
                row["start"].as_str().expect("a start"),
            )
        })
        .collect();
    // The first has 25 hours.
    assert_eq!(days["2026-10-25"], "2026-10-25T00:00:00+02:00");
    assert_eq!(days["2026-10-26"], "2026-10-26T00:00:00+01:00");
    let utc = json(&env, &["--by", "day", "--tz", "UTC"]);
    assert_eq!(utc["rows"][0]["day"], "2026-10-24");
}

#[test]
fn what_is_unknown_or_notional_is_shown_apart() {
    let env = env();
    let report = json(&env, &["ann", "--since", "2026-11-21"]);
    assert_eq!(report["total"]["unknown"][0]["amount"], "0.75");
    assert_eq!(report["total"]["spent"][0]["amount"], "0.76");
    let file = env.path().join("answer.json");
    let answer = r#"{"id":"msg_1","type":"message","model":"claude-sonnet-4-5","usage":{"input_tokens":1000,"output_tokens":1000}}"#;
    std::fs::write(&file, answer).expect("a file");
    env.ok(&[
        "spend",
        "ann",
        "--response",
        file.to_str().expect("text"),
        "--notional",
    ]);
    let report = json(&env, &["ann", "--since", "2026-11-21", "--by", "model"]);
    assert_eq!(report["total"]["spent"][0]["amount"], "0.76");
    assert_eq!(report["total"]["notional"]["amount"], "0.018");
    let shown = shown(
        &env,
        &["ann", "--since", "2026-11-21", "--by", "model"],
        "80",
    );
    assert!(shown.contains("$0.018 notional, not in SPENT"), "{shown}");
}

#[test]
fn a_correction_and_a_refund_count_for_what_they_correct() {
    let env = env();
    let open = env.json(&["reservations", "--state", "all"]);
    let id = open["reservations"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    env.ok(&["commit", &id, "0.05usd", "--model", "gpt-5"]);
    let report = json(&env, &["ann", "--by", "model", "--since", "2026-11-21"]);
    assert_eq!(report["total"]["unknown"], serde_json::json!([]));
    assert_eq!(report["total"]["spent"][0]["amount"], "0.06");
    let rows = report["rows"].as_array().expect("rows");
    let of = |model: &str| {
        rows.iter()
            .find(|row| row["model"] == model)
            .expect("a row")
    };
    assert_eq!(of("gpt-5")["spent"][0]["amount"], "0.05");
    // The charge of October goes back to October.
    let log = env.json(&["log", "ann"]);
    let entries = log["entries"].as_array().expect("entries");
    let october = entries
        .iter()
        .find(|entry| entry["usage"]["model"] == "gpt-5")
        .expect("it");
    env.ok(&["refund", &october["seq"].to_string()]);
    let report = json(&env, &["ann", "--by", "day"]);
    let day = &report["rows"][0];
    assert_eq!(
        (day["day"].as_str(), &day["spent"]),
        (Some("2026-10-26"), &serde_json::json!([]))
    );
}

#[test]
fn there_is_nothing_to_see_before_anything_was_charged() {
    let env = TestEnv::new();
    let output = Output::of(env.command().arg("report"));
    assert_eq!((output.code, output.stdout.as_str()), (0, ""));
    assert_eq!(output.stderr, "budget: nothing was charged\n");
    env.ok(&["create", "me", "--limit", "1usd/day"]);
    assert_eq!(json(&env, &["me"])["rows"], serde_json::json!([]));
    let error = env.fails(&["report", "mee"], 66);
    assert!(error.contains("there is no budget `mee`"), "{error}");
}

#[test]
fn what_cannot_be_asked_is_said() {
    let env = TestEnv::with("me", &["5usd/day"]);
    for (args, part) in [
        (&["--by", "fortnight"][..], "use hour, day, week"),
        (&["--by", "tag"], "tag:KEY"),
        (&["--by", "day", "--by", "day"], "given twice"),
        (&["--json", "--csv"], "cannot be used with"),
        (&["--since", "yesterday"], "is not a day"),
        (&["--tz", "Mars"], "is not a time zone"),
    ] {
        let error = env.fails(&[&["report"], args].concat(), 2);
        assert!(error.contains(part), "{args:?}: {error}");
    }
}

#[test]
fn an_agent_has_one_name_whether_it_reported_or_not() {
    let env = TestEnv::with("me", &["5usd/day"]);
    let program = env.path().join("claude");
    std::fs::write(&program, "#!/bin/sh\n[ \"$1\" = quiet ] && exit\necho '{\"type\":\"result\",\"subtype\":\"success\",\"session_id\":\"s\",\"total_cost_usd\":0.25,\"usage\":{\"input_tokens\":5,\"output_tokens\":7}}'\n").expect("a script");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&program, mode).expect("an executable");
    for how in ["quiet", "-p"] {
        let args = [
            "exec",
            "me",
            "--reserve",
            "0.5usd",
            "--",
            "./claude",
            how,
            "--output-format",
            "json",
        ];
        let output = Output::of(env.command().args(args));
        assert_eq!(output.code, 0, "{output}");
    }
    let report = json(&env, &["--by", "agent"]);
    let rows = report["rows"].as_array().expect("rows");
    assert_eq!(
        (rows.len(), &rows[0]["agent"]),
        (1, &"claude-code".into()),
        "{report}"
    );
    assert_eq!(rows[0]["spent"][0]["amount"], "0.75", "{report}");
}

#[test]
fn tokens_of_no_known_kind_are_counted_too() {
    let env = TestEnv::with("me", &["5usd/day"]);
    env.ok(&["spend", "me", "2000000tokens"]);
    env.ok(&[
        "spend",
        "me",
        "0.5usd",
        "--model",
        "m",
        "--input-tokens",
        "1000",
    ]);
    let shown = shown(&env, &["--markdown"], "80");
    assert!(
        shown.contains("| **total** | **$0.50** | **1,000** | **2,001,000** | **2** |"),
        "{shown}"
    );
}
