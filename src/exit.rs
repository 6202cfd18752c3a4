//! The exit codes: one table, for people, for scripts and for `docs/exit-codes.md`.

/// How this program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done, or allowed.
    Done,
    /// A bug of ours.
    Bug,
    /// Wrong usage.
    Usage,
    /// Conflict with the ledger's state.
    Conflict,
    /// No such budget, reservation or entry.
    NotFound,
    /// The ledger cannot be used. Fails closed.
    Ledger,
    /// Denied: no room now.
    Denied,
    /// Refused for good.
    Refused,
    /// Bad configuration.
    Config,
    /// `exec` only: it stopped the command.
    Stopped,
    /// `exec` only: it failed around the command.
    Wrapper,
    /// `exec` only: the command cannot be run.
    CannotRun,
    /// `exec` only: the command was not found.
    CommandNotFound,
    /// `exec` only: the command's own code, or the one asked for with `--denied-exit`.
    Child(u8),
}

impl Exit {
    /// Every code of ours with its meaning, in order.
    pub const TABLE: [(Self, &'static str); 13] = [
        (
            Self::Done,
            "Done; allowed; for `check`: it would be admitted.",
        ),
        (Self::Bug, "A bug of ours. Please report it."),
        (Self::Usage, "Wrong usage. Nothing changed."),
        (
            Self::Conflict,
            "Conflict with the ledger's state: already settled, key reused for another request, \
             unit that no limit counts; an answer that does not say what was used, or what that \
             cost; for `verify`: findings. Nothing changed.",
        ),
        (
            Self::NotFound,
            "There is no such budget, reservation or entry. Nothing changed.",
        ),
        (
            Self::Ledger,
            "The ledger cannot be used: locked for too long, full disk, damaged, foreign, newer \
             schema. Fails closed: nothing is admitted, no command is started.",
        ),
        (
            Self::Denied,
            "Denied: there is no room now, the limit is 0, the budget is frozen, or a commit was \
             rejected. Nothing changed; try later, top up or unfreeze.",
        ),
        (
            Self::Refused,
            "Refused for good: more was asked than the limit could ever admit, or the budget is \
             closed. Nothing changed; waiting does not help.",
        ),
        (
            Self::Config,
            "Bad configuration, or no place to keep a ledger.",
        ),
        (
            Self::Stopped,
            "`exec`: the command was stopped at its time limit.",
        ),
        (Self::Wrapper, "`exec`: it failed around the command."),
        (
            Self::CannotRun,
            "`exec`: the command was found but cannot be run.",
        ),
        (Self::CommandNotFound, "`exec`: the command was not found."),
    ];

    /// The number.
    pub const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Bug => 1,
            Self::Usage => 2,
            Self::Conflict => 65,
            Self::NotFound => 66,
            Self::Ledger => 69,
            Self::Denied => 75,
            Self::Refused => 77,
            Self::Config => 78,
            Self::Stopped => 124,
            Self::Wrapper => 125,
            Self::CannotRun => 126,
            Self::CommandNotFound => 127,
            Self::Child(code) => code,
        }
    }

    /// The page `docs/exit-codes.md`.
    pub fn document() -> String {
        let mut page = String::from(
            "# Exit codes\n\n<!-- Written from src/exit.rs; a test keeps it current. -->\n\n\
             | code | meaning |\n|---|---|\n",
        );
        for (exit, meaning) in Self::TABLE {
            page.push_str(&format!("| {} | {meaning} |\n", exit.code()));
        }
        page.push_str(
            "| 128+n | `exec`: the command was killed by signal n, and so `exec` ends itself. |\n\n\
             Once the command was started, `exec` exits with the command's own code, whatever \
             became of the\nledger. A command may use the same numbers: `exec --denied-exit N` \
             moves 75 and 77 out of its way,\nand `exec --result FILE` writes the outcome as JSON, \
             which leaves no doubt.\n",
        );
        page
    }
}
