//! The programs that are compared: built here, then copied, because what a linker has just
//! written starts slower than its own copy.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::Result;

/// The name that `rustc` gives this machine; only Linux on `x86_64` was measured.
const TARGET: &str = "x86_64-unknown-linux-gnu";

/// What makes a release static and of a fixed address; the same as in `scripts/release.sh`.
const STATIC: &str = "-C linker=scripts/lay-out.sh -C target-feature=+crt-static -C relocation-model=static \
                      --cfg getrandom_backend=\"linux_getrandom\"";

/// The same without being static.
const FIXED: &str = "-C linker=scripts/lay-out.sh -C relocation-model=static";

/// Where each program is, and where there is room to run them.
pub(crate) struct Programs {
    /// The release build: static.
    pub(crate) budget: PathBuf,
    /// The same, dynamic, as `cargo install` makes it.
    pub(crate) dynamic: PathBuf,
    /// Dynamic, so that a library can be preloaded, but at a fixed address like the release.
    pub(crate) preloadable: PathBuf,
    /// An empty Rust program with the same profile, dynamic.
    pub(crate) empty: PathBuf,
    /// The same statements in C, with the same SQLite.
    pub(crate) txn: PathBuf,
    /// Makes every flush take as long as `FLUSH_US` says.
    pub(crate) shim: PathBuf,
    /// The `sqlite3` shell, where there is one.
    pub(crate) sqlite3: Option<PathBuf>,
    /// A directory on a disk for everything that is made.
    pub(crate) work: PathBuf,
}

/// What cargo says about this package.
struct Package {
    root: PathBuf,
    target: PathBuf,
    sqlite: PathBuf,
}

impl Programs {
    /// Builds all of them, unless those of an earlier run will do.
    pub(crate) fn build(use_earlier: bool) -> Result<Self> {
        let package = Package::read()?;
        let work = package.target.join("bench-processes");
        let bin = work.join("bin");
        fs::create_dir_all(&bin)?;
        let copies = Self {
            budget: bin.join("budget"),
            dynamic: bin.join("budget-dynamic"),
            preloadable: bin.join("budget-preloadable"),
            empty: bin.join("empty"),
            txn: bin.join("txn"),
            shim: bin.join("slow_flush.so"),
            sqlite3: which("sqlite3"),
            work,
        };
        if use_earlier {
            return Ok(copies);
        }
        let (budget, out) = package.budget(STATIC, None)?;
        let (dynamic, _) = package.budget("", Some("dynamic"))?;
        let (preloadable, _) = package.budget(FIXED, Some("preloadable"))?;
        install(&budget, &copies.budget)?;
        install(&dynamic, &copies.dynamic)?;
        install(&preloadable, &copies.preloadable)?;
        let fresh = bin.join("fresh");
        package.empty(&fresh)?;
        install(&fresh, &copies.empty)?;
        package.txn(&out, &fresh)?;
        install(&fresh, &copies.txn)?;
        package.shim(&copies.shim)?;
        Ok(copies)
    }
}

impl Package {
    fn read() -> Result<Self> {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let mut cargo = Command::new("cargo");
        cargo.args(["metadata", "--format-version", "1", "--locked"]);
        let said: Value = serde_json::from_str(&output(cargo.current_dir(&root))?)?;
        let packages = said["packages"]
            .as_array()
            .ok_or("cargo lists no packages")?;
        let sqlite = packages
            .iter()
            .find(|package| package["name"] == "libsqlite3-sys")
            .and_then(|package| Path::new(package["manifest_path"].as_str()?).parent())
            .ok_or("libsqlite3-sys is not there")?
            .join("sqlite3");
        let target = said["target_directory"]
            .as_str()
            .ok_or("no target directory")?;
        Ok(Self {
            root,
            target: target.into(),
            sqlite,
        })
    }

    /// Builds the program. Also says where its SQLite is.
    fn budget(&self, flags: &str, elsewhere: Option<&str>) -> Result<(PathBuf, PathBuf)> {
        let mut cargo = Command::new("cargo");
        cargo.args([
            "build",
            "--release",
            "--locked",
            "--bin",
            "budget",
            "--target",
            TARGET,
        ]);
        cargo
            .args(["--message-format", "json"])
            .current_dir(&self.root);
        cargo.env("RUSTFLAGS", flags);
        if let Some(elsewhere) = elsewhere {
            cargo.arg("--target-dir").arg(self.target.join(elsewhere));
        }
        let (mut program, mut sqlite) = (None, None);
        for line in output(&mut cargo)?.lines() {
            let said: Value = serde_json::from_str(line)?;
            let id = said["package_id"].as_str().unwrap_or_default();
            if id.contains("libsqlite3-sys")
                && let Some(out) = said["out_dir"].as_str()
            {
                sqlite = Some(PathBuf::from(out));
            }
            if let Some(path) = said["executable"].as_str() {
                program = Some(PathBuf::from(path));
            }
        }
        Ok((
            program.ok_or("cargo built no program")?,
            sqlite.ok_or("cargo built no SQLite")?,
        ))
    }

    fn empty(&self, to: &Path) -> Result<()> {
        let source = self.target.join("empty.rs");
        fs::write(&source, "fn main() {}\n")?;
        let mut rustc = Command::new("rustc");
        rustc.args(["--edition", "2024", "-C", "opt-level=3", "-C", "lto=fat"]);
        rustc.args(["-C", "codegen-units=1", "-C", "strip=symbols", "-o"]);
        output(rustc.arg(to).arg(source)).map(drop)
    }

    fn txn(&self, out: &Path, to: &Path) -> Result<()> {
        let mut cc = Command::new("cc");
        cc.args(["-O2", "-static", "-s", "-o"])
            .arg(to)
            .arg("-I")
            .arg(&self.sqlite);
        cc.arg(self.root.join("benches/txn.c"))
            .arg(out.join("libsqlite3.a"));
        output(cc.args(["-lpthread", "-lm"])).map(drop)
    }

    fn shim(&self, to: &Path) -> Result<()> {
        let mut cc = Command::new("cc");
        cc.args(["-O2", "-shared", "-fPIC", "-o"]).arg(to);
        output(cc.arg(self.root.join("benches/slow_flush.c"))).map(drop)
    }
}

/// Copies a program by its bytes, through a file of its own.
fn install(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_file(to)?;
    }
    fs::copy(from, to)?;
    Ok(())
}

/// The stdout of a command that must succeed.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let done = command.output()?;
    if !done.status.success() {
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        return Err(Box::<dyn Error>::from(format!(
            "{command:?}: {}: {said}",
            done.status
        )));
    }
    Ok(String::from_utf8(done.stdout)?)
}

/// A program in the places where programs are.
pub(crate) fn which(name: &str) -> Option<PathBuf> {
    ["/usr/local/bin", "/usr/bin", "/bin"]
        .iter()
        .map(|directory| Path::new(directory).join(name))
        .find(|path| path.is_file())
}
