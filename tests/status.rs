//! `budget status` at a glance: it fits the terminal, its colours have a word beside them, and it
//! says what was granted, where things are heading, who holds what and what nobody accounted for.

#[cfg(test)]
mod support;

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use budget_ledger::render::table::widest;
use serde_json::Value;
use support::{Output, TestEnv, golden};

fn shown(env: &TestEnv, columns: &str) -> String {
    let output = Output::of(env.command().arg("status").env("COLUMNS", columns));
    assert_eq!(output.code, 0, "{output}");
    stable(env, output.stdout)
}

fn coloured(env: &TestEnv, columns: &str) -> String {
    let args = ["status", "--color", "always"];
    let output = Output::of(env.command().args(args).env("COLUMNS", columns));
    stable(env, output.stdout)
}

/// The same with ids that are random made alike.
fn stable(env: &TestEnv, text: String) -> String {
    let status = env.json(&["status"]);
    let ids = ["open", "unknown"].map(|list| status[list].as_array().cloned().unwrap_or_default());
    let ids = ids.into_iter().flatten();
    ids.zip(0..10).fold(text, |text, (found, n)| {
        let id = found["id"].as_str().expect("an id");
        let whole = format!("01a1fda8-a6c3-79b2-b4b3-1a7b25e5900{n}");
        let text = text.replace(id, &whole);
        text.replace(tail(id), tail(&whole))
    })
}

/// The digits of an id that people see.
fn tail(id: &str) -> &str {
    id.get(30..).expect("an id")
}

/// Every width at which views are looked at.
fn widths(env: &TestEnv, case: &str) {
    for columns in ["40", "80", "120"] {
        let shown = shown(env, columns);
        let most: usize = columns.parse().expect("a number");
        assert!(widest(&shown) <= most, "{columns}:\n{shown}");
        golden(&format!("status/{case}_{columns}.txt"), &shown);
    }
}

/// A run that goes on until its input ends, by a program of this name.
fn running(env: &TestEnv, program: &str, args: &[&str]) -> Child {
    let path = env.path().join(program);
    std::fs::write(&path, "#!/bin/sh\nread line\n").expect("a program");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&path, mode).expect("a program");
    let before = open(env);
    let mut command = env.command();
    command.arg("exec").args(args).arg("--").arg(&path);
    let child = command.stdin(Stdio::piped()).spawn().expect("a run");
    let until = Instant::now() + Duration::from_secs(20);
    while open(env) == before {
        assert!(Instant::now() < until, "it never began");
        std::thread::yield_now();
    }
    child
}

fn open(env: &TestEnv) -> usize {
    let status = env.json(&["status"]);
    status["open"].as_array().map_or(0, Vec::len)
}

fn end(mut run: Child) {
    drop(run.stdin.take());
    run.wait().expect("its end");
}

/// The pace of the only limit.
fn pace(env: &TestEnv) -> Value {
    env.json(&["status"])["budgets"][0]["limits"][0]["pace"].clone()
}

/// A team in the middle of its day.
fn team() -> (TestEnv, Child) {
    let env = TestEnv::new();
    env.set_time("2026-11-01T00:00:00Z");
    let create = |name: &str, limits: &[&str]| {
        let limits = limits.iter().flat_map(|limit| ["--limit", limit]);
        let args = ["create", name, "--tz", "UTC"].into_iter().chain(limits);
        env.ok(&args.collect::<Vec<_>>());
    };
    create("team", &["200usd/month", "500calls/hour"]);
    create("team/web", &["20usd/day", "3slots"]);
    create("team/web/agent-1", &["5usd/day"]);
    create("team/web-old", &["50usd"]);
    create("team/idle", &["1usd"]);
    env.ok(&["set", "team/idle", "--remove-limit", "usd"]);
    create("me", &["5usd/5h", "2Mtokens"]);
    env.set_time("2026-11-20T10:00:00Z");
    env.ok(&["spend", "team/web-old", "49usd"]);
    env.ok(&["freeze", "team/web-old"]);
    let lost = ["team/web/agent-1", "0.75usd"];
    env.reserve(lost[0], &lost[1..]);
    env.set_time("2026-11-21T12:00:00Z");
    env.ok(&["grant", "team/web/agent-1", "2usd/day"]);
    env.ok(&["spend", "team/web/agent-1", "4.50usd", "3calls"]);
    env.ok(&["spend", "team/web", "12usd"]);
    let args = ["team/web/agent-1", "--reserve", "1usd"];
    let run = running(&env, "claude", &args);
    env.advance(190);
    let by_hand = ["reserve", "me", "0.50usd", "--ttl", "10m"];
    env.ok(&[&by_hand[..], &["--action", "tool:search"]].concat());
    env.advance(130);
    (env, run)
}

