//! Agents whose output is read while it passes: the figure they report, the bytes they print.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::process::Stdio;

use nix::fcntl::OFlag;
use nix::pty::{PtyMaster, grantpt, posix_openpt, ptsname_r, unlockpt};
use serde_json::{Value, json};

use super::fake::{claude, result, touch, until, wait_for_file};
use super::{
    Output, TestEnv, amount, assert_charged, dollars, exec, last_entry, latest, two_dollars,
};

const JSON: [&str; 2] = ["--output-format", "json"];
const ALL: &[&str] = &["--reserve", "1usd"];

/// An agent that prints what is in the file `said`, then does something else.
fn agent(env: &TestEnv, said: impl AsRef<[u8]>, then: &str) -> String {
    fs::write(env.path().join("said"), said).expect("a file");
    claude(env, &format!("cat said; {then}"))
}

fn stream(last: &str) -> String {
    let init = json!({"type": "system", "subtype": "init", "session_id": "s", "model": "m"});
    let message = json!({"id": "msg_1", "role": "assistant", "content": [],
        "usage": {"input_tokens": 1200, "output_tokens": 1}});
    let word = json!({"type": "assistant", "session_id": "s", "message": message});
    format!("{init}\n{word}\n{last}\n")
}

/// Runs an agent with its output in a file, and returns what was printed on stderr.
fn exec_into(env: &TestEnv, file: File, options: &[&str], args: &[&str]) -> Output {
    let mut command = env.command();
    command.args(["exec", "me"]).args(options);
    command.arg("--").args(args);
    let child = command
        .stdout(Stdio::from(file))
        .stderr(Stdio::piped())
        .spawn();
    let output = child.and_then(std::process::Child::wait_with_output);
    Output::from(&output.expect("the command runs"))
}

/// A terminal, and the side of it that a program writes to.
fn terminal() -> (PtyMaster, File) {
    let terminal = posix_openpt(OFlag::O_RDWR | OFlag::O_NOCTTY | OFlag::O_CLOEXEC);
    let terminal = terminal.expect("a terminal");
    grantpt(&terminal).expect("a terminal");
    unlockpt(&terminal).expect("a terminal");
    let mut screen = OpenOptions::new();
    let screen = screen.write(true).custom_flags(OFlag::O_NOCTTY.bits());
    let screen = screen.open(ptsname_r(&terminal).expect("its name"));
    (terminal, screen.expect("its screen"))
}

#[test]
fn the_total_of_the_last_result_is_charged_with_tokens_model_and_source() {
    for said in [
        format!("{}\n", result("0.020175")),
        stream(&result("0.020175")),
    ] {
        let env = two_dollars();
        let agent = agent(&env, &said, "");
        let output = exec(
            &env,
            ALL,
            &[&agent, "--output-format", "stream-json", "--verbose"],
        );
        assert_eq!((output.code, output.stderr.as_str()), (0, ""));
        assert_eq!(output.stdout, said);
        assert_charged(&env, "0.020175", false);
        let entry = last_entry(&env);
        let usage = &entry["usage"];
        assert_eq!(usage["source"], "claude-code", "{entry}");
        assert_eq!(usage["model"], "claude-sonnet-4-5");
        let tokens = &usage["tokens"];
        let kinds = ["input", "cache_read", "cache_write", "output"];
        assert_eq!(
            kinds.map(|kind| tokens[kind].as_u64()),
            [1200, 500, 3000, 345].map(Some)
        );
        assert_eq!(
            amount(&entry["amounts"], "usd").as_deref(),
            Some("0.020175")
        );
        assert_eq!(amount(&entry["amounts"], "tokens").as_deref(), Some("5045"));
    }
}

#[test]
fn results_are_running_totals_and_are_not_added_up() {
    let env = two_dollars();
    let said = format!("{}{}\n", stream(&result("0.10")), result("0.25"));
    let agent = agent(&env, said, "");
    assert_eq!(
        exec(&env, ALL, &[&agent, "--output-format=stream-json"]).code,
        0
    );
    assert_charged(&env, "0.25", false);
}

