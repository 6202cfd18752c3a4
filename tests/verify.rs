//! `budget verify` finds what was changed behind the ledger's back, says what and where, and
//! changes nothing itself.

#[cfg(test)]
mod support;

use support::TestEnv;

/// Lets the journal be edited, as somebody who means to would.
const UNLOCK: &str = "DROP TRIGGER entry_is_final; DROP TRIGGER entry_stays; \
                      DROP TRIGGER posting_is_final; DROP TRIGGER posting_stays;";

/// Two budgets, one over the other; 1 settled, 1 open, 1 spent, 1 nobody settled.
fn ledger() -> TestEnv {
    let env = TestEnv::with("team", &["50usd/day", "9000tokens", "20calls"]);
    env.ok(&[
        "create",
        "team/web",
        "--limit",
        "20usd/day",
        "--limit",
        "30usd/month",
        "--tz",
        "UTC",
    ]);
    let lapses = env.reserve("team/web", &["2usd"]);
    env.advance(120);
    let settled = env.reserve("team/web", &["3usd", "100tokens"]);
    env.ok(&["commit", &settled, "1.25usd", "70tokens"]);
    env.reserve("team/web", &["4usd"]);
    env.ok(&["spend", "team", "0.75usd"]);
    env.ok(&["grant", "team", "5usd/day"]);
    let listed = env.json(&["reservations", "--state", "expired"]);
    assert_eq!(listed["reservations"][0]["id"], lapses.as_str());
    env
}

/// Damages the ledger and returns what the verification prints.
#[track_caller]
fn findings_in(env: &TestEnv, sql: &str) -> String {
    env.ok(&["verify"]);
    env.damage(&format!("PRAGMA foreign_keys = OFF; {sql}"));
    let before = env.dump();
    let output = env.run(&["verify"]);
    assert_eq!(output.code, 65, "{sql}\n{output}");
    assert!(output.stderr.contains("does not hold together"), "{output}");
    assert_eq!(env.dump(), before, "{sql}: verification changes nothing");
    let json = env.run(&["verify", "--json"]);
    assert_eq!(json.code, 65, "{json}");
    output.stdout
}

#[track_caller]
fn finds(sql: &str, what: &str) {
    finds_in(&ledger(), sql, what);
}

#[track_caller]
fn finds_in(env: &TestEnv, sql: &str, what: &str) {
    let found = findings_in(env, sql);
    assert!(
        found.lines().any(|line| line.contains(what)),
        "{sql}: no `{what}` in\n{found}"
    );
}

#[track_caller]
fn finds_in_journal(sql: &str, what: &str) {
    finds(&format!("{UNLOCK}{sql}"), what);
}

#[test]
fn an_edited_entry() {
    for column in [
        "amounts = '{}'",
        "detail = '{\"note\":\"x\"}'",
        "at_us = at_us + 1",
        "budgets = 'team'",
        "kind = 'spent'",
    ] {
        finds_in_journal(
            &format!("UPDATE entry SET {column} WHERE seq = 3"),
            "entry 3: it or the one before",
        );
    }
    finds_in_journal(
        "UPDATE entry SET hash = zeroblob(32) WHERE seq = 4",
        "entry 4: it or",
    );
}

#[test]
fn a_deleted_entry() {
    finds_in_journal(
        "DELETE FROM entry WHERE seq = 4",
        "entry 5: the entries before it are missing",
    );
}

#[test]
fn swapped_entries() {
    finds_in_journal(
        "UPDATE entry SET seq = 900 WHERE seq = 5; UPDATE entry SET seq = 5 WHERE seq = 6; \
         UPDATE entry SET seq = 6 WHERE seq = 900",
        "entry 5: it or the one before",
    );
}

#[test]
fn an_edited_posting() {
    for change in [
        "spent = spent + 1",
        "reserved = reserved + 1",
        "debt = 1",
        "granted = 1",
        "effective_us = effective_us + 1",
        "window = window + 1",
    ] {
        let sql = format!("UPDATE OR REPLACE posting SET {change} WHERE entry = 5 AND window = 1");
        finds_in_journal(&sql, "entry 5: it or the one before");
    }
}

#[test]
fn a_deleted_or_swapped_posting() {
    finds_in_journal(
        "DELETE FROM posting WHERE entry = 5 AND window = 1",
        "entry 5: it or",
    );
    finds_in_journal(
        "UPDATE posting SET entry = 900 WHERE entry = 3; \
         UPDATE posting SET entry = 3 WHERE entry = 5; \
         UPDATE posting SET entry = 5 WHERE entry = 900",
        "entry 3: it or",
    );
}