#[test]
fn a_team_is_seen_at_a_glance() {
    let (env, run) = team();
    widths(&env, "team");
    golden("status/team_80_coloured.txt", &coloured(&env, "80"));
    end(run);
}

#[test]
fn one_budget_is_a_line_or_two() {
    let env = TestEnv::with("me", &["5usd/day"]);
    widths(&env, "one_unused");
    env.advance(3 * 3_600);
    env.ok(&["spend", "me", "1.20usd"]);
    widths(&env, "one");
    golden("status/one_80_coloured.txt", &coloured(&env, "80"));
}

#[test]
fn before_there_is_anything_it_says_how_to_begin() {
    let env = TestEnv::new();
    widths(&env, "empty");
}

/// Every way in which a limit can be at its end.
#[test]
fn what_is_used_up_says_so() {
    let env = TestEnv::with("over", &["5usd/day"]);
    for (name, limit) in [
        ("full", "5usd"),
        ("near", "5usd"),
        ("zero", "0usd"),
        ("odd", "1tokens"),
    ] {
        env.ok(&["create", name, "--limit", limit, "--tz", "UTC"]);
    }
    env.ok(&["spend", "over", "7.50usd"]);
    env.ok(&["grant", "over", "4usd/day"]);
    env.ok(&["spend", "full", "5usd"]);
    env.ok(&["spend", "near", "4usd"]);
    env.ok(&["spend", "odd", "1000000tokens"]);
    env.ok(&["grant", "near", "0.50usd", "--debit"]);
    widths(&env, "used_up");
    golden("status/used_up_80_coloured.txt", &coloured(&env, "80"));
}

/// People are told one figure of what was spent, wherever they look; what is left of the limit adds
/// up from what stands beside it.
#[test]
fn what_is_spent_is_one_figure_in_every_view() {
    let env = TestEnv::with("me", &["5usd/day"]);
    env.ok(&["spend", "me", "4usd"]);
    env.ok(&["spend", "me", "3.50usd"]);
    assert_eq!(env.figure("me", "usd/day", "spent"), "5.00");
    assert_eq!(env.figure("me", "usd/day", "debt"), "2.50");
    let row = env.ok(&["status"]);
    let row: Vec<_> = row.lines().last().unwrap_or_default().split("  ").collect();
    let row: Vec<_> = row
        .iter()
        .map(|cell| cell.trim())
        .filter(|c| !c.is_empty())
        .collect();
    assert_eq!(row[..5], ["me", "$5.00/day", "$7.50", "$2.50", "-$2.50"]);
    for view in [
        &["show", "me"][..],
        &["forecast"],
        &["statusline"],
        &["report"],
    ] {
        let shown = env.ok(view);
        assert!(shown.contains("$7.50"), "{view:?}: {shown}");
        assert!(!shown.contains("$5.00 spent"), "{view:?}: {shown}");
    }
    let narrow = shown(&env, "40");
    assert!(
        narrow.contains("$7.50 spent ($2.50 of it debt)"),
        "{narrow}"
    );
}

