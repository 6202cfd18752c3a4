//! Shares of a limit are warned of once for each window, by whichever process charges past them,
//! and again once there was more room.

#[cfg(test)]
#[path = "support/fake.rs"]
mod fake;
#[cfg(test)]
mod support;

use std::process::Child;

use fake::{end, start};
use serde_json::{Value, json};
use support::{TestEnv, golden};

/// A budget of ten dollars that warns at a half and at four fifths.
fn watched(period: &str) -> TestEnv {
    let env = TestEnv::with("me", &[&format!("10usd{period}")]);
    env.ok(&["set", "me", "--warn", "80%", "--warn", "50%"]);
    env
}

/// What a command that must succeed says on stderr.
#[track_caller]
fn says(env: &TestEnv, args: &[&str]) -> String {
    let output = env.run(args);
    assert_eq!(output.code, 0, "{output}");
    output.stderr
}

/// What a command that must succeed warns of: the share, or nothing.
#[track_caller]
fn warns(env: &TestEnv, args: &[&str]) -> String {
    let said = says(env, args);
    let lines: Vec<_> = said
        .lines()
        .filter(|line| line.contains("is past "))
        .collect();
    assert!(lines.len() <= 1, "{said}");
    let past = lines.first().and_then(|line| line.split_once("is past "));
    let share = past.and_then(|(_, rest)| rest.split_once(':'));
    share.map(|(share, _)| share.to_owned()).unwrap_or_default()
}

/// The shares of every entry that warns, in the journal's order.
fn warned(env: &TestEnv) -> Vec<Value> {
    let log = env.json(&["log"]);
    let entries = log["entries"].as_array().expect("entries").iter();
    let warned = entries.filter(|entry| entry["kind"] == "warned");
    warned
        .map(|entry| entry["detail"]["warned"]["thresholds"].clone())
        .collect()
}

#[test]
fn a_share_is_warned_of_once_and_again_in_the_next_window() {
    let env = watched("/day");
    assert_eq!(warns(&env, &["spend", "me", "4.99999999usd"]), "");
    assert_eq!(
        says(&env, &["spend", "me", "0.00000001usd"]),
        "budget: warning: me usd/day is past 50%: $5.00 of $10.00 spent, $5.00 left, resets in \
         12h\n"
    );
    assert_eq!(warns(&env, &["spend", "me", "1usd"]), "");
    assert_eq!(warns(&env, &["spend", "me", "2usd"]), "80%");
    assert_eq!(warns(&env, &["spend", "me", "20usd"]), "");
    assert_eq!(warned(&env), [json!([50]), json!([80])]);
    env.set_time("2026-11-22T00:00:00Z");
    assert_eq!(warns(&env, &["spend", "me", "5usd"]), "50%");
    assert_eq!(warned(&env).len(), 3);
}

#[test]
fn shares_passed_at_once_are_one_entry_and_the_highest_is_said() {
    let env = watched("");
    assert_eq!(warns(&env, &["spend", "me", "9usd"]), "80%");
    assert_eq!(warned(&env), [json!([50, 80])]);
    let log = env.json(&["log"]);
    let entry = log["entries"].as_array().and_then(|all| all.last());
    let said = &entry.expect("an entry")["detail"]["warned"];
    assert_eq!(
        (&said["limit"], &said["charged"], &said["capacity"]),
        (&json!("usd"), &json!("9.00"), &json!("10.00"))
    );
    assert_eq!(said["by"], 3, "the charge");
    golden("log/warned.txt", &(env.ok(&["log"]) + "\n"));
}

#[test]
fn what_is_only_reserved_is_not_warned_of() {
    let env = watched("/day");
    let id = env.reserve("me", &["all:usd"]);
    assert_eq!(warned(&env), Vec::<Value>::new());
    assert_eq!(warns(&env, &["commit", &id, "6usd", "--keep"]), "50%");
    assert_eq!(warns(&env, &["commit", &id]), "80%");
}

