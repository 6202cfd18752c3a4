//! The environment, read once. Every variable that is meant for this program is here.

use std::ffi::OsString;
use std::path::PathBuf;

/// What the environment says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Env {
    /// `BUDGET_LEDGER`: the ledger file; set for children of `exec`.
    pub(crate) ledger: Option<PathBuf>,
    /// `BUDGET_SESSION`: the run that this process is part of; set by `exec`.
    pub(crate) session: Option<String>,
    /// `BUDGET_RESERVATION`: that run's reservation; set by `exec`.
    pub(crate) reservation: Option<String>,
    /// `BUDGET_CONFIG`: the user's file of settings.
    pub(crate) config: Option<PathBuf>,
    /// `BUDGET_NAME`: the budget that is meant where none is named.
    pub(crate) name: Option<String>,
    /// `BUDGET_EVENT`: the event that this process is told of; set for `on_event`.
    pub(crate) event: Option<String>,
    /// `NO_COLOR`: no colour, where not empty.
    pub(crate) no_color: bool,
    /// `CLICOLOR_FORCE`: colour even where stdout is no terminal, where not empty and not `0`.
    pub(crate) force_color: bool,
    /// `TERM=dumb`: no colour.
    pub(crate) dumb_terminal: bool,
    /// `COLUMNS`: the width to draw for.
    pub(crate) columns: Option<u16>,
    /// `TZ`: the zone of new budgets, where it is an IANA name.
    pub(crate) zone: Option<String>,
    /// Whether there is any place to keep a ledger by default.
    pub(crate) has_home: bool,
    /// Whether there is any place for the user's file of settings by default.
    pub(crate) has_config_home: bool,
    /// `HOME`, where it is a whole path.
    pub(crate) home: Option<PathBuf>,
    /// `SUDO_UID`: who became root by `sudo`; what it says counts for root alone.
    pub(crate) sudoer: Option<u32>,
}

/// The variable with the event that a program is told of.
pub(crate) const EVENT: &str = "BUDGET_EVENT";
/// The variable with the ledger's path.
pub(crate) const LEDGER: &str = "BUDGET_LEDGER";
/// The variable with the path of the user's file of settings.
pub(crate) const CONFIG: &str = "BUDGET_CONFIG";
/// The variable with the budget that is meant where none is named.
pub(crate) const NAME: &str = "BUDGET_NAME";
/// The variable with the run.
pub(crate) const SESSION: &str = "BUDGET_SESSION";
/// The variable with the run's reservation.
pub(crate) const RESERVATION: &str = "BUDGET_RESERVATION";

impl Env {
    /// Reads the environment.
    pub(crate) fn read() -> Self {
        let text = |name: &str| var(name).and_then(|value| value.into_string().ok());
        Self {
            ledger: var(LEDGER).map(PathBuf::from),
            session: text(SESSION),
            reservation: text(RESERVATION),
            event: text(EVENT),
            config: var(CONFIG).map(PathBuf::from),
            name: var(NAME).map(|name| name.to_string_lossy().into_owned()),
            no_color: var("NO_COLOR").is_some(),
            force_color: text("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
            dumb_terminal: text("TERM").is_some_and(|term| term == "dumb"),
            columns: text("COLUMNS").and_then(|columns| columns.parse().ok()),
            zone: text("TZ"),
            has_home: var("HOME").is_some() || var("XDG_DATA_HOME").is_some(),
            has_config_home: var("HOME").is_some() || var("XDG_CONFIG_HOME").is_some(),
            home: var("HOME")
                .map(PathBuf::from)
                .filter(|home| home.is_absolute()),
            sudoer: text("SUDO_UID").and_then(|id| id.parse().ok()),
        }
    }
}

/// Those of these variables that are set and not empty.
pub(crate) fn vars(names: &[&'static str]) -> Vec<(&'static str, OsString)> {
    let set = |name: &&'static str| var(name).map(|value| (*name, value));
    names.iter().filter_map(set).collect()
}

/// The directory this process works in.
pub(crate) fn directory() -> Option<PathBuf> {
    std::env::current_dir().ok()
}

/// A variable that is set and not empty.
#[expect(clippy::disallowed_methods, reason = "the one door to the environment")]
pub(crate) fn var(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// The files of this name that can be run, in the order of the path in which a shell looks.
pub(crate) fn programs(name: &str) -> Vec<PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    let path = var("PATH").unwrap_or_default();
    let is_program = |file: &PathBuf| {
        let found = std::fs::metadata(file);
        found.is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    };
    let files = std::env::split_paths(&path).map(|directory| directory.join(name));
    let files = files.filter(is_program);
    files
        .filter_map(|file| std::fs::canonicalize(file).ok())
        .collect()
}

/// The file of this program.
pub(crate) fn own_program() -> Option<PathBuf> {
    std::fs::canonicalize(std::env::current_exe().ok()?).ok()
}
