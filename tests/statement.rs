//! `budget statement`: what moved a limit, entry by entry. Its sums prove themselves, and what it
//! ends with is what `budget status` shows.

#[cfg(test)]
mod support;

use budget_ledger::render::table::widest;
use serde_json::Value;
use support::{Output, TestEnv, golden};

/// What a person sees in so many columns.
fn shown(env: &TestEnv, args: &[&str], columns: &str) -> String {
    let mut command = env.command();
    let output = Output::of(command.arg("statement").args(args).env("COLUMNS", columns));
    assert_eq!(output.code, 0, "{output}");
    without_ids(&output.stdout)
}

/// Ids are random, as long as ever.
fn without_ids(text: &str) -> String {
    let words = text.split_inclusive([' ', '\n', ',']);
    let plain = words.map(|word| {
        let bare = word.trim_end_matches([' ', '\n', ',']);
        let is_id = bare.len() == 6
            && bare.chars().all(|c| c.is_ascii_hexdigit())
            && bare
                .chars()
                .any(|c| c.is_ascii_digit() || c.is_ascii_lowercase());
        if is_id {
            word.replacen(bare, "1d1d1d", 1)
        } else {
            word.to_owned()
        }
    });
    plain.collect()
}

/// An amount of JSON in hundred-millionths.
fn atoms(amount: &Value) -> i128 {
    let text = amount["amount"].as_str().expect("an amount");
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction:0<8}");
    digits.parse().expect("a number")
}

/// Every statement there is adds up, line by line, and ends with what the window has left; those of
/// windows open now with what `status` shows.
#[track_caller]
fn proves_itself(env: &TestEnv, args: &[&str]) -> Value {
    let mut all = vec!["statement"];
    all.extend(args);
    let found = env.json(&all);
    let status = env.json(&["status", args[0]]);
    for statement in found["statements"].as_array().expect("statements") {
        let mut balance = atoms(&statement["opening"]);
        for line in statement["lines"].as_array().expect("lines") {
            balance += atoms(&line["amount"]);
            assert_eq!(balance, atoms(&line["balance"]), "{line}");
            let parts = atoms(&line["limit"]) + atoms(&line["granted"])
                - atoms(&line["charged"])
                - atoms(&line["reserved"]);
            assert_eq!(parts, atoms(&line["amount"]), "{line}");
        }
        assert_eq!(balance, atoms(&statement["closing"]), "{statement:#}");
        let kinds = statement["totals"].as_object().expect("totals").values();
        let sum: i128 = kinds.map(atoms).sum();
        assert_eq!(atoms(&statement["opening"]) + sum, balance, "{statement:#}");
        assert_eq!(statement["adds_up"], true, "{statement:#}");
        if statement["complete"] == true {
            assert_eq!(balance, atoms(&statement["figures"]["available"]));
        }
        if statement["current"] == true && statement["complete"] == true {
            let budgets = status["budgets"].as_array().expect("budgets");
            let own = budgets.iter().find(|budget| budget["name"] == args[0]);
            let limits = own.expect("the budget")["limits"]
                .as_array()
                .expect("limits");
            let same = |limit: &&Value| {
                limit["unit"] == statement["unit"] && limit["period"] == statement["period"]
            };
            let limit = limits.iter().find(same).expect("the limit");
            assert_eq!(balance, atoms(&limit["available"]), "{limit:#}");
        }
    }
    found
}

/// A budget that has seen everything that moves a window.
fn lived_in() -> TestEnv {
    let env = TestEnv::with("me", &["3usd/day"]);
    let first = env.reserve("me", &["1usd"]);
    env.advance(60);
    env.ok(&[
        "commit",
        &first,
        "0.37usd",
        "--model",
        "gpt-5",
        "--note",
        "a first try",
    ]);
    env.advance(60);
    env.ok(&["set", "me", "--limit", "5usd/day"]);
    env.ok(&["exec", "me", "--reserve", "0.50usd", "--", "true"]);
    env.advance(60);
    env.ok(&["spend", "me", "0.25usd", "--note", "by hand"]);
    env.ok(&["refund", "3", "0.07usd"]);
    let lost = env.reserve("me", &["0.20usd"]);
    env.advance(70);
    env.ok(&["grant", "me", "1usd/day", "--note", "for the release"]);
    env.ok(&["commit", &lost, "0.05usd"]);
    env.reserve("me", &["0.10usd"]);
    env
}