#[test]
fn an_output_in_a_file_is_read_from_where_the_run_began() {
    for (earlier, appends) in [("", false), ("earlier\n", true), ("result", true)] {
        let env = two_dollars();
        let earlier = earlier.replace("result", &format!("{}\n", result("0.99")));
        let said = stream(&result("0.30"));
        let agent = agent(&env, &said, "");
        let path = env.path().join("out");
        fs::write(&path, &earlier).expect("a file");
        let mut options = OpenOptions::new();
        let options = if appends {
            options.append(true)
        } else {
            options.write(true).truncate(true)
        };
        let file = options.open(&path).expect("a file");
        let output = exec_into(&env, file, ALL, &[&agent, JSON[0], JSON[1]]);
        assert_eq!((output.code, output.stderr.as_str()), (0, ""));
        let written = fs::read_to_string(&path).expect("the output");
        assert_eq!(written, format!("{earlier}{said}"));
        assert_charged(&env, "0.30", false);
    }
}

#[test]
fn an_appended_file_that_gains_nothing_is_not_read_for_what_was_there() {
    let env = two_dollars();
    let agent = agent(&env, "", "");
    let path = env.path().join("out");
    fs::write(&path, format!("{}\n", result("0.30"))).expect("a file");
    let file = OpenOptions::new().append(true).open(&path).expect("a file");
    let output = exec_into(&env, file, ALL, &[&agent, JSON[0], JSON[1]]);
    assert!(output.stderr.contains("reported nothing"), "{output}");
    assert_charged(&env, "1.00", true);
}

#[test]
fn runs_that_append_to_one_file_are_charged_what_each_of_them_reported() {
    for (first, spent, unknown) in [
        (result("0.20"), "0.50", false),
        (String::new(), "1.30", true),
    ] {
        let env = two_dollars();
        fs::write(env.path().join("first"), first).expect("a file");
        let wait = until("go");
        let body = format!("if [ $3 = first ]; then : >ready; {wait}; fi; cat $3");
        let agent = agent(&env, stream(&result("0.30")), "");
        let body = body.replace("cat", "exec cat");
        assert_eq!(agent, claude(&env, &body));
        let start = |name: &str| {
            let path = env.path().join("log");
            let log = OpenOptions::new().create(true).append(true).open(path);
            let mut command = env.command();
            command.args(["exec", "me", "--reserve", "1usd", "--", &agent]);
            command.args(JSON).arg(name).stdout(log.expect("the log"));
            command.stderr(Stdio::null()).spawn().expect("it starts")
        };
        let mut first = start("first");
        wait_for_file(&env.path().join("ready"));
        assert!(start("said").wait().expect("it ends").success());
        assert_eq!(dollars(&env), ("0.30".to_owned(), "1.00".to_owned()));
        touch(&env.path().join("go"));
        assert!(first.wait().expect("it ends").success());
        assert_charged(&env, spent, unknown);
    }
}

#[test]
fn an_agent_that_writes_where_nobody_reads_is_charged_all_the_same() {
    let env = two_dollars();
    let agent = agent(&env, stream(&result("0.30")), "");
    let nowhere = OpenOptions::new()
        .write(true)
        .open("/dev/null")
        .expect("it");
    assert_eq!(
        exec_into(&env, nowhere, ALL, &[&agent, JSON[0], JSON[1]]).code,
        0
    );
    assert_charged(&env, "0.30", false);
}

/// Bytes of every value, without order.
pub(crate) fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