#[test]
fn a_changed_budget() {
    finds(
        "UPDATE budget SET name = 'other' WHERE name = 'team/web'",
        "budget other is not what",
    );
    finds(
        "UPDATE budget SET state = 'frozen' WHERE id = 1",
        "budget team is not what",
    );
    finds(
        "DELETE FROM budget WHERE id = 2",
        "budget team/web is in the journal, but its row",
    );
    finds(
        "UPDATE budget SET name = 'x' WHERE id = 1; UPDATE budget SET name = 'team' WHERE id = 2; \
         UPDATE budget SET name = 'team/web' WHERE id = 1",
        "budget team is not what",
    );
}

#[test]
fn a_changed_limit() {
    finds(
        "UPDATE budget_limit SET amount = amount * 2 WHERE id = 1",
        "budget team is not what",
    );
    finds(
        "UPDATE budget_limit SET removed = 1 WHERE id = 1",
        "budget team is not what",
    );
    finds(
        "UPDATE budget_limit SET period = 'week' WHERE id = 1",
        "budget team is not what",
    );
    finds(
        "DELETE FROM budget_limit WHERE id = 1",
        "budget team is not what",
    );
    finds(
        "UPDATE budget_limit SET budget = 2 WHERE unit = 'calls'",
        "budget team/web is not what",
    );
}

/// A budget of which everything is set that can be.
fn with_choices() -> TestEnv {
    let env = TestEnv::new();
    let text = "create me --limit 5usd/day --limit 9tokens --overage reject --on-unknown release \
                --reserve 1usd --cap max_tokens=5 --warn 80% --note n --tz UTC";
    env.ok(&text.split_whitespace().collect::<Vec<_>>());
    env
}

#[test]
fn an_entry_says_everything_that_was_set() {
    let env = with_choices();
    let latest = || {
        let log = env.json(&["log"]);
        let last = log["entries"].as_array().and_then(|entries| entries.last());
        last.expect("an entry")["detail"].clone()
    };
    let created = latest();
    assert_eq!(
        created["overage"],
        serde_json::json!({"tokens": "reject", "usd/day": "reject"}),
        "{created}"
    );
    assert_eq!(created["reserve"], serde_json::json!(["1.00usd"]));
    assert_eq!(created["caps"], serde_json::json!(["max_tokens=5"]));
    assert_eq!(created["warn"], serde_json::json!(["80%"]));
    let text = "set me --limit 6usd/day --overage allow-if-available --on-unknown charge \
                --reserve all:usd --cap max_tokens=7 --cap cooldown=5s --warn 50% --warn 90%";
    env.ok(&text.split_whitespace().collect::<Vec<_>>());
    let set = latest();
    assert_eq!(
        set["overage"],
        serde_json::json!({"tokens": "reject", "usd/day": "allow-if-available"}),
        "{set}"
    );
    assert_eq!(set["reserve"], serde_json::json!(["all:usd"]));
    assert_eq!(
        set["caps"],
        serde_json::json!(["cooldown=5s", "max_tokens=7"])
    );
    assert_eq!(set["warn"], serde_json::json!(["50%", "90%"]));
    // What was said of a freeze is no note on the budget.
    env.ok(&["freeze", "me", "--note", "holidays"]);
    env.ok(&["verify"]);
}

#[test]
fn a_changed_choice() {
    for change in [
        "zone = 'Europe/Rome'",
        "anchor = '06:00'",
        "on_unknown = 'charge'",
        "reserve = ''",
        "reserve = '1000.00usd'",
        "caps = ''",
        "warn = '99%'",
        "note = 'x'",
    ] {
        let sql = format!("UPDATE budget SET {change}");
        finds_in(&with_choices(), &sql, "budget me is not what");
    }
    for policy in ["allow-if-available", "allow-with-overdraft"] {
        let sql = format!("UPDATE budget_limit SET overage = '{policy}' WHERE unit = 'tokens'");
        finds_in(&with_choices(), &sql, "budget me is not what");
    }
}

#[test]
fn changed_bounds_of_a_window() {
    let spent = || {
        let limits = ["5usd/day", "9tokens", "8tokens/5h", "50usd/month"];
        let env = TestEnv::with("me", &limits);
        env.ok(&["spend", "me", "1usd", "1tokens"]);
        env.advance(86_400);
        env.ok(&["spend", "me", "1usd", "1tokens"]);
        env
    };
    for (change, period) in [
        ("start_us = start_us - 86400000000", "day"),
        ("start_us = start_us + 1", "day"),
        ("end_us = end_us + 86400000000", "day"),
        ("end_us = end_us + 3600000000", "month"),
        ("end_us = NULL", "month"),
        ("end_us = end_us + 1", "5h"),
        ("end_us = start_us + 1", "forever"),
    ] {
        let sql = format!(
            "UPDATE limit_window SET {change} WHERE id = \
             (SELECT window FROM budget_limit WHERE period = '{period}')"
        );
        finds_in(&spent(), &sql, "it does not begin and end as its period");
    }
}