#[test]
fn more_room_arms_what_is_not_past_any_more() {
    let env = watched("/day");
    assert_eq!(warns(&env, &["spend", "me", "9usd"]), "80%");
    // 9 of 12: still past a half.
    assert_eq!(warns(&env, &["grant", "me", "2usd/day"]), "");
    assert_eq!(warns(&env, &["spend", "me", "0.50usd"]), "");
    assert_eq!(warns(&env, &["spend", "me", "0.10usd"]), "80%");
    // 9.6 of 32: past nothing.
    assert_eq!(warns(&env, &["set", "me", "--limit", "30usd/day"]), "");
    assert_eq!(warns(&env, &["spend", "me", "6.39usd"]), "");
    assert_eq!(warns(&env, &["spend", "me", "0.01usd"]), "50%");
    assert_eq!(warns(&env, &["grant", "me", "--reset", "usd/day"]), "");
    assert_eq!(warns(&env, &["spend", "me", "30usd"]), "80%");
    assert_eq!(
        warned(&env),
        [json!([50, 80]), json!([80]), json!([50]), json!([50, 80])]
    );
}

#[test]
fn less_room_and_new_shares_are_warned_of_where_they_are_past() {
    let env = watched("/day");
    env.ok(&["spend", "me", "4usd"]);
    assert_eq!(warns(&env, &["grant", "me", "2usd/day", "--debit"]), "50%");
    assert_eq!(warns(&env, &["set", "me", "--limit", "7usd/day"]), "80%");
    assert_eq!(warns(&env, &["set", "me", "--warn", "70%"]), "");
    assert_eq!(warns(&env, &["set", "me", "--limit", "60usd/day"]), "");
    // 4 of 58: what it was past when it was given more room stays warned of.
    assert_eq!(warns(&env, &["set", "me", "--warn", "6%"]), "");
    assert_eq!(warns(&env, &["set", "me", "--warn", "7%"]), "");
    assert_eq!(warns(&env, &["spend", "me", "0.06usd"]), "7%");
    env.ok(&["spend", "me", "1usd"]);
    assert_eq!(warns(&env, &["set", "me", "--warn", "8%"]), "8%");
}

#[test]
fn a_refund_does_not_warn_twice() {
    let env = watched("/day");
    assert_eq!(warns(&env, &["spend", "me", "6usd"]), "50%");
    env.ok(&["refund", "3", "5usd"]);
    assert_eq!(warns(&env, &["spend", "me", "5usd"]), "");
}

#[test]
fn every_limit_on_the_path_warns_for_itself() {
    let env = watched("/day");
    let create = ["create", "me/sub", "--limit", "4usd", "--limit", "9calls"];
    env.ok(&[&create[..], &["--warn", "100%", "--tz", "UTC"]].concat());
    let said = says(&env, &["spend", "me/sub", "5usd", "9calls"]);
    let mut lines: Vec<_> = said.lines().collect();
    lines.sort_unstable();
    assert_eq!(
        lines,
        [
            "budget: warning: me usd/day is past 50%: $5.00 of $10.00 spent, $5.00 left, resets \
             in 12h",
            "budget: warning: me/sub calls is past 100%: 9 of 9 calls spent, nothing left",
            "budget: warning: me/sub usd is past 100%: $5.00 of $4.00 spent, nothing left",
        ]
    );
    let id = env.reserve("me", &["1usd"]);
    assert!(says(&env, &["spend", "me", "4usd"]).contains("$1.00 reserved, nothing left"));
    env.ok(&["release", &id]);
}