#[test]
fn a_large_output_of_any_bytes_passes_byte_for_byte() {
    let mut said = noise(3 * 1024 * 1024 + 17);
    said.extend(format!("\n{}", result("0.30")).into_bytes());
    for into_file in [false, true] {
        let env = two_dollars();
        let agent = agent(&env, &said, "");
        let path = env.path().join("out");
        if into_file {
            let file = File::create(&path).expect("a file");
            assert_eq!(
                exec_into(&env, file, ALL, &[&agent, JSON[0], JSON[1]]).code,
                0
            );
            assert!(fs::read(&path).expect("the output") == said);
        } else {
            let mut command = env.command();
            command.args(["exec", "me", "--reserve", "1usd", "--", &agent]);
            let output = command.args(JSON).output().expect("it runs");
            assert!(output.status.success());
            assert!(output.stdout == said, "{} bytes", output.stdout.len());
        }
        assert_charged(&env, "0.30", false);
    }
}

#[test]
fn an_error_costs_what_it_cost() {
    for subtype in ["error_max_turns", "error_max_budget_usd", "success"] {
        let env = two_dollars();
        let said = result("0.50")
            .replace(
                "\"subtype\":\"success\"",
                &format!("\"subtype\":\"{subtype}\""),
            )
            .replace("\"is_error\":false", "\"is_error\":true");
        let agent = agent(&env, said, "exit 1");
        let output = exec(&env, ALL, &[&agent, JSON[0], JSON[1]]);
        assert_eq!((output.code, output.stderr.as_str()), (1, ""), "{subtype}");
        assert_charged(&env, "0.50", false);
    }
}

/// What Claude Code prints when it fails before it knows anything.
fn crashed() -> String {
    json!({"type": "result", "subtype": "error_during_execution", "is_error": true,
        "total_cost_usd": 0, "usage": {"input_tokens": 0, "output_tokens": 0},
        "modelUsage": {}})
    .to_string()
}

#[test]
fn zeros_after_a_crash_silence_and_half_an_output_are_unknown_until_corrected_once() {
    let half = stream(&result("0.50"));
    let (half, _) = half.split_at(half.len() - 40);
    for (said, then) in [
        (crashed().as_str(), "exit 1"),
        ("", "exit 0"),
        ("an error that is no JSON\n", "exit 1"),
        (half, "kill -9 $$"),
        (&stream(""), "kill -9 $$"),
    ] {
        let env = two_dollars();
        let agent = agent(&env, said, then);
        let output = exec(&env, ALL, &[&agent, JSON[0], JSON[1]]);
        assert_eq!(output.stdout, said);
        let id = latest(&env)["id"].as_str().expect("an id").to_owned();
        let correct = format!("budget commit {id} ");
        assert!(output.stderr.contains(&correct), "{said}: {output}");
        assert_charged(&env, "1.00", true);
        env.ok(&["commit", &id, "0.40usd"]);
        assert_eq!(dollars(&env).0, "0.40");
        env.fails(&["commit", &id, "0.30usd"], 65);
        assert_eq!(dollars(&env).0, "0.40");
    }
}

#[test]
fn an_agent_that_was_not_asked_for_json_is_unknown_and_one_not_to_be_metered_is_flat() {
    let env = two_dollars();
    let agent = agent(&env, "hello\n", "");
    let output = exec(&env, ALL, &[&agent, "-p", "hi"]);
    assert!(output.stderr.contains("reported nothing"), "{output}");
    let how = "claude says what it used with `--output-format json`\n";
    assert!(output.stderr.contains(how), "{output}");
    assert_charged(&env, "1.00", true);
    let output = exec(&env, &["--reserve", "1usd", "--meter", "none"], &[&agent]);
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    assert_charged(&env, "2.00", false);
}

#[test]
fn a_meter_can_be_chosen_for_a_program_of_another_name() {
    let env = two_dollars();
    fs::write(env.path().join("said"), result("0.30")).expect("a file");
    let options = ["--reserve", "1usd", "--meter", "claude-code"];
    assert_eq!(exec(&env, &options, &["cat", "said"]).code, 0);
    assert_charged(&env, "0.30", false);
}

