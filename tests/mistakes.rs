//! What is typed wrong is answered with what to type instead.

#[cfg(test)]
mod support;

use support::TestEnv;

#[track_caller]
fn says(env: &TestEnv, args: &[&str], code: i32, parts: &[&str]) {
    let said = env.fails(args, code);
    assert!(said.lines().count() <= 2, "{args:?}: {said}");
    for part in parts {
        assert!(said.contains(part), "{args:?} should say {part:?}: {said}");
    }
    for raw in ["invalid digit", "similar", "number too", "subcommand"] {
        assert!(!said.contains(raw), "{args:?}: {said}");
    }
}

#[test]
fn a_command_by_another_name_leads_to_ours() {
    let env = TestEnv::new();
    for (word, meant) in [
        ("ls", "`budget status`"),
        ("balance", "`budget status`"),
        ("run", "`budget exec NAME"),
        ("usage", "`budget log`"),
        ("history", "`budget log`"),
        ("delete", "`budget close NAME`"),
        ("rm", "`budget close NAME`"),
        ("add", "`budget create NAME --limit 5usd/day`"),
        ("init", "`budget create NAME --limit 5usd/day`"),
        ("cap", "`budget create NAME --limit 5usd/day`"),
        ("reset", "`budget grant NAME usd/day --reset`"),
        ("undo", "`budget refund ENTRY`"),
        ("daily", "--limit 5usd/day"),
        ("monthly", "--limit 5usd/day"),
        ("statu", "did you mean `budget status`"),
        ("resrve", "did you mean `budget reserve`"),
        ("xyzzy", "`budget help` lists"),
    ] {
        says(
            &env,
            &[word],
            2,
            &[&format!("there is no command `{word}`"), meant],
        );
    }
    says(
        &env,
        &["prices", "improt"],
        2,
        &["`prices improt`", "`budget prices import`"],
    );
    says(&env, &["prices", "xyzzy"], 2, &["`budget help prices`"]);
    assert!(!env.ledger().exists());
}

#[test]
fn what_is_near_is_named_and_nothing_that_is_far() {
    let env = TestEnv::with("me", &["5usd/day"]);
    says(&env, &["status", "--jsn"], 2, &["did you mean --json?"]);
    says(
        &env,
        &["grant", "me", "5usd", "--dbit"],
        2,
        &["did you mean --debit?"],
    );
    says(
        &env,
        &["spend", "me", "1usd", "--at", "x"],
        2,
        &["'--at'", "usage: budget spend"],
    );
    says(
        &env,
        &["status", "mee"],
        66,
        &["no budget `mee`", "did you mean me?"],
    );
    says(
        &env,
        &["status", "other"],
        66,
        &["`budget create NAME --limit"],
    );
    says(
        &env,
        &["commit", "abcd", "1usd"],
        66,
        &["no reservation `abcd`", "`budget reservations --state all`"],
    );
    says(&env, &["refund", "99"], 66, &["`budget log`"]);
    says(&env, &["spend", "me", "5uds"], 2, &["did you mean usd?"]);
    says(
        &env,
        &["reservations", "--state", "opne"],
        2,
        &["did you mean open?"],
    );
    says(
        &env,
        &["exec", "me", "--meter", "claud-code", "--", "x"],
        2,
        &["did you mean claude-code?"],
    );
    says(&env, &["completions", "bsh"], 2, &["did you mean bash"]);
}

/// A word in each line is the value; the rest says what should be typed.
#[track_caller]
fn each_says(env: &TestEnv, cases: &[(&str, &str)]) {
    for (typed, form) in cases {
        let args: Vec<_> = typed.split(' ').collect();
        says(env, &args, 2, &[form]);
        let said = env.fails(&args, 2);
        assert!(
            said.matches("write it like").count() <= 1,
            "one form: {said}"
        );
    }
}