#[test]
fn a_statement_reads_line_by_line_and_proves_itself() {
    let env = lived_in();
    proves_itself(&env, &["me"]);
    for (columns, name) in [("40", "40"), ("80", "80"), ("120", "120")] {
        let text = shown(&env, &["me"], columns);
        assert!(
            widest(&text) <= columns.parse().expect("a number"),
            "{text}"
        );
        golden(&format!("statement/day_{name}.txt"), &text);
    }
    golden(
        "statement/day_coloured.txt",
        &shown(&env, &["me", "--color", "always"], "80"),
    );
}

#[test]
fn what_is_due_is_a_line_without_a_number_and_status_agrees() {
    let env = TestEnv::with("me", &["3usd/day"]);
    env.reserve("me", &["1usd"]);
    env.ok(&["reserve", "me", "0.50usd", "--on-unknown", "charge"]);
    env.advance(600);
    let found = proves_itself(&env, &["me"]);
    let lines = found["statements"][0]["lines"].as_array().expect("lines");
    let due = lines.last().expect("a line");
    assert_eq!((&due["entry"], &due["kind"]), (&Value::Null, &"due".into()));
    assert_eq!(due["charged"]["amount"], "1.50");
    golden("statement/due.txt", &shown(&env, &["me"], "80"));
    // The next write says it in entries, and the balance stays.
    env.ok(&["spend", "me", "0usd"]);
    let later = proves_itself(&env, &["me"]);
    assert_eq!(
        later["statements"][0]["closing"],
        found["statements"][0]["closing"]
    );
}

#[test]
fn before_anything_happened_there_is_the_limit_alone() {
    let env = TestEnv::with("me", &["3usd/day", "100usd", "2slots"]);
    proves_itself(&env, &["me"]);
    golden("statement/empty.txt", &shown(&env, &["me"], "80"));
}

#[test]
fn a_limit_set_before_its_window_opened_is_what_it_opens_with() {
    let env = TestEnv::with("me", &["3usd/day"]);
    env.ok(&["set", "me", "--limit", "4usd/day"]);
    let found = proves_itself(&env, &["me"]);
    let statement = &found["statements"][0];
    assert_eq!(statement["opening"]["amount"], "3.00", "{statement:#}");
    assert_eq!(
        statement["lines"][0]["limit"]["amount"], "1.00",
        "{statement:#}"
    );
    env.ok(&["spend", "me", "1usd"]);
    env.ok(&["set", "me", "--limit", "2usd/day"]);
    let found = proves_itself(&env, &["me"]);
    assert_eq!(found["statements"][0]["totals"]["limit"]["amount"], "-1.00");
    env.advance(86_400);
    env.ok(&["spend", "me", "1usd"]);
    let found = proves_itself(&env, &["me"]);
    assert_eq!(found["statements"][0]["opening"]["amount"], "2.00");
    assert_eq!(found["statements"][0]["limit_is_told"], true);
}

#[test]
fn a_limit_that_is_added_or_put_back_counts_what_came_before() {
    let env = TestEnv::with("me", &["3usd/day", "10usd/month"]);
    env.ok(&["spend", "me", "1usd"]);
    env.ok(&["set", "me", "--remove-limit", "usd/day"]);
    env.ok(&["spend", "me", "0.50usd"]);
    env.ok(&["set", "me", "--limit", "6usd/day", "--limit", "20usd/year"]);
    let found = proves_itself(&env, &["me"]);
    let seeded = |at: usize| found["statements"][at]["totals"]["seeded"]["amount"].clone();
    let seeded = [0, 1, 2].map(seeded);
    assert_eq!(seeded, ["-0.50", "0.00", "-1.50"].map(Value::from));
}

#[test]
fn what_no_limit_counts_has_a_running_total() {
    let env = TestEnv::with("me", &["3usd/day"]);
    env.ok(&["create", "me/sub", "--limit", "3usd", "--tz", "UTC"]);
    env.ok(&["spend", "me", "100tokens", "--model", "gpt-5"]);
    env.ok(&["spend", "me/sub", "1usd", "250tokens"]);
    env.ok(&["refund", "3", "40tokens"]);
    let args = ["statement", "me", "--limit", "tokens"];
    let found = env.json(&args);
    let lines = found["uncounted"][0]["lines"].as_array().expect("lines");
    let totals: Vec<_> = lines
        .iter()
        .map(|line| line["total"]["amount"].clone())
        .collect();
    assert_eq!(totals, ["100", "350", "310"]);
    golden(
        "statement/uncounted.txt",
        &shown(&env, &["me", "--limit", "tokens"], "80"),
    );
    golden(
        "statement/uncounted.csv",
        &env.ok(&[&args[..], &["--csv"]].concat()),
    );
    env.ok(&["set", "me", "--remove-limit", "usd/day"]);
    let all = env.json(&["statement", "me"]);
    let units: Vec<_> = all["uncounted"].as_array().expect("units").iter().collect();
    assert_eq!(units.len(), 2, "{all:#}");
}