#[test]
fn a_script_that_starts_the_agent_twice_is_not_charged_the_dearer_run_alone() {
    let env = two_dollars();
    let said = format!("{}\n{}\n", result("0.30"), result("0.50"));
    fs::write(env.path().join("said"), said).expect("a file");
    let options = ["--reserve", "1usd", "--meter", "claude-code"];
    let output = exec(&env, &options, &["sh", "-c", "cat said"]);
    assert!(output.stderr.contains("several times"), "{output}");
    assert_charged(&env, "1.00", true);
    assert_eq!(
        last_entry(&env)["usage"]["cost"]["amount"],
        "0.50",
        "{}",
        last_entry(&env)
    );
}

#[test]
fn an_agent_gets_all_that_its_own_budget_has_left_and_nothing_of_its_ancestors() {
    let env = TestEnv::with("team", &["10usd"]);
    env.ok(&[
        "create",
        "team/ann",
        "--limit",
        "2usd",
        "--limit",
        "9000tokens",
    ]);
    env.ok(&["create", "team/bob", "--limit", "3slots"]);
    env.ok(&["spend", "team/ann", "0.50usd"]);
    let said = result("0.30");
    let agent = agent(
        &env,
        &said,
        "budget reservations --state open --json >open 2>&1",
    );
    let run = |name: &str| env.run(&["exec", name, "--", &agent, JSON[0], JSON[1]]);
    let output = run("team/ann");
    assert_eq!((output.code, output.stderr.as_str()), (0, ""));
    let open = fs::read_to_string(env.path().join("open")).expect("the answer");
    let open: Value = serde_json::from_str(&open).expect("JSON");
    let held = &open["reservations"][0]["amounts"];
    assert_eq!(amount(held, "usd").as_deref(), Some("1.50"));
    assert_eq!(amount(held, "tokens").as_deref(), Some("9000"));
    assert_eq!(env.figure("team", "usd", "spent"), "0.80");
    assert_eq!(env.figure("team/ann", "usd", "available"), "1.20");
    assert_eq!(env.figure("team/ann", "tokens", "spent"), "5045");
    let output = run("team/bob");
    assert_eq!(output.code, 2, "{output}");
    assert!(output.stderr.contains("--reserve"), "{output}");
    assert_eq!(env.figure("team", "usd", "reserved"), "0.00");
}

#[test]
fn an_agent_whose_usage_cannot_be_read_is_not_given_all_there_is() {
    let env = two_dollars();
    let claude = agent(&env, result("0.30"), ": >ran");
    let agent = claude.replace("claude", "aider");
    fs::rename(claude, &agent).expect("another name");
    for args in [&[][..], &["--message", "hi"]] {
        let output = exec(&env, &[], &[&[agent.as_str()], args].concat());
        assert_eq!(output.code, 2, "{output}");
        assert!(output.stderr.contains("--reserve 0.50usd"), "{output}");
    }
    let (_terminal, screen) = terminal();
    let output = exec_into(&env, screen, &[], &[&agent]);
    assert_eq!(output.code, 2, "{output}");
    assert!(!env.path().join("ran").exists());
    assert_eq!(dollars(&env).0, "0.00");
    // It says in a file what it used.
    fs::write(env.path().join("used"), "{\"usd\":\"0.20\"}\n").expect("a file");
    let output = exec(&env, &["--usage-file", "used"], &[&agent]);
    assert_eq!(output.code, 0, "{output}");
    assert_charged(&env, "0.20", false);
}

#[test]
fn what_ran_inside_of_an_agent_comes_on_top_of_its_own_report() {
    let env = two_dollars();
    let agent = agent(&env, result("0.30"), "budget spend me 0.20usd -q >&2");
    let output = exec(&env, ALL, &[&agent, JSON[0], JSON[1]]);
    assert_eq!(output.code, 0, "{output}");
    assert_eq!(dollars(&env), ("0.50".to_owned(), "0.00".to_owned()));
}

