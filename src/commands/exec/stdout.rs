//! Where a run's standard output goes, and how a meter gets to read it.

use std::fs::File;
use std::io::{IsTerminal, Seek};
use std::os::fd::AsFd;

use super::meter::RunMeter;
use crate::supervise::Stdout;

/// The child's own stdout, unless a meter must read one that is a pipe.
pub(super) fn child_stdout(meter: &RunMeter) -> Stdout {
    let stdout = std::io::stdout();
    let is_file = stdout_is_file();
    match meter.sink() {
        Some(sink) if !stdout.is_terminal() && !is_file => Stdout::Relay(sink),
        _ => Stdout::Inherit,
    }
}

/// Whether stdout is a regular file, which is read once the run is over.
fn stdout_is_file() -> bool {
    stdout_handle()
        .and_then(|file| file.metadata().ok())
        .is_some_and(|found| found.is_file())
}

fn stdout_handle() -> Option<File> {
    std::io::stdout()
        .as_fd()
        .try_clone_to_owned()
        .ok()
        .map(File::from)
}

/// A second way to the regular file that stdout is, and where the run begins to write in it.
pub(super) fn stdout_file(meter: &RunMeter) -> Option<(File, u64)> {
    if !meter.reads_stdout() || !stdout_is_file() {
        return None;
    }
    let mut handle = stdout_handle()?;
    let start = handle.stream_position().ok()?;
    let start = if is_appending(&handle) {
        handle.metadata().ok()?.len()
    } else {
        start
    };
    let file = File::open("/proc/self/fd/1").ok()?;
    Some((file, start))
}

fn is_appending(file: &File) -> bool {
    let flags = nix::fcntl::fcntl(file, nix::fcntl::FcntlArg::F_GETFL).unwrap_or_default();
    nix::fcntl::OFlag::from_bits_truncate(flags).contains(nix::fcntl::OFlag::O_APPEND)
}
