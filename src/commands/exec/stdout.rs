//! Where a run's standard output goes, and how a meter gets to read it.

use std::fs::File;
use std::io::{IsTerminal, Seek};
use std::os::fd::AsFd;

use super::meter::RunMeter;
use crate::supervise::Stdout;

/// How a meter gets to read the child's stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Not at all: there is no meter, or people read it on their terminal.
    No,
    /// In the file that it is, once the run is over.
    Afterwards,
    /// While it passes.
    Relayed,
}

/// A file that is appended to is a log, and may get the output of other runs at the same time; only
/// what passes through us is surely this run's.
fn way(meter: &RunMeter) -> Way {
    let is_file = |file: &File| file.metadata().is_ok_and(|found| found.is_file());
    if !meter.reads_stdout() || std::io::stdout().is_terminal() {
        Way::No
    } else if stdout_handle().is_some_and(|file| is_file(&file) && !is_appending(&file)) {
        Way::Afterwards
    } else {
        Way::Relayed
    }
}

/// Whether the child's stdout is read at all.
pub(super) fn is_read(meter: &RunMeter) -> bool {
    way(meter) != Way::No
}

/// The child's own stdout, unless a meter must read it while it passes.
pub(super) fn child_stdout(meter: &RunMeter) -> Stdout {
    match meter.sink() {
        Some(sink) if way(meter) == Way::Relayed => Stdout::Relay(sink),
        _ => Stdout::Inherit,
    }
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
    if way(meter) != Way::Afterwards {
        return None;
    }
    let start = stdout_handle()?.stream_position().ok()?;
    let file = File::open("/proc/self/fd/1").ok()?;
    Some((file, start))
}

fn is_appending(file: &File) -> bool {
    let flags = nix::fcntl::fcntl(file, nix::fcntl::FcntlArg::F_GETFL).unwrap_or_default();
    nix::fcntl::OFlag::from_bits_truncate(flags).contains(nix::fcntl::OFlag::O_APPEND)
}
