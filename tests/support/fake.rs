//! Stand-ins for agents: programs of an agent's name that print what the agent prints, and
//! bounded waits for what running processes do.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "every test binary uses another part of it"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Output, TestEnv};

/// No event takes longer, however loaded the machine is.
pub(crate) const LONGEST: Duration = Duration::from_mins(2);

/// What Claude Code prints at the end of a run that cost so many dollars.
pub(crate) fn result(dollars: &str) -> String {
    format!(
        "{{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":false,\"num_turns\":1,\
         \"result\":\"done\",\"session_id\":\"6084de72\",\"total_cost_usd\":{dollars},\
         \"usage\":{{\"input_tokens\":1200,\"cache_creation_input_tokens\":3000,\
         \"cache_read_input_tokens\":500,\"output_tokens\":345}},\"modelUsage\":{{\
         \"claude-sonnet-4-5\":{{\"inputTokens\":1200,\"outputTokens\":345,\
         \"cacheReadInputTokens\":500,\"cacheCreationInputTokens\":3000,\
         \"costUSD\":{dollars}}}}},\"uuid\":\"0b49d0d8\"}}"
    )
}

/// Writes a shell script that can be run, and returns its path.
pub(crate) fn script(env: &TestEnv, name: &str, body: &str) -> PathBuf {
    let directory = env.path().join("bin");
    fs::create_dir_all(&directory).expect("a directory");
    let (part, path) = (directory.join(format!("{name}.part")), directory.join(name));
    fs::write(&part, format!("#!/bin/sh\n{body}\n")).expect("a script");
    fs::set_permissions(&part, fs::Permissions::from_mode(0o755)).expect("a mode");
    fs::rename(part, &path).expect("a script");
    path
}

/// A program named `claude` with this body.
pub(crate) fn claude(env: &TestEnv, body: &str) -> String {
    let path = script(env, "claude", body);
    path.to_str().expect("a path in UTF-8").to_owned()
}

/// Shell words that wait, with an end, until a file is there.
pub(crate) fn until(file: &str) -> String {
    format!("i=0; while [ ! -e {file} ] && [ $i -lt 6000 ]; do sleep 0.02; i=$((i+1)); done")
}

/// Starts a command whose output is kept for its end.
pub(crate) fn start(command: &mut Command) -> Child {
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("the command starts")
}

/// The end of a command that was started.
pub(crate) fn end(child: Child) -> Output {
    Output::from(&child.wait_with_output().expect("the command ends"))
}

/// Waits until there is an answer, but not for ever.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + LONGEST;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Waits until a file is there.
#[track_caller]
pub(crate) fn wait_for_file(path: &Path) {
    wait_for(&path.display().to_string(), || path.exists().then_some(()));
}

/// Makes an empty file.
pub(crate) fn touch(path: &Path) {
    fs::write(path, "").expect("a file");
}

/// The names of the files in a directory, in order.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(directory) else {
        return Vec::new();
    };
    let mut names: Vec<_> = entries
        .map(|entry| {
            let entry = entry.expect("an entry");
            entry.file_name().to_string_lossy().into_owned()
        })
        .collect();
    names.sort();
    names
}

/// The owner files beside the ledger: runs that go on, and outcomes that wait.
pub(crate) fn owner_files(env: &TestEnv) -> Vec<String> {
    let mut directory = env.ledger().into_os_string();
    directory.push(".owners");
    names(Path::new(&directory))
}
