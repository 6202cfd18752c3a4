//! The shim that stands between the binary and its file calls: built once for each test binary,
//! and preloaded into the commands of a test.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "every test binary uses another part of it"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// How a call fails.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fault {
    pub(crate) at: u32,
    pub(crate) errno: &'static str,
    pub(crate) sticky: bool,
}

/// The shared library.
fn library() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/shim/shim.c");
        let name = format!("shim-{}.so", std::process::id());
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-o"]);
        let built = cc
            .arg(&library)
            .arg(source)
            .arg("-ldl")
            .status()
            .expect("a C compiler");
        assert!(built.success(), "the shim does not compile");
        library
    })
}

/// Removes the library; called at the end of a test binary's only or last user.
pub(crate) fn preload<'a>(command: &'a mut Command, root: &Path) -> &'a mut Command {
    command.env("LD_PRELOAD", library()).env("SHIM_ROOT", root)
}

/// Writes down what the command does below the root.
pub(crate) fn record(command: &mut Command, root: &Path, trace: &Path, flush_us: u32) {
    preload(command, root)
        .env("SHIM_RECORD", trace)
        .env("SHIM_FSYNC_US", flush_us.to_string());
}

/// Lets a call of the command below the root fail. The log gets a line when it does.
pub(crate) fn inject(command: &mut Command, root: &Path, fault: Fault, log: &Path) {
    preload(command, root)
        .env("SHIM_FAULT", fault.at.to_string())
        .env("SHIM_FAULT_ERRNO", fault.errno)
        .env("SHIM_FAULT_LOG", log);
    if fault.sticky {
        command.env("SHIM_FAULT_STICKY", "1");
    }
}