#[test]
fn a_wrong_window() {
    for figure in ["spent", "reserved", "debt", "granted"] {
        let sql = format!("UPDATE limit_window SET {figure} = {figure} + 1 WHERE id = 1");
        finds(&sql, &format!("(window 1): {figure} is"));
    }
    finds(
        "UPDATE limit_window SET over = 1 WHERE id = 1",
        "(window 1): over is 1",
    );
    finds(
        "UPDATE limit_window SET warned = 50 WHERE id = 1",
        "(window 1): warned is 50, but the entries add up to 0",
    );
    finds(
        "UPDATE limit_window SET amount = amount + 1 WHERE id = 1",
        "is not the one that was set",
    );
    finds(
        "DELETE FROM limit_window WHERE id = 1",
        "refer to a limit_window that is missing",
    );
    finds(
        "UPDATE limit_window SET id = 900 WHERE id = 1; UPDATE limit_window SET id = 1 WHERE id = 2; \
         UPDATE limit_window SET id = 2 WHERE id = 900",
        "(window 1)",
    );
}

#[test]
fn a_changed_reservation() {
    finds(
        "UPDATE reservation SET state = 'released' WHERE state = 'open'",
        "is released, but the journal has it open",
    );
    finds(
        "UPDATE reservation SET state = 'open' WHERE state = 'committed'",
        "is open, but the journal",
    );
    finds(
        "DELETE FROM reservation WHERE state = 'committed'",
        "but its row is missing",
    );
    finds(
        "UPDATE reservation SET state = 'released' WHERE state = 'expired'",
        "is released, but the journal has it expired",
    );
}

#[test]
fn a_leaked_or_lost_holding() {
    finds(
        "UPDATE holding SET atoms = 7 WHERE reservation IN \
         (SELECT id FROM reservation WHERE state = 'committed')",
        "has ended and still holds",
    );
    let open = "(SELECT id FROM reservation WHERE state = 'open')";
    finds(
        &format!("UPDATE holding SET atoms = atoms + 1 WHERE reservation IN {open}"),
        "but open reservations hold",
    );
    finds(
        &format!("DELETE FROM holding WHERE reservation IN {open}"),
        "but open reservations hold 0",
    );
}

#[test]
fn what_a_reservation_chose_is_in_its_entry() {
    let chosen = || {
        let env = with_choices();
        let text = "reserve me 1usd --overage allow-if-available --on-unknown release";
        env.ok(&text.split_whitespace().collect::<Vec<_>>());
        let entry = &env.json(&["log"])["entries"][1]["detail"];
        assert_eq!(entry["overage"], "allow-if-available", "{entry}");
        assert_eq!(entry["on_unknown"], "release", "{entry}");
        env
    };
    for (change, what) in [
        ("on_unknown = 'charge'", ": its on_unknown is charge,"),
        ("overage = NULL", ": its overage is none,"),
    ] {
        finds_in(&chosen(), &format!("UPDATE reservation SET {change}"), what);
    }
}

#[test]
fn holdings_swapped_between_open_reservations() {
    let env = ledger();
    env.reserve("team/web", &["1usd"]);
    finds_in(
        &env,
        "UPDATE holding SET atoms = 500000000 - atoms WHERE atoms IN (100000000, 400000000)",
        "it holds 100000000 atoms of usd/day on team, but reserved 400000000",
    );
}

#[test]
fn a_truncated_journal_with_an_anchor() {
    let env = ledger();
    let head = env.ok(&["verify"]);
    let anchor = head
        .lines()
        .last()
        .and_then(|line| line.strip_prefix("head "))
        .expect("a head")
        .to_owned();
    env.ok(&["verify", "--anchor", &anchor]);
    env.ok(&["spend", "team", "1usd"]);
    env.ok(&["verify", "--anchor", &anchor]);
    // The last two entries, and all that follows from them, are taken out without a trace.
    env.damage(&format!(
        "{UNLOCK} DELETE FROM posting WHERE entry >= (SELECT max(seq) - 1 FROM entry); \
         DELETE FROM entry WHERE seq >= (SELECT max(seq) - 1 FROM entry); \
         UPDATE limit_window SET granted = 0, spent = \
         (SELECT sum(spent) FROM posting WHERE window = limit_window.id)"
    ));
    let before = env.dump();
    assert_eq!(
        env.run(&["verify"]).code,
        0,
        "nothing inside of it shows that"
    );
    let output = env.run(&["verify", "--anchor", &anchor]);
    assert_eq!(output.code, 65, "{output}");
    assert!(
        output
            .stdout
            .contains("entries were cut off: the anchored entry is missing"),
        "{output}"
    );
    assert_eq!(env.dump(), before);
}