#[test]
fn past_windows_are_told_by_day_in_the_budgets_zone() {
    let env = TestEnv::new();
    env.ok(&[
        "create",
        "me",
        "--limit",
        "3usd/day",
        "--tz",
        "America/New_York",
    ]);
    // The night in which the clock is set back lies between two plain days.
    env.set_time("2026-10-31T16:00:00Z");
    env.ok(&["doctor", "--accept-clock"]);
    env.ok(&["spend", "me", "0.10usd"]);
    for (time, amount) in [
        ("2026-11-01T05:30:00Z", "0.20usd"),
        ("2026-11-01T06:30:00Z", "0.30usd"),
        ("2026-11-02T04:59:00Z", "0.40usd"),
        ("2026-11-02T05:00:00Z", "0.50usd"),
    ] {
        env.set_time(time);
        env.ok(&["spend", "me", amount]);
    }
    let args = ["me", "--since", "2026-11-01", "--until", "2026-11-01"];
    let found = proves_itself(&env, &args);
    let statements = found["statements"].as_array().expect("statements");
    assert_eq!(statements.len(), 1, "{found:#}");
    assert_eq!(statements[0]["totals"]["charged"]["amount"], "-0.90");
    assert_eq!(
        statements[0]["window"]["start"],
        "2026-11-01T00:00:00-04:00"
    );
    assert_eq!(statements[0]["window"]["end"], "2026-11-02T00:00:00-05:00");
    let all = proves_itself(&env, &["me", "--since", "2026-10-01"]);
    assert_eq!(
        all["statements"].as_array().map(Vec::len),
        Some(3),
        "{all:#}"
    );
    golden("statement/past.txt", &shown(&env, &args, "80"));
}

#[test]
fn a_part_of_a_window_begins_with_the_balance_of_its_beginning() {
    let env = TestEnv::with("me", &["100usd/month"]);
    env.ok(&["spend", "me", "1usd"]);
    env.advance(2 * 86_400);
    env.ok(&["spend", "me", "2usd"]);
    let args = ["me", "--since", "2026-11-22"];
    let found = proves_itself(&env, &args);
    let statement = &found["statements"][0];
    assert_eq!(statement["opening"]["amount"], "99.00");
    assert_eq!(statement["lines"].as_array().map(Vec::len), Some(1));
    golden("statement/part.txt", &shown(&env, &args, "80"));
    let before = proves_itself(&env, &["me", "--until", "2026-11-21"]);
    let before = &before["statements"][0];
    assert_eq!(before["closing"]["amount"], "99.00");
    assert_eq!(before["complete"], false);
}

#[test]
fn an_overdrawn_window_and_its_repayment_are_told() {
    let env = TestEnv::with("me", &["1usd/day", "10calls"]);
    env.ok(&["spend", "me", "1.30usd", "2calls"]);
    golden(
        "statement/overdrawn.txt",
        &shown(&env, &["me", "--limit", "usd/day"], "80"),
    );
    let debt = env.figure("me", "usd/day", "debt");
    assert_ne!(debt, "0.00");
    env.ok(&["grant", "me", "0.10usd/day", "--repay"]);
    env.ok(&["grant", "me", "usd/day", "--reset"]);
    env.ok(&["grant", "me", "0.10usd/day", "--debit"]);
    let found = proves_itself(&env, &["me"]);
    let totals = &found["statements"][0]["totals"];
    assert_eq!(totals["repaid"]["amount"], "0.10", "{totals:#}");
    assert_eq!(totals["reset"]["amount"], "1.20", "{totals:#}");
    assert_eq!(totals["granted"]["amount"], "-0.10", "{totals:#}");
}

#[test]
fn text_from_outside_breaks_no_terminal_and_no_spreadsheet() {
    let env = TestEnv::with("me", &["3usd/day"]);
    let notes = [
        "=1+1",
        "שלום עולם",
        "你好,世界 ".repeat(12).as_str().to_owned().leak(),
        "a \"b\"",
    ];
    for note in notes {
        env.ok(&["spend", "me", "0.01usd", "--note", note.trim()]);
    }
    let text = shown(&env, &["me"], "60");
    assert!(widest(&text) <= 60, "{text}");
    golden("statement/outside.txt", &text);
    golden(
        "statement/outside.csv",
        &env.run(&["statement", "me", "--csv"]).stdout,
    );
}