#[test]
fn an_amount_written_apart_is_put_together() {
    let env = TestEnv::with("me", &["5usd/day"]);
    let cases = [
        ("exec me --limit 5 usd/day -- true", "--limit 5usd/day"),
        ("exec me --limit 5 usd per day -- true", "--limit 5usd/day"),
        ("exec me --limit $5 /day -- true", "--limit $5/day"),
        ("exec me --reserve 1 usd -- true", "--reserve 1usd"),
        ("exec me --max-time 5 m -- true", "--max-time 5m"),
        ("create x --limit 500 calls/hour", "--limit 500calls/hour"),
        ("set me --limit 5 usd", "--limit 5usd"),
        ("reserve me 5 usd", "write it as one word: 5usd"),
        ("commit abcdef 5 usd", "write it as one word: 5usd"),
        ("grant me 5 usd/day", "write it as one word: 5usd/day"),
        (
            "exec me --limit 5 --limit 6usd -- true",
            "did you mean --limit 5usd/day?",
        ),
        ("spend me 5", "did you mean 5usd?"),
    ];
    each_says(&env, &cases);
    // What is no part of an amount is none.
    let said = env.fails(&["spend", "me", "--input-tokens", "1200", "tokens"], 2);
    assert!(!said.contains("1200tokens"), "{said}");
    let said = env.fails(&["exec", "me", "--note", "5", "usd/day", "--", "x"], 2);
    assert!(!said.contains("before the command"), "{said}");
}

#[test]
fn a_limit_added_beside_another_of_its_unit_is_remarked_on() {
    let env = TestEnv::with("me", &["5usd/day", "9calls"]);
    let set = |args: &[&str]| {
        let args = [&["set", "me"], args].concat();
        let output = env.run(&args);
        assert_eq!(output.code, 0, "{output}");
        output.stderr
    };
    for (args, said) in [
        (
            &["--limit", "6usd"][..],
            "6.00usd for ever was added beside 5.00usd/day; to change that instead: `budget set me \
             --limit 6.00usd/day --remove-limit usd`",
        ),
        (&["--limit", "6usd"], ""),
        (&["--limit", "7usd/day"], ""),
        (&["--limit", "8tokens"], ""),
        (
            &[
                "--limit",
                "9usd/week",
                "--remove-limit",
                "usd",
                "--remove-limit",
                "usd/day",
            ],
            "",
        ),
        (&["--limit", "1usd/day", "--json"], ""),
        (&["--limit", "1usd/hour", "-q"], ""),
    ] {
        let stderr = set(args);
        assert!(stderr.contains(said), "{args:?}: {stderr}");
        assert_eq!(stderr.is_empty(), said.is_empty(), "{args:?}: {stderr}");
    }
}

#[test]
fn a_number_that_is_none_is_answered_with_what_it_is() {
    let env = TestEnv::with("me", &["5usd/day"]);
    let count = "a count is a whole number like 1200";
    let (entry, code) = ("an entry is a number", "from 1 to 255");
    let cases = [
        ("log -n x", count),
        ("log -n -1", count),
        ("log -n 99999999999", count),
        ("spend me --model m --input-tokens -5", count),
        ("spend me --model m --output-tokens 1.5", count),
        ("commit abcd --reasoning-tokens many", count),
        ("refund x", entry),
        ("refund -1", entry),
        ("refund 0", entry),
        ("exec me --denied-exit 300 -- x", code),
        ("exec me --denied-exit x -- x", code),
    ];
    each_says(&env, &cases);
    says(
        &env,
        &["log", "-n", "x"],
        2,
        &["`budget log --help` shows the forms"],
    );
}

#[test]
fn a_value_that_is_none_is_answered_with_one_form() {
    let env = TestEnv::with("me", &["5usd/day"]);
    let cases = [
        (
            "reserve me 1usd --ttl 5",
            "--ttl: `5` is not a duration: write it like 90s",
        ),
        (
            "create x --limit 5usd --tz X",
            "--tz: `X` is not a time zone: use an IANA name",
        ),
        ("create x --limit 5usd --warn 200", "use 1% to 100%"),
        ("create x --limit 5usd --cap a=b", "max_tokens=N"),
        (
            "create x --limit 5",
            "it has no unit; write it like 20usd/day",
        ),
        (
            "create x --limit usd/day",
            "of `usd`, it does not start with a number",
        ),
        ("set me --remove-limit 5", "write it like usd/day"),
        ("reserve me 1usd --tag x", "a tag is KEY=VALUE"),
        ("statusline --format {x}", "there is no {x}"),
        ("commit xyz", "`xyz` is not an id"),
    ];
    each_says(&env, &cases);
}

#[test]
fn a_change_of_nothing_is_refused() {
    let env = TestEnv::with("me", &["5usd/day"]);
    let before = env.dump();
    says(
        &env,
        &["set", "me"],
        2,
        &[
            "it is not said what to change",
            "`budget set me --limit 8usd/day`",
        ],
    );
    says(&env, &["set", "me", "--key", "k"], 2, &["not said"]);
    assert_eq!(env.dump(), before);
}
