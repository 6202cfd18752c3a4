//! A child that prints more than anybody wants to read: its bytes and its status are its own, and
//! what is kept of them does not grow with them.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::process::Stdio;

use budget_ledger::usage::agent_names;

use super::agents::noise;
use super::{TestEnv, two_dollars};

const MB: usize = 1_000_000;
/// What a metered run may take at most, in kB: 64 MB.
const MOST_KB: u64 = 62_500;
/// The largest length of an object that is taken apart.
const LARGEST: usize = budget_ledger::usage::MAX_MESSAGE - 1000;

/// What agents print, of every kind. `#`: a number that is never the same.
const MESSAGES: [&str; 12] = [
    r#"{"type":"assistant","session_id":"s#","message":{"id":"m#","model":"m#","usage":{"input_tokens":#,"output_tokens":1}}}"#,
    r#"{"type":"result","subtype":"success","session_id":"s#","total_cost_usd":#,"modelUsage":{"m#":{"inputTokens":#,"outputTokens":1}}}"#,
    r#"{"type":"result","session_id":"s#","usage":{"input_tokens":#,"output_tokens":1}}"#,
    r#"{"type":"thread.started","thread_id":"t#"}"#,
    r#"{"type":"turn.completed","usage":{"input_tokens":#,"output_tokens":1}}"#,
    r#"{"type":"init","session_id":"s#","model":"m#"}"#,
    r#"{"type":"result","status":"success","stats":{"total_tokens":#,"input_tokens":#,"output_tokens":0,"models":{"m#":{"total_tokens":#,"input_tokens":#,"output_tokens":0}}}}"#,
    r#"{"type":"step_start","sessionID":"s#"}"#,
    r#"{"type":"step_finish","sessionID":"s#","part":{"id":"p#","messageID":"m#","tokens":{"input":#,"output":1}}}"#,
    "Tokens: # sent, # received. Cost: $# message, $# session.",
    r#"{"type":"assistant","message":"#,
    "\u{feff}\0 # words",
];

/// What agents say at the end, and a part of it of which there may be any number in the place of
/// `@`.
const MODELS: (&str, &str) = (
    r#"{"type":"result","total_cost_usd":1,"modelUsage":{@}}"#,
    r##""#":{"inputTokens":1,"outputTokens":1}"##,
);
const STATS: (&str, &str) = (
    r#"{"type":"result","status":"success","stats":{"models":{@}}}"#,
    r##""#":{"total_tokens":2,"input_tokens":1,"output_tokens":1}"##,
);

/// A megabyte of messages.
fn messages() -> String {
    let mut text = String::with_capacity(MB + 1000);
    for number in 0.. {
        let number = number.to_string();
        for message in MESSAGES {
            text += &message.replace('#', &number);
            text.push('\n');
        }
        if text.len() >= MB {
            break;
        }
    }
    text
}

/// An object as large as are read.
fn large((whole, part): (&str, &str)) -> String {
    let mut parts = String::with_capacity(LARGEST);
    for number in 0.. {
        let part = part.replace('#', &number.to_string());
        if whole.len() + parts.len() + part.len() + 1 > LARGEST {
            break;
        }
        if number > 0 {
            parts.push(',');
        }
        parts += &part;
    }
    whole.replace('@', &parts) + "\n"
}

/// What the child prints in the manner of an agent, in the file `said`.
fn flood(env: &TestEnv, agent: &str) {
    let mut file = File::create(env.path().join("said")).expect("a file");
    let mut put = |bytes: &[u8]| file.write_all(bytes).expect("room");
    put(messages().as_bytes());
    let last = if agent == "gemini-cli" { STATS } else { MODELS };
    put(large(last).as_bytes());
    let line = "x".repeat(10 * MB);
    put(format!("{{\"type\":\"result\",\"x\":\"{line}\"}}\n").as_bytes());
    put(&noise(MB / 4));
}

/// Runs a child that prints what another program prints, and compares what comes out with that,
/// byte by byte; the most memory that `budget` took, in kB.
fn metered(env: &TestEnv, meter: &str, prints: &[&str]) -> u64 {
    let peak = env.path().join("peak");
    // What is still on its way then has room in the pipes.
    let script = "\"$@\"; grep VmHWM /proc/$PPID/status >peak; exit 7";
    let mut command = env.command();
    command
        .args(["exec", "me", "--reserve", "0.01usd", "--meter", meter])
        .args(["--", "sh", "-c", script, "sh"])
        .args(prints);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the command runs");
    let mut printed = child.stdout.take().expect("its output");
    let mut same = env.program(prints[0]);
    let same = same.args(&prints[1..]).stdout(Stdio::piped());
    let mut same = same.spawn().expect("the program runs");
    let mut expected = same.stdout.take().expect("its output");
    let mut buffer = vec![0; 1 << 16];
    let mut wanted = buffer.clone();
    loop {
        let length = printed.read(&mut buffer).expect("output");
        let wanted = &mut wanted[..length];
        expected.read_exact(wanted).expect("no more than was said");
        assert!(buffer[..length] == *wanted, "{meter}: other bytes");
        if length == 0 {
            break;
        }
    }
    assert_eq!(expected.read(&mut buffer).expect("its end"), 0, "{meter}");
    assert!(same.wait().expect("its end").success());
    assert_eq!(child.wait().expect("its end").code(), Some(7), "{meter}");
    let told = fs::read_to_string(peak).expect("its memory");
    let number = told.split_whitespace().nth(1).expect("a number");
    number.parse().expect("a number")
}

#[test]
fn a_flood_of_any_agent_passes_as_it_is_and_takes_no_memory() {
    let env = two_dollars();
    for meter in agent_names().chain(["none"]) {
        flood(&env, meter);
        let peak = metered(&env, meter, &["cat", "said"]);
        assert!(peak < MOST_KB, "{meter}: {peak} kB");
    }
}

#[test]
fn memory_does_not_grow_with_the_output() {
    let env = two_dollars();
    // It keeps most of all: every step is one request, with an id of its own.
    let step = "{\"type\":\"step_finish\",\"sessionID\":\"s\",\"part\":{\"id\":\"a-step-that-has-a-long-name-%.0f\",\"tokens\":{\"input\":1,\"output\":1}}}";
    let peak = metered(&env, "opencode", &["seq", "-f", step, "500000"]);
    assert!(peak < MOST_KB, "{peak} kB");
}