/// What a project's file leaves of a limit stands below the limit, and counts for a prompt.
#[test]
fn a_projects_lower_limit_is_shown_where_it_holds() {
    let env = TestEnv::with("team", &["20usd/day", "9calls"]);
    env.ok(&["create", "me", "--limit", "1usd", "--tz", "UTC"]);
    env.ok(&["spend", "team", "1.50usd"]);
    let elsewhere = env.ok(&["status"]);
    let project = env.path().join("project");
    let file = |text: &str| std::fs::write(project.join(".budget.toml"), text).expect("a file");
    let here = |args: &[&str]| Output::of(env.command().args(args).current_dir(&project));
    std::fs::create_dir(&project).expect("a directory");
    file("budget = 'team'\nlimits = ['2usd/day', '50calls']\n");
    for columns in ["40", "80", "120"] {
        let mut command = env.command();
        let command = command.arg("status").env("COLUMNS", columns);
        let shown = Output::of(command.current_dir(&project)).stdout;
        assert!(
            widest(&shown) <= columns.parse().expect("a number"),
            "{shown}"
        );
        golden(&format!("status/project_{columns}.txt"), &shown);
    }
    let line = here(&["statusline"]).stdout;
    assert_eq!(
        line,
        "team $1.50 of $2.00/day (.budget.toml) 75% · resets in 12h\n"
    );
    let left = here(&["statusline", "--format", "{left}"]).stdout;
    assert_eq!(left, "$0.50\n");
    let json = here(&["status", "--json"]).stdout;
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let [day, calls] = ["/budgets/1/limits/0", "/budgets/1/limits/1"];
    let of = |place: &str| json.pointer(place).expect(place).clone();
    assert_eq!(of(&format!("{day}/limit/amount")), "20.00", "as it was");
    assert_eq!(of(&format!("{day}/project/limit/amount")), "2.00");
    assert_eq!(of(&format!("{day}/project/available/amount")), "0.50");
    assert_eq!(of(calls).get("project"), None, "it is no lower");
    // Elsewhere nothing is said of it, and a file that cannot be read hides nothing.
    assert_eq!(env.ok(&["status"]), elsewhere);
    file("limits = 5\n");
    let broken = here(&["status"]);
    assert_eq!(
        (broken.code, broken.stdout.trim_end()),
        (0, elsewhere.as_str())
    );
    assert!(
        broken.stderr.contains("its limits are left out"),
        "{broken}"
    );
}

/// Names as long and as deep as they come, amounts as large.
#[test]
fn long_names_and_large_amounts_fit() {
    let env = TestEnv::new();
    let long = format!("tenant:{}/agent:{}", "a".repeat(153), "b".repeat(154));
    let deep = ["d"; 12].join("/");
    for name in ["d", "d/d", "d/d/d", deep.as_str(), long.as_str()] {
        env.ok(&[
            "create",
            name,
            "--limit",
            "90000000000usd/month",
            "--tz",
            "UTC",
        ]);
    }
    env.ok(&[
        "create",
        "rows",
        "--unit",
        "rows",
        "--limit",
        "9000000000000000000rows",
    ]);
    env.ok(&["freeze", &long]);
    env.ok(&["spend", &long, "12345678901.23456789usd"]);
    env.ok(&["spend", "rows", "8999999999999999999rows"]);
    env.reserve(&deep, &["80000000000.00000001usd"]);
    widths(&env, "long");
}

#[test]
fn a_program_whose_name_breaks_terminals_does_not_break_this_one() {
    let env = TestEnv::with("me", &["5usd"]);
    let names = [
        "\u{1b}[2J\u{202e}evil",
        "日本語のプログラム",
        "مرحبا",
        "e\u{301}te\u{301}",
    ];
    let runs = names.map(|name| {
        let run = running(&env, name, &["me", "--reserve", "1usd"]);
        // They are shown in the order in which they began.
        env.advance(1);
        run
    });
    widths(&env, "programs");
    runs.into_iter().for_each(end);
}

#[test]
fn ten_thousand_rows_still_fit() {
    let env = TestEnv::with("a", &["5usd/day"]);
    let conn = rusqlite::Connection::open(env.ledger()).expect("the ledger");
    let columns = "state, zone, anchor, on_unknown, reserve, caps, warn, note, created_us";
    conn.execute_batch(&format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000) \
         INSERT INTO budget (name, {columns}) SELECT 'a/agent-' || i, {columns} FROM n, budget b \
         WHERE b.name = 'a'"
    ))
    .expect("budgets");
    for columns in ["40", "80"] {
        let shown = shown(&env, columns);
        assert!(widest(&shown) <= columns.parse().expect("a number"));
        assert!(shown.lines().count() > 10_000);
        assert!(shown.contains("\n  agent-9999"), "{columns}");
    }
    env.expect_damage();
}

#[test]
fn bars_give_way_where_the_terminal_is_narrow() {
    let env = TestEnv::with("team", &["200usd/month", "500calls/hour"]);
    env.ok(&["create", "team/web", "--limit", "20usd/day", "--tz", "UTC"]);
    env.ok(&["spend", "team/web", "25usd"]);
    let (wide, narrow, least) = (shown(&env, "120"), shown(&env, "60"), shown(&env, "20"));
    assert!(wide.contains("██████████ 125% over"), "{wide}");
    assert!(widest(&wide) > 60, "{wide}");
    assert!(widest(&narrow) <= 60, "{narrow}");
    assert!(narrow.contains("125% over"), "{narrow}");
    assert!(
        !least.contains('█') && least.contains("125% over") && widest(&least) <= 20,
        "{least}"
    );
}