#[test]
fn a_window_that_entries_do_not_come_to_is_said_to_be_wrong() {
    let env = TestEnv::with("me", &["3usd/day"]);
    env.ok(&["spend", "me", "1usd"]);
    env.damage("UPDATE limit_window SET spent = spent - 1");
    let output = env.run(&["statement", "me"]);
    assert_eq!(output.code, 65, "{output}");
    assert!(output.stdout.contains("it does not add up"), "{output}");
}

#[test]
fn what_there_is_not_is_named() {
    let env = TestEnv::with("team/web", &["3usd/day"]);
    let said = env.fails(&["statement", "team/wbe"], 66);
    assert!(said.contains("did you mean team/web?"), "{said}");
    let said = env.fails(&["statement", "team/web", "--limit", "usd/month"], 2);
    assert!(said.contains("it has usd/day"), "{said}");
    let said = env.fails(&["statement", "team/web", "--since", "yesterday"], 2);
    assert!(said.contains("is not a day"), "{said}");
}

#[test]
fn ten_thousand_entries_add_up() {
    let env = TestEnv::with("me", &["1000usd"]);
    for _ in 0..3 {
        env.ok(&["spend", "me", "0.01usd"]);
    }
    env.damage(
        "WITH RECURSIVE n(i) AS (SELECT 5 UNION ALL SELECT i + 1 FROM n WHERE i < 10004) \
         INSERT INTO entry SELECT i, at_us + i, kind, budgets, reservation, session, corrects, \
         amounts, detail, hash FROM n JOIN entry ON seq = 4; \
         INSERT INTO posting SELECT e.seq, p.window, p.effective_us + e.seq, 0, 1000000, 0, 0, NULL \
         FROM entry e JOIN posting p ON p.entry = 4 WHERE e.seq > 4; \
         UPDATE limit_window SET spent = spent + 10000 * 1000000",
    );
    let found = proves_itself(&env, &["me"]);
    let statement = &found["statements"][0];
    assert_eq!(statement["lines"].as_array().map(Vec::len), Some(10_003));
    assert_eq!(statement["closing"]["amount"], "899.97");
    assert_eq!(shown(&env, &["me"], "80").lines().count(), 10_003 + 9);
    let narrow = shown(&env, &["me"], "40");
    assert!(widest(&narrow) <= 40);
    assert_eq!(narrow.matches("-$0.01  ").count(), 10_003);
    let csv = env.ok(&["statement", "me", "--csv"]);
    assert_eq!(csv.lines().count(), 10_003 + 3);
    assert!(
        csv.trim_end().ends_with(",closing,,899.97,,,,,,,"),
        "{csv:.200}"
    );
    // What is charged of a unit without a limit is told in parts, too.
    env.ok(&["create", "free", "--limit", "9calls", "--tz", "UTC"]);
    env.ok(&["spend", "free", "7tokens"]);
    env.damage(
        "WITH RECURSIVE n(i) AS (SELECT 10007 UNION ALL SELECT i + 1 FROM n WHERE i < 12506) \
         INSERT INTO entry SELECT i, at_us + i, kind, budgets, reservation, session, corrects, \
         amounts, detail, hash FROM n JOIN entry ON seq = 10006",
    );
    let args = ["free", "--limit", "tokens"];
    let found = env.json(&["statement", "free", "--limit", "tokens"]);
    let tokens = &found["uncounted"][0];
    assert_eq!(tokens["lines"].as_array().map(Vec::len), Some(2_501));
    assert_eq!(tokens["total"]["amount"], "17507");
    let shown = shown(&env, &args, "80");
    assert_eq!(shown.matches("17,507").count(), 1, "{shown:.300}");
    // The heading comes again where the total has grown wider.
    assert_eq!(shown.lines().count(), 2_501 + 4);
}

#[test]
fn a_statement_is_read_no_further_than_anybody_reads_it() {
    let env = TestEnv::with("me", &["1000usd"]);
    env.ok(&["spend", "me", "0.01usd"]);
    env.damage(
        "WITH RECURSIVE n(i) AS (SELECT 3 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) \
         INSERT INTO entry SELECT i, at_us, CASE WHEN i > 2000 THEN 'none' ELSE kind END, budgets, \
         reservation, session, corrects, amounts, detail, hash FROM n JOIN entry ON seq = 2; \
         INSERT INTO posting SELECT e.seq, p.window, p.effective_us, 0, 1, 0, 0, NULL \
         FROM entry e JOIN posting p ON p.entry = 2 WHERE e.seq > 2",
    );
    for form in ["--limit=usd", "--json", "--csv"] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = env.command();
        let output = command.args(["statement", "me", form]).stdout(writer);
        let output = output.output().expect("a process");
        assert_eq!(output.status.code(), Some(0), "{output:?}");
    }
    env.fails(&["statement", "me"], 69);
}
