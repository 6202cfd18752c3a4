//! The wrapper under test, and ways to watch it. The only file that knows how it is called.

use std::ffi::{OsStr, OsString};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

/// Longer than anything here takes; reached only by a failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What the wrapper is asked to do besides wrapping.
#[derive(Debug, Default, Clone)]
pub(crate) struct Options {
    pub(crate) max_time: Option<Duration>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) grace: Option<Duration>,
}

/// `max_time` and `grace` in milliseconds.
pub(crate) fn limited(max_time: u64, grace: u64) -> Options {
    Options {
        max_time: Some(Duration::from_millis(max_time)),
        grace: Some(Duration::from_millis(grace)),
        deadline: None,
    }
}

/// The command line in front of the child's own.
pub(crate) fn prefix(options: &Options) -> Vec<OsString> {
    let mut line: Vec<OsString> = vec![env!("CARGO_BIN_EXE_budget").into(), "exec".into()];
    line.extend(["wrapped", "--limit", "1000000calls", "--ledger"].map(OsString::from));
    line.push(ledger().into());
    let times = [
        ("--max-time", options.max_time),
        ("--deadline", options.deadline),
        ("--stop-grace", options.grace),
    ];
    for (flag, time) in times {
        if let Some(time) = time {
            line.extend([flag.into(), format!("{}ms", time.as_millis()).into()]);
        }
    }
    line.push("--".into());
    line
}

/// The ledger that all these runs share; new in every process of tests.
fn ledger() -> &'static Path {
    static LEDGER: OnceLock<PathBuf> = OnceLock::new();
    LEDGER.get_or_init(|| {
        let name = format!("child-{}", std::process::id());
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        // What an earlier process with this id left behind.
        let _gone = std::fs::remove_dir_all(&dir);
        dir.join("ledger.db")
    })
}

/// An error where the ledger does not hold together.
pub(crate) fn verify() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_budget"));
    let output = command
        .args(["verify", "--ledger"])
        .arg(ledger())
        .output()
        .expect("runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

/// The bare supervisor, for what only it can be told.
pub(crate) fn probe() -> OsString {
    let tests = std::env::current_exe().expect("own path");
    let target = tests.ancestors().nth(2).expect("target directory");
    let probe = target.join("examples/supervise_probe");
    assert!(
        probe.exists(),
        "`cargo test` builds it; with --test, `cargo build --examples` does"
    );
    probe.into()
}

pub(crate) fn wrapped_with<S: AsRef<OsStr>>(options: &Options, args: &[S]) -> Command {
    let line = prefix(options);
    let (program, rest) = line.split_first().expect("a program");
    let mut command = Command::new(program);
    command.args(rest).args(args);
    command
}

pub(crate) fn wrapped<S: AsRef<OsStr>>(args: &[S]) -> Command {
    wrapped_with(&Options::default(), args)
}

pub(crate) fn wrapped_sh(script: &str) -> Command {
    wrapped(&["sh", "-c", script])
}

/// The same command without the wrapper.
pub(crate) fn plain<S: AsRef<OsStr>>(args: &[S]) -> Command {
    let mut command = Command::new(args[0].as_ref());
    command.args(&args[1..]);
    command
}

/// The wrapper's command line, quoted for a shell.
pub(crate) fn line(options: &Options) -> String {
    let words = prefix(options);
    let quoted: Vec<String> = words
        .iter()
        .map(|word| format!("'{}'", word.display()))
        .collect();
    quoted.join(" ")
}

/// A wrapper at work, in a process group of its own, with its output read line by line. Nothing
/// of the group is left when this is dropped.
pub(crate) struct Running {
    pub(crate) child: Child,
    lines: Receiver<String>,
}

impl Running {
    pub(crate) fn start(mut command: Command) -> Self {
        let mut child = command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("wrapper starts");
        let stdout = child.stdout.take().expect("a pipe");
        Self {
            child,
            lines: reader(stdout),
        }
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.id()).expect("a pid"))
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).expect("wrapper lives");
    }

    pub(crate) fn signal_group(&self, signal: Signal) {
        killpg(self.pid(), signal).expect("group lives");
    }

    pub(crate) fn line(&self) -> String {
        self.lines.recv_timeout(PATIENCE).expect("a line of output")
    }

    pub(crate) fn expect(&self, wanted: &str) {
        assert_eq!(self.line(), wanted);
    }

    /// All lines until nobody holds the output any more.
    pub(crate) fn rest(&self) -> Vec<String> {
        let until = Instant::now() + PATIENCE;
        let mut lines = Vec::new();
        loop {
            match self
                .lines
                .recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                Ok(line) => lines.push(line),
                Err(RecvTimeoutError::Disconnected) => return lines,
                Err(RecvTimeoutError::Timeout) => panic!("output still open after {lines:?}"),
            }
        }
    }

    pub(crate) fn end(&mut self) -> ExitStatus {
        wait(&mut self.child)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = killpg(self.pid(), Signal::SIGKILL);
        let _gone = self.child.kill();
        let _gone = self.child.wait();
        if !std::thread::panicking() && ledger().exists() {
            verify();
        }
    }
}

/// Waits for the end, not for ever.
pub(crate) fn wait(child: &mut Child) -> ExitStatus {
    poll_until("the wrapper ends", || child.try_wait().expect("own child"))
}

/// Asks until there is an answer.
pub(crate) fn poll_until<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < until, "waited too long: {what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

fn reader(from: impl Read + Send + 'static) -> Receiver<String> {
    let (send, receive) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(from).split(b'\n') {
            let Ok(line) = line else { return };
            if send
                .send(String::from_utf8_lossy(&line).into_owned())
                .is_err()
            {
                return;
            }
        }
    });
    receive
}

pub(crate) fn output(command: &mut Command) -> String {
    let output = command.output().expect("runs");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The code, or minus the signal.
pub(crate) fn ended(status: ExitStatus) -> i32 {
    status
        .code()
        .or_else(|| status.signal().map(|signal| -signal))
        .expect("an end")
}

pub(crate) fn code(mut command: Command) -> i32 {
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    ended(wait(&mut child.expect("wrapper starts")))
}

/// The state letter of a process, `None` when it is gone.
pub(crate) fn state(pid: i32) -> Option<char> {
    stat(pid)?.chars().next()
}

/// The parent of a process.
pub(crate) fn parent(pid: i32) -> Option<i32> {
    stat(pid)?.split(' ').nth(1)?.parse().ok()
}

/// What follows the name in `/proc/PID/stat`.
fn stat(pid: i32) -> Option<String> {
    let stat = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    String::from_utf8_lossy(&stat)
        .rsplit_once(") ")
        .map(|(_, rest)| rest.to_owned())
}

pub(crate) fn is_alive(pid: i32) -> bool {
    state(pid).is_some_and(|state| state != 'Z' && state != 'X')
}

pub(crate) fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}
