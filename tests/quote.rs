//! `budget quote`, `exec --reserve p90` and `--min`: what runs like this one cost, and whether
//! there is enough left for another.

#[cfg(test)]
mod support;

use support::{Output, TestEnv, golden};

fn shown(env: &TestEnv, args: &[&str], columns: &str) -> String {
    let mut command = env.command();
    let output = Output::of(command.arg("quote").args(args).env("COLUMNS", columns));
    assert_eq!(output.code, 0, "{output}");
    output.stdout
}

/// Runs of `sh` on `me/web` that cost what is said.
fn with_runs(costs: &[&str]) -> TestEnv {
    let env = TestEnv::with("me", &["100usd"]);
    env.ok(&["create", "me/web", "--limit", "50usd", "--tz", "UTC"]);
    for cost in costs {
        report(&env, "me/web", cost);
    }
    env
}

fn report(env: &TestEnv, budget: &str, cost: &str) {
    let file = [
        "exec",
        budget,
        "--reserve",
        "1usd",
        "--usage-file",
        "used",
        "--",
    ];
    let line = format!(r#"echo '{{"usd": {cost}}}' > used"#);
    env.ok(&[&file[..], &["sh", "-c", &line]].concat());
}

fn quoted(env: &TestEnv, budget: &str) -> serde_json::Value {
    let args = ["quote", budget, "--json", "--", "/bin/sh", "-c", "true"];
    serde_json::from_str(&env.ok(&args)).expect("JSON")
}

/// What is reserved of money right now, by a run that looks.
fn reserved_by(env: &TestEnv, reserve: &[&str]) -> String {
    let look = "budget status me/web --json | tr ',' '\\n' | grep -A1 '\"reserved\"' | head -2 >&2";
    let exec = ["exec", "me/web", "--usage-file", "none"];
    let output = env.run(&[&exec[..], reserve, &["--", "sh", "-c", look]].concat());
    assert_eq!(output.code, 0, "{output}");
    output.stderr
}

const COSTS: [&str; 10] = [
    "0.10", "0.90", "0.20", "0.80", "0.30", "0.70", "0.40", "0.60", "0.50", "1.00",
];

#[test]
fn a_quote_says_what_runs_of_the_program_cost() {
    let env = with_runs(&COSTS);
    let quote = quoted(&env, "me/web");
    assert_eq!(quote["runs"], 10, "{quote:#}");
    let usd = &quote["units"][0];
    assert_eq!(usd["median"]["amount"], "0.50", "{usd}");
    assert_eq!(usd["p90"]["amount"], "0.90", "{usd}");
    assert_eq!(usd["max"]["amount"], "1.00", "{usd}");
    assert_eq!(
        (&quote["admitted"], &quote["unknown"]),
        (&true.into(), &0.into())
    );
    assert_eq!(quoted(&env, "me")["runs"], 10, "those below count");
    report(&env, "me", "1.00");
    assert_eq!(quoted(&env, "me/web")["runs"], 10, "those above do not");
    golden(
        "quote/many.txt",
        &shown(&env, &["me/web", "--", "sh"], "80"),
    );
    golden(
        "quote/narrow.txt",
        &shown(&env, &["me/web", "--", "sh"], "40"),
    );
    golden(
        "quote/none.txt",
        &shown(&env, &["me/web", "--", "make"], "80"),
    );
    env.ok(&["spend", "me/web", "44.20usd"]);
    golden(
        "quote/denied.txt",
        &shown(&env, &["me/web", "--", "sh"], "80"),
    );
}

#[test]
fn what_nobody_knows_and_what_is_old_is_in_no_figure() {
    let env = with_runs(&["0.10", "0.20"]);
    let kill = [
        "exec",
        "me/web",
        "--reserve",
        "1usd",
        "--",
        "sh",
        "-c",
        "kill -9 $PPID",
    ];
    assert_eq!(env.run(&kill).code, 137);
    env.advance(600);
    env.ok(&["spend", "me", "0usd"]);
    let quote = quoted(&env, "me/web");
    assert_eq!(
        (&quote["runs"], &quote["unknown"]),
        (&3.into(), &1.into()),
        "{quote:#}"
    );
    assert_eq!(quote["units"][0]["runs"], 2, "{quote:#}");
    assert_eq!(quote["units"][0]["max"]["amount"], "0.20", "{quote:#}");
    golden(
        "quote/unknown.txt",
        &shown(&env, &["me/web", "--", "sh"], "80"),
    );
    let unknown = env.json(&["reservations", "--state", "expired"]);
    let id = unknown["reservations"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    env.ok(&["commit", &id, "0.30usd"]);
    let quote = quoted(&env, "me/web");
    assert_eq!(
        (&quote["unknown"], &quote["units"][0]["runs"]),
        (&0.into(), &3.into())
    );
    assert_eq!(quote["units"][0]["max"]["amount"], "0.30", "{quote:#}");
    env.advance(91 * 86_400);
    assert_eq!(quoted(&env, "me/web")["runs"], 0);
}

#[test]
fn what_ran_inside_of_a_run_is_part_of_what_it_cost() {
    let env = with_runs(&[]);
    let inside = "budget spend me/web 0.30usd >/dev/null";
    env.ok(&[
        "exec",
        "me/web",
        "--reserve",
        "1usd",
        "--meter",
        "none",
        "--",
        "sh",
        "-c",
        inside,
    ]);
    let quote = quoted(&env, "me/web");
    assert_eq!(quote["units"][0]["max"]["amount"], "0.30", "{quote:#}");
}

#[test]
fn a_percentile_is_reserved_where_there_are_runs_to_go_by() {
    let env = with_runs(&COSTS);
    assert!(reserved_by(&env, &["--reserve", "p90"]).contains("0.90"));
    // That run said nothing and was charged as reserved: the median is the sixth of eleven now.
    assert!(reserved_by(&env, &["--reserve", "median:usd"]).contains("0.60"));
    let few = with_runs(&["0.10", "0.20", "0.30", "0.40"]);
    let before = few.dump();
    let p90 = [
        "exec",
        "me/web",
        "--reserve",
        "p90",
        "--",
        "sh",
        "-c",
        "true",
    ];
    let said = few.fails(&p90, 65);
    assert!(
        said.contains("4 runs of `sh`") && said.contains("it takes 5"),
        "{said}"
    );
    assert!(said.contains("--reserve 0.50usd"), "{said}");
    let tokens = [
        "exec",
        "me/web",
        "--reserve",
        "p90:tokens",
        "--",
        "sh",
        "-c",
        "true",
    ];
    assert!(few.fails(&tokens, 65).contains("200ktokens"));
    assert_eq!(few.dump(), before, "nothing was reserved");
    let new = [
        "exec",
        "new",
        "--limit",
        "1usd",
        "--reserve",
        "p90",
        "--",
        "sh",
    ];
    assert!(few.fails(&new, 65).contains("from 0 runs of `sh` on new"));
    few.fails(&["exec", "me/web", "--reserve", "p900", "--", "sh"], 2);
}

#[test]
fn a_run_with_a_key_is_the_same_run_when_the_estimate_is_another() {
    let env = with_runs(&COSTS);
    let run = [
        "exec",
        "me/web",
        "--reserve",
        "p90",
        "--key",
        "k",
        "--",
        "sh",
        "-c",
        "true",
    ];
    env.ok(&run);
    for _ in 0..5 {
        report(&env, "me/web", "1.00");
    }
    assert_eq!(quoted(&env, "me/web")["units"][0]["p90"]["amount"], "1.00");
    let again = env.run(&run);
    assert_eq!(again.code, 0, "{again}");
}

#[test]
fn less_than_the_least_is_refused_though_what_is_asked_would_fit() {
    let env = TestEnv::with("me", &["3usd/day"]);
    env.ok(&["spend", "me", "2.60usd"]);
    let before = env.figure("me", "usd/day", "reserved");
    let run = [
        "exec",
        "me",
        "--reserve",
        "all:usd",
        "--min",
        "1usd",
        "--",
        "true",
    ];
    let said = env.fails(&run, 75);
    assert!(
        said.contains("me usd/day has $0.40 left of $3.00, $1.00 needed at least"),
        "{said}"
    );
    assert!(said.contains("budget grant me 0.60usd/day"), "{said}");
    env.fails(&["reserve", "me", "0.10usd", "--min", "0.41usd"], 75);
    env.fails(&["reserve", "me", "0.10usd", "--min", "3.01usd"], 77);
    let said = env.fails(&["reserve", "me", "0.10usd", "--min", "1tokens"], 65);
    assert!(said.contains("no limit on `me` counts tokens"), "{said}");
    assert_eq!(env.figure("me", "usd/day", "reserved"), before);
    env.reserve("me", &["0.10usd", "--min", "0.40usd"]);
    assert_eq!(env.figure("me", "usd/day", "reserved"), "0.10");
    env.fails(&["reserve", "me", "0.10usd", "--min", "0.40usd"], 75);
    env.ok(&["reserve", "me", "0.10usd", "--min", "0.30usd"]);
}

#[test]
fn a_quote_of_what_is_not_there_is_an_error() {
    let env = TestEnv::with("team/web", &["3usd/day"]);
    let said = env.fails(&["quote", "team/wbe", "--", "sh"], 66);
    assert!(said.contains("did you mean team/web?"), "{said}");
    env.fails(&["quote", "team/web"], 2);
}