#[test]
fn an_unknown_cost_is_corrected_beside_what_ran_inside() {
    let env = two_dollars();
    let agent = agent(&env, "", "budget spend me 0.30usd -q >&2");
    let output = exec(&env, ALL, &[&agent, JSON[0], JSON[1]]);
    assert_charged(&env, "1.00", true);
    let id = latest(&env)["id"].as_str().expect("an id").to_owned();
    let charged =
        "was charged $0.70 because nobody said what it cost beside the $0.30 booked inside of it";
    let correct = format!("; correct it with `budget commit {id} AMOUNT`, leaving the $0.30 out");
    assert!(
        output.stderr.contains(&format!("{charged}{correct}")),
        "{output}"
    );
    let status = env.ok(&["status"]).replace('\n', " ");
    assert!(
        status.contains(charged) && status.contains(&correct),
        "{status}"
    );
    // It cost half a dollar in all.
    env.ok(&["commit", &id, "0.20usd"]);
    assert_eq!(dollars(&env).0, "0.50");
}

#[test]
fn an_agent_that_is_stopped_costs_what_it_still_says_or_is_unknown() {
    for (body, spent, unknown) in [
        ("trap 'cat said; exit 130' INT", "0.30", false),
        ("trap 'exit 130' INT", "1.00", true),
    ] {
        let env = two_dollars();
        fs::write(env.path().join("said"), result("0.30")).expect("a file");
        let agent = claude(
            &env,
            &format!("{body}; : >ready; while :; do sleep 0.05; done"),
        );
        let options = ["--reserve", "1usd", "--max-time", "1s"];
        let output = exec(&env, &options, &[&agent, JSON[0], JSON[1]]);
        assert_eq!(output.code, 124, "{output}");
        assert!(env.path().join("ready").exists(), "it came to wait");
        assert_charged(&env, spent, unknown);
    }
}

#[test]
fn an_agent_that_can_keep_to_the_cap_is_told_it() {
    let env = two_dollars();
    let agent = agent(&env, stream(&result("0.25")), "echo \"$@\" >&2");
    let run = |options: &[&str], args: &[&str]| {
        let command = [options, ALL].concat();
        exec(&env, &command, &[&[agent.as_str()][..], args].concat()).stderr
    };
    let cap = "--max-budget-usd 1.00";
    let told = run(&[], &["-p", "hi", "--output-format", "json"]);
    assert!(
        told.contains(&format!("{cap} -p hi --output-format json")),
        "{told}"
    );
    // Not where the caller told it otherwise, where it would not keep to it, where it is off.
    let own = run(
        &[],
        &["-p", "--max-budget-usd", "0.10", "--output-format=json"],
    );
    assert!(
        !own.contains(cap) && own.contains("--max-budget-usd 0.10"),
        "{own}"
    );
    for (options, args) in [
        (&[][..], &["hi", "--output-format=json"][..]),
        (&["--no-pass-down"], &["-p", "hi", "--output-format=json"]),
    ] {
        let told = run(options, args);
        assert!(
            told.contains("hi") && !told.contains("max-budget"),
            "{told}"
        );
    }
}

#[test]
fn what_a_subscription_pays_is_recorded_and_charges_no_money() {
    let env = two_dollars();
    let agent = agent(&env, stream(&result("0.30")), "");
    let run = |args: &[&str]| {
        let options = ["--reserve", "1usd", "--notional"];
        exec(&env, &options, &[&[agent.as_str()][..], args].concat())
    };
    assert_eq!(run(&JSON).code, 0);
    assert_charged(&env, "0.00", false);
    let usage = &last_entry(&env)["usage"];
    assert_eq!(
        (&usage["notional"], &usage["cost"]["amount"]),
        (&true.into(), &"0.30".into())
    );
    // Nobody knows what it used, but what it cost is known.
    let _ = run(&["-p", "hi"]);
    assert_eq!(dollars(&env).0, "0.00");
}