#[test]
fn no_width_is_too_narrow_for_it() {
    let (env, run) = team();
    for columns in 34..=130_usize {
        let shown = shown(&env, &columns.to_string());
        assert!(widest(&shown) <= columns, "{columns}:\n{shown}");
        for amount in ["$200.00", "+$2.00", "$16.50", "$4.50", "$1.00", "49.00"] {
            assert!(shown.contains(amount), "{amount} in {columns}:\n{shown}");
        }
    }
    end(run);
}

#[test]
fn a_limit_raised_by_a_grant_shows_both() {
    let env = TestEnv::with("me", &["5usd/day"]);
    env.ok(&["grant", "me", "2usd/day"]);
    let shown = env.ok(&["status"]);
    assert!(shown.contains("$5.00 +$2.00/day"), "{shown}");
    env.ok(&["grant", "me", "3usd/day", "--debit"]);
    assert!(env.ok(&["status"]).contains("$5.00 -$1.00/day"));
}

#[test]
fn where_it_is_heading_is_said_once_there_is_something_to_go_by() {
    let env = TestEnv::new();
    env.set_time("2026-11-20T23:00:00Z");
    env.ok(&["create", "me", "--limit", "5usd/day", "--tz", "UTC"]);
    env.set_time("2026-11-21T01:00:00Z");
    env.ok(&["spend", "me", "2usd"]);
    assert_eq!(pace(&env), Value::Null, "too early");
    env.set_time("2026-11-21T02:59:59Z");
    assert_eq!(pace(&env), Value::Null, "less than three of its hours");
    assert!(!env.ok(&["status"]).contains("PACE"));
    env.set_time("2026-11-21T12:00:00Z");
    let lasts =
        serde_json::json!({"runs_out_at": null, "at_end": {"unit": "usd", "amount": "4.00"}});
    assert_eq!(pace(&env), lasts);
    let shown = env.ok(&["status"]);
    assert!(shown.contains("lasts, 80% at the end"), "{shown}");
    env.ok(&["spend", "me", "2usd"]);
    let out = pace(&env);
    assert_eq!(out["runs_out_at"], "2026-11-21T15:00:00Z", "{out}");
    assert_eq!(out["at_end"]["amount"], "8.00", "{out}");
    let shown = env.ok(&["status"]);
    assert!(shown.contains("runs out in 3h"), "{shown}");
    env.jump(7_200);
    assert_eq!(pace(&env), Value::Null, "the clock is not believed");
}

#[test]
fn why_a_cost_is_unknown_is_said_with_the_line_that_corrects_it() {
    let env = TestEnv::with("me", &["5usd"]);
    let id = env.reserve("me", &["1usd"]);
    env.advance(70);
    env.ok(&["spend", "me", "0.01usd"]);
    let status = env.json(&["status"]);
    assert_eq!(status["unknown"][0]["reason"], "its lease ran out");
    let shown = env.ok(&["status"]);
    assert!(shown.contains("(its lease ran out)"), "{shown}");
    assert!(
        shown.contains(&format!("`budget commit {id} AMOUNT`")),
        "{shown}"
    );
    // Where a line is too short for the whole id its end does.
    let narrow = Output::of(env.command().arg("status").env("COLUMNS", "40")).stdout;
    let short = format!("`budget commit {} AMOUNT`", tail(&id));
    assert!(narrow.contains(&short), "{narrow}");
    env.ok(&["commit", tail(&id), "0.20usd"]);
    assert!(!env.ok(&["status"]).contains("unknown"));
}

#[test]
fn colour_follows_the_environment_and_the_option() {
    let env = TestEnv::with("me", &["3usd/day"]);
    let is_coloured = |variable: &str, option: &str| {
        let args = ["status", "--color", option];
        let output = Output::of(env.command().args(args).env(variable, "1"));
        output.stdout.contains('\u{1b}')
    };
    assert!(!is_coloured("UNRELATED", "auto"), "a pipe has none");
    assert!(is_coloured("CLICOLOR_FORCE", "auto"));
    assert!(!is_coloured("CLICOLOR_FORCE", "never"));
    assert!(is_coloured("NO_COLOR", "always"));
}

#[test]
fn a_reader_that_is_gone_ends_it_quietly() {
    let env = TestEnv::with("me", &["3usd/day"]);
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let output = env.command().arg("status").stdout(writer).output();
    let output = output.expect("a process");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(output.stderr, b"");
}
