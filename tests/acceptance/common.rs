//! What the cases have in common: figures in one line, crowds of processes, bounded waits.

use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::time::{Duration, Instant};

use crate::support::{Output, TestEnv};

/// The figures of a limit in one line: spent, reserved, debt, available, and `over`.
#[track_caller]
pub(crate) fn figures(env: &TestEnv, name: &str, limit: &str) -> String {
    let of = |what| env.figure(name, limit, what);
    let over = if of("over") == "true" { " over" } else { "" };
    let (spent, reserved, debt) = (of("spent"), of("reserved"), of("debt"));
    format!(
        "spent {spent} reserved {reserved} debt {debt} left {}{over}",
        of("available")
    )
}

/// Runs commands at the same time and returns how each ended, in their order.
pub(crate) fn together(commands: Vec<Command>) -> Vec<Output> {
    let start = Barrier::new(commands.len());
    std::thread::scope(|scope| {
        let run = |mut command: Command| {
            let start = &start;
            scope.spawn(move || {
                start.wait();
                Output::of(&mut command)
            })
        };
        let running: Vec<_> = commands.into_iter().map(run).collect();
        running
            .into_iter()
            .map(|thread| thread.join().expect("a thread"))
            .collect()
    })
}

/// The same command line many times over.
pub(crate) fn crowd(env: &TestEnv, count: usize, args: &[&str]) -> Vec<Command> {
    (0..count).map(|_| typed(env, args)).collect()
}

/// A command line, ready to run.
pub(crate) fn typed(env: &TestEnv, args: &[&str]) -> Command {
    let mut command = env.command();
    command.args(args);
    command
}

/// How many outputs have an exit code.
pub(crate) fn count(outputs: &[Output], code: i32) -> usize {
    outputs.iter().filter(|output| output.code == code).count()
}

/// All of them, where a test fails.
pub(crate) fn all(outputs: &[Output]) -> String {
    outputs
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Waits until something is so, for ten seconds at most.
#[track_caller]
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(10);
    while !is_so() {
        assert!(Instant::now() < end, "{what}: not within ten seconds");
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// Starts a command whose output nobody reads.
pub(crate) fn start(command: &mut Command) -> Child {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts")
}

/// Kills a process as the kernel does when memory runs out, and takes its status.
pub(crate) fn kill(mut child: Child) {
    child.kill().expect("a signal");
    child.wait().expect("a status");
}

/// A small deterministic stream of numbers.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    /// One of the items.
    pub(crate) fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        let index = self.below(items.len() as u64);
        &items[usize::try_from(index).expect("an index")]
    }
}