#[test]
fn runs_what_is_inside_of_them_and_what_nobody_settled_warn() {
    let env = watched("/day");
    let exec = ["exec", "me", "--reserve", "1usd", "--"];
    let nested = [&exec[..], &["budget", "spend", "me", "5usd"]].concat();
    let output = env.run(&nested);
    assert_eq!(output.stderr.matches("past 50%").count(), 1, "{output}");
    let id = env.reserve("me", &["2usd"]);
    env.advance(120);
    assert_eq!(warns(&env, &["status"]), "");
    env.ok(&["reserve", "me", "1usd"]);
    assert_eq!(env.figure("me", "usd/day", "spent"), "7.00");
    assert_eq!(warns(&env, &["commit", &id, "3.50usd"]), "80%");
    let run = env.run(&[
        "exec",
        "me",
        "--limit",
        "10usd/day",
        "--reserve",
        "0.10usd",
        "--",
        "true",
    ]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{run}");
    assert_eq!(warned(&env), [json!([50]), json!([80])]);
    env.set_time("2026-11-22T00:00:00Z");
    let run = env.run(&[
        "exec",
        "me",
        "--reserve",
        "6usd",
        "--",
        "sh",
        "-c",
        "echo x; kill -9 $$",
    ]);
    assert_eq!((run.code, run.stdout.as_str()), (137, "x\n"), "{run}");
    assert!(run.stderr.contains("past 50%"), "{run}");
}

#[test]
fn whoever_closes_what_nobody_settled_says_it() {
    let env = watched("/day");
    env.reserve("me", &["6usd"]);
    env.advance(120);
    let output = env.run(&["reserve", "me", "9usd"]);
    assert_eq!(output.code, 75, "{output}");
    let lines: Vec<_> = output.stderr.lines().collect();
    assert!(
        lines.iter().any(|line| line.contains("past 50%")),
        "{output}"
    );
    assert!(
        lines.first().is_some_and(|line| line.contains("denied")),
        "{output}"
    );
}

#[test]
fn a_window_that_is_over_warns_of_nothing() {
    let env = TestEnv::with("me", &["0.0002usd/day"]);
    env.ok(&["set", "me", "--warn", "50%", "--warn", "80%"]);
    let directory = env.path().join(".claude/projects/-src");
    std::fs::create_dir_all(&directory).expect("a directory");
    let import = |name: &str, at: &str| {
        let line = format!(
            r#"{{"type":"assistant","timestamp":"{at}","sessionId":"{name}","requestId":"{name}","cwd":"/src","message":{{"id":"{name}","model":"claude-sonnet-4-5","usage":{{"input_tokens":5,"output_tokens":7}}}}}}"#
        );
        std::fs::write(directory.join(format!("{name}.jsonl")), line + "\n").expect("a file");
        warns(&env, &["import", "claude-code", "--budget", "me"])
    };
    assert_eq!(import("old", "2026-11-20T23:59:59Z"), "");
    assert_eq!(warned(&env), Vec::<Value>::new());
    assert_eq!(import("new", "2026-11-21T11:00:00Z"), "50%");
    // Nothing was charged today, and yesterday is over all the same.
    env.advance(86_400);
    assert_eq!(import("late", "2026-11-21T10:00:00Z"), "");
    assert_eq!(warned(&env).len(), 1);
}

#[test]
fn shares_are_typed_as_percents_and_taken_away_by_a_word() {
    let env = watched("/day");
    let shown = || env.json(&["show", "me"])["budgets"][0]["detail"]["warn"].clone();
    assert_eq!(shown(), json!([50, 80]));
    for bad in ["80", "0%", "101%", "half", "None"] {
        let said = env.fails(&["set", "me", "--warn", bad], 2);
        assert!(said.contains("1% to 100%, or none"), "{said}");
    }
    let said = env.fails(&["set", "me", "--warn", "none", "--warn", "50%"], 2);
    assert!(said.contains("--warn none goes alone"), "{said}");
    env.ok(&["set", "me", "--note", "x"]);
    assert_eq!(shown(), json!([50, 80]));
    env.ok(&["set", "me", "--warn", "none"]);
    assert_eq!(shown(), json!([]));
    assert_eq!(warns(&env, &["spend", "me", "9usd"]), "");
    assert_eq!(warned(&env), Vec::<Value>::new());
}

#[test]
fn a_limit_that_was_taken_off_warns_of_nothing() {
    let env = TestEnv::with("me", &["10usd", "9usd/day"]);
    env.ok(&["set", "me", "--warn", "50%"]);
    let id = env.reserve("me", &["6usd"]);
    env.ok(&["set", "me", "--remove-limit", "usd/day"]);
    let said = says(&env, &["commit", &id]);
    assert!(said.contains("me usd is past 50%"), "{said}");
    assert_eq!(warned(&env), [json!([50])]);
}

#[test]
fn an_answer_that_is_given_again_warns_of_nothing() {
    let env = watched("/day");
    let spend = ["spend", "me", "6usd", "--key", "k", "--json"];
    let first = env.run(&spend);
    assert!(first.stderr.contains("past 50%"), "{first}");
    let again = env.run(&spend);
    assert_eq!((again.stdout, again.stderr.as_str()), (first.stdout, ""));
}

#[test]
fn of_sixty_four_processes_that_pass_a_share_at_once_one_says_so() {
    let env = TestEnv::with("me", &["64usd/day"]);
    env.ok(&["set", "me", "--warn", "80%"]);
    let spend = |_| -> Child {
        let mut command = env.command();
        start(command.args(["spend", "me", "1usd", "--wait-lock", "100s"]))
    };
    let children: Vec<_> = (0..64).map(spend).collect();
    let said: Vec<_> = children.into_iter().map(end).collect();
    assert!(said.iter().all(|output| output.code == 0));
    let said = said
        .iter()
        .filter(|output| output.stderr.contains("past 80%"));
    let said: Vec<_> = said.map(|output| output.stderr.as_str()).collect();
    assert_eq!(
        said,
        [
            "budget: warning: me usd/day is past 80%: $52.00 of $64.00 spent, $12.00 left, resets \
          in 12h\n"
        ]
    );
    assert_eq!(warned(&env), [json!([80])]);
}

/// What a command answers says what was charged, and nobody asks what that did to a limit.
#[test]
fn a_cost_beyond_its_reservation_is_told_of_where_it_went_past_a_limit() {
    let run = |limit: &str, costs: &str, options: &[&str]| {
        let env = TestEnv::with("me", &[limit]);
        let id = env.reserve("me", &["1usd"]);
        let output = env.run(&[&["commit", &id, costs], options].concat());
        assert_eq!(output.code, 0, "{output}");
        output.stderr
    };
    let said = run("5usd/day", "6usd", &[]);
    assert_eq!(said.lines().count(), 1, "{said}");
    for part in [
        "was charged $6.00, more than the $1.00 it reserved",
        "me usd/day is used up: $6.00 of $5.00 spent, resets in 12h",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert_eq!(run("5usd/day", "3usd", &[]), "", "there was room");
    assert_eq!(run("5usd/day", "5usd", &[]), "", "nothing is past");
    assert_eq!(run("1usd/day", "1usd", &[]), "", "as reserved");
    assert_eq!(run("5usd/day", "6usd", &["-q"]), "");
    let once = run("5usd/day", "6usd", &["-v"]);
    assert_eq!(once.matches("more than").count(), 1, "{once}");
    // What a warning says of the limit is not said again.
    let env = TestEnv::with("me", &["5usd/day"]);
    env.ok(&["set", "me", "--warn", "80%"]);
    let output = env.run(&[
        "exec",
        "me",
        "--reserve",
        "1usd",
        "--",
        "budget",
        "spend",
        "me",
        "7usd",
    ]);
    let said = &output.stderr;
    assert_eq!(said.matches("of $5.00 spent").count(), 1, "{output}");
}

#[test]
fn what_nobody_accounted_for_is_corrected_and_not_charged_again() {
    let env = TestEnv::with("me", &["5usd/day"]);
    let id = env.reserve("me", &["1usd"]);
    env.advance(120);
    env.ok(&["spend", "me", "0usd"]);
    assert_eq!(env.figure("me", "usd/day", "spent"), "1.00");
    assert_eq!(
        env.ok(&["commit", &id, "0.20usd"]),
        "corrected: charged $0.20"
    );
    assert_eq!(env.figure("me", "usd/day", "spent"), "0.20");
    let id = env.reserve("me", &["1usd"]);
    assert!(
        env.ok(&["commit", &id, "0.20usd"])
            .starts_with("charged $0.20")
    );
}