#[test]
fn a_rewritten_journal_with_an_anchor() {
    let env = ledger();
    let head = env.ok(&["verify"]);
    let anchor = head
        .lines()
        .last()
        .and_then(|line| line.strip_prefix("head "))
        .expect("a head");
    let (seq, hash) = anchor.split_once(':').expect("an anchor");
    let turned = hash.replace(['0', 'a'], "1");
    let output = env.run(&["verify", "--anchor", &format!("{seq}:{turned}")]);
    assert_eq!(output.code, 65, "{output}");
    assert!(
        output.stdout.contains("it is not the anchored one"),
        "{output}"
    );
}

#[test]
fn an_edited_stake() {
    let of = |state: &str| format!("(SELECT id FROM reservation WHERE state = '{state}')");
    for (state, column, unit) in [
        ("open", "reserved", "usd"),
        ("open", "charged", "usd"),
        ("open", "nested", "usd"),
        ("committed", "charged", "tokens"),
        ("committed", "reserved", "usd"),
        ("expired", "charged", "usd"),
        ("expired", "nested", "calls"),
    ] {
        let sql = format!(
            "UPDATE stake SET {column} = coalesce({column}, 0) + 1 \
             WHERE unit = '{unit}' AND reservation = {}",
            of(state)
        );
        finds(&sql, &format!(": its {column} {unit} are "));
    }
    let moved = format!(
        "UPDATE stake SET unit = 'rows' WHERE unit = 'usd' AND reservation = {}",
        of("open")
    );
    finds(&moved, "with usd is in the journal, but its row is missing");
    finds(&moved, ": its reserved rows are 400000000 atoms");
}

#[test]
fn a_deleted_or_swapped_stake() {
    finds(
        "DELETE FROM stake WHERE unit = 'tokens'",
        "with tokens is in the journal, but its row is missing",
    );
    finds(
        "UPDATE stake SET reservation = (SELECT id FROM reservation WHERE state = 'open') \
         WHERE unit = 'tokens'",
        ": its reserved tokens are 100 atoms, but the entries add up to 0",
    );
    finds(
        "DELETE FROM stake WHERE reservation = (SELECT id FROM reservation WHERE state = 'expired')",
        "with calls is in the journal, but its row is missing",
    );
}

#[test]
fn an_edited_end_of_a_reservation() {
    for (change, state, what) in [
        ("unknown = 0", "expired", ": its unknown is false"),
        ("unknown = 1", "committed", ": its unknown is true"),
        ("late = 1", "expired", ": its late is true"),
        (
            "settled_by = settled_by - 1",
            "committed",
            ": its last entry is ",
        ),
        ("settled_by = NULL", "expired", ": its last entry is none"),
        ("settled_by = 1", "open", ": its last entry is 1"),
        ("budgets = 'team'", "open", ": its budgets is team,"),
        ("created_us = created_us + 1", "open", ": its admission is "),
        ("parent = zeroblob(16)", "open", ": its parent is 0000"),
        ("session = zeroblob(16)", "open", ": its session is 0000"),
        (
            "on_unknown = 'release'",
            "open",
            ": its on_unknown is release,",
        ),
        ("overage = 'reject'", "open", ": its overage is reject,"),
    ] {
        let sql = format!("UPDATE reservation SET {change} WHERE state = '{state}'");
        finds(&sql, what);
    }
    finds(
        "DELETE FROM reservation WHERE state = 'open'",
        "is in the journal, but its row is missing",
    );
    finds(
        "INSERT INTO reservation SELECT zeroblob(16), budgets, state, parent, owner, session, \
         created_us, expires_us, expires_boot_us, boot, ttl_ms, grace_ms, overage, on_unknown, \
         unknown, late, settled_by, detail FROM reservation WHERE state = 'committed'",
        "is committed, but the journal has it nowhere",
    );
}

/// Refunds, parts, late settlements and what ran inside of a run leave figures that follow from
/// the journal.
#[test]
fn whatever_settles_leaves_stakes_that_follow_from_the_journal() {
    let env = ledger();
    let id = env.reserve("team/web", &["5usd", "50tokens"]);
    env.ok(&["commit", &id, "1usd", "--keep"]);
    env.ok(&["release", &id, "1usd"]);
    env.ok(&["commit", &id, "2usd", "60tokens"]);
    env.ok(&["set", "team", "--overage", "allow-if-available"]);
    let cut = env.reserve("team", &["1usd", "10tokens"]);
    env.ok(&["commit", &cut, "99999tokens", "--keep"]);
    env.ok(&["release", &cut]);
    env.ok(&["grant", "team", "99999tokens"]);
    let late = env.reserve("team/web", &["2usd"]);
    env.advance(120);
    env.ok(&["spend", "team", "0.01usd"]);
    let entries = env.json(&["log"])["entries"]
        .as_array()
        .expect("entries")
        .len();
    let expiry = (entries - 1).to_string();
    env.ok(&["refund", &expiry, "0.50usd"]);
    env.ok(&["commit", &late, "1.75usd", "20tokens"]);
    env.ok(&["refund", &expiry, "0.25usd"]);
    let inner = "budget spend team 0.10usd; budget commit $(budget reserve team/web 1usd) 0.40usd";
    env.ok(&[
        "exec",
        "team/web",
        "--reserve",
        "2usd",
        "--",
        "sh",
        "-c",
        inner,
    ]);
    env.ok(&["verify"]);
    env.damage("UPDATE stake SET nested = nested + 1 WHERE nested > 0");
    let found = env.run(&["verify"]);
    assert_eq!(found.code, 65, "{found}");
    assert!(found.stdout.contains("its nested usd are"), "{found}");
}

/// A window that ended keeps the limit that it had, also where a clock that jumped kept it open.
#[test]
fn a_limit_changed_after_its_window() {
    let env = ledger();
    env.jump(2 * 86_400);
    env.ok(&["set", "team", "--limit", "60usd/day"]);
    env.ok(&["verify"]);
    env.ok(&["doctor", "--accept-clock"]);
    env.ok(&["set", "team", "--limit", "70usd/day"]);
    env.ok(&["verify"]);
    env.advance(86_400);
    env.ok(&["spend", "team", "1usd"]);
    env.advance(86_400);
    env.ok(&["set", "team", "--limit", "80usd/day"]);
    env.ok(&["verify"]);
    env.damage(
        "UPDATE limit_window SET amount = amount - 1 WHERE id = (SELECT max(id) FROM limit_window)",
    );
    assert_eq!(env.run(&["verify"]).code, 65);
}

#[test]
fn messages_that_are_marked_as_counted_by_another_are_found() {
    let env = TestEnv::with("a", &["5usd/day"]);
    let file = env.path().join("usage");
    std::fs::write(&file, r#"{"id":"msg_01XFDUDYJgAACzvnptVV","usd":0.5}"#).expect("a file");
    let file = file.to_str().expect("a path");
    let asks = ["--reserve", "1usd", "--usage-file", file];
    env.ok(&[&["exec", "a"][..], &asks, &["--", "true"]].concat());
    let what = "entry 3: the messages marked as counted by it are not those it counted";
    finds_in(&env, "UPDATE booked SET entry = 2", what);
}

/// A ledger that warned twice, and once more after it was given more room.
fn warned() -> TestEnv {
    let env = TestEnv::with("a", &["10usd/day"]);
    env.ok(&["set", "a", "--warn", "50%", "--warn", "80%"]);
    env.ok(&["spend", "a", "5usd"]);
    env.ok(&["spend", "a", "3usd"]);
    env.ok(&["grant", "a", "2usd/day"]);
    env.ok(&["spend", "a", "2usd"]);
    env
}

#[test]
fn warnings_that_were_not_due_or_not_kept() {
    for (sql, what) in [
        (
            "UPDATE limit_window SET warned = 0",
            "warned is 0, but the entries add up to 80",
        ),
        (
            "UPDATE entry SET detail = replace(detail, '[80]', '[50]') WHERE seq = 6",
            "entry 6: it warns of 50% of window 1 a second time",
        ),
        (
            "UPDATE entry SET detail = replace(detail, '\"rearmed\"', '\"forgotten\"') WHERE seq = 7",
            "entry 9: it warns of 80% of window 1 a second time",
        ),
        (
            "UPDATE entry SET detail = replace(detail, '5.00', '6.00') WHERE seq = 4",
            "entry 4: what it says was charged to window 1 was not",
        ),
        (
            "UPDATE entry SET detail = '' WHERE seq = 4",
            "entry 4: it warns of nothing",
        ),
    ] {
        finds_in(&warned(), &format!("{UNLOCK}{sql}"), what);
    }
}
