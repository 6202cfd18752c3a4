//! Who is compared, each on a ledger file of its own that begins as a copy of the same one.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Result;
use crate::programs::Programs;
use crate::rounds::{Dice, timed};

/// The budget that everybody reserves on.
pub(crate) const NAME: &str = "me";
/// What is reserved, 0.01usd, in atoms.
pub(crate) const RESERVED: &str = "1000000";
/// What is charged of it, 0.0031usd, in atoms.
const CHARGED: &str = "310000";

/// A ledger file in a directory of its own.
#[derive(Clone)]
pub(crate) struct Place {
    /// The file.
    pub(crate) ledger: PathBuf,
}

/// How a reservation and its commit are made.
#[derive(Clone)]
pub(crate) enum Contender {
    /// By the program itself.
    Budget(PathBuf),
    /// In C; the flag leaves SQLite's memory settings alone.
    Txn(PathBuf, bool),
    /// By the `sqlite3` shell.
    Shell(PathBuf),
    /// By a program that does nothing.
    Empty(PathBuf),
}

impl Place {
    /// A new place in a directory, which is made anew.
    pub(crate) fn new(directory: &Path) -> Result<Self> {
        if directory.exists() {
            fs::remove_dir_all(directory)?;
        }
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)?;
        Ok(Self {
            ledger: directory.join("ledger.db"),
        })
    }

    /// A place whose ledger has been in use for a while.
    pub(crate) fn seeded(programs: &Programs, directory: &Path) -> Result<Self> {
        let place = Self::new(directory)?;
        let budget = Contender::Budget(programs.budget.clone());
        timed(
            place
                .run(&programs.budget)
                .args(["create", NAME, "--limit", "900000usd/day"]),
        )?;
        let mut dice = Dice::new()?;
        for _ in 0..50 {
            let (mut reserve, id) = budget.reserve(&place, &mut dice);
            let (_, printed) = timed(&mut reserve)?;
            timed(&mut budget.commit(&place, &id.unwrap_or(printed)))?;
        }
        Ok(place)
    }

    /// A copy of its ledger elsewhere.
    pub(crate) fn copy(&self, directory: &Path) -> Result<Self> {
        let copy = Self::new(directory)?;
        fs::copy(&self.ledger, &copy.ledger)?;
        if self.log().exists() {
            fs::copy(self.log(), copy.log())?;
        }
        Ok(copy)
    }

    /// The write-ahead log.
    pub(crate) fn log(&self) -> PathBuf {
        let mut name = self.ledger.as_os_str().to_owned();
        name.push("-wal");
        name.into()
    }

    /// A program in surroundings of its own, with this ledger.
    pub(crate) fn run(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let home = self.ledger.parent().unwrap_or(Path::new("/"));
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command
            .env("HOME", home)
            .env("TZ", "UTC")
            .env("BUDGET_LEDGER", &self.ledger);
        command.current_dir("/");
        command
    }

    /// The C program doing something to this ledger's budget.
    pub(crate) fn txn(&self, programs: &Programs, what: &str, number: &str) -> Command {
        let mut command = self.run(&programs.txn);
        command.arg(what).arg(&self.ledger).args([NAME, number]);
        command
    }
}

impl Contender {
    /// The command that reserves. Where it does not print the reservation's id, the id is given.
    pub(crate) fn reserve(&self, place: &Place, dice: &mut Dice) -> (Command, Option<String>) {
        let mut command = place.run(self.program());
        match self {
            Self::Budget(_) => {
                command.args(["reserve", NAME, "0.01usd"]);
            }
            Self::Txn(_, default_memory) => {
                if *default_memory {
                    command.env("TXN_DEFAULT_MEMORY", "1");
                }
                command
                    .arg("reserve")
                    .arg(&place.ledger)
                    .args([NAME, RESERVED]);
            }
            Self::Shell(_) => {
                let id = format!("019a{:012x}{:016x}", dice.roll() >> 16, dice.roll());
                shell(&mut command, place, &reserve_script(&id));
                return (command, Some(id));
            }
            Self::Empty(_) => {}
        }
        (command, None)
    }

    /// The command that commits.
    pub(crate) fn commit(&self, place: &Place, id: &str) -> Command {
        let mut command = place.run(self.program());
        match self {
            Self::Budget(_) => {
                command.args(["commit", id, "0.0031usd"]);
            }
            Self::Txn(_, default_memory) => {
                if *default_memory {
                    command.env("TXN_DEFAULT_MEMORY", "1");
                }
                command.arg("commit").arg(&place.ledger).args([id, CHARGED]);
            }
            Self::Shell(_) => shell(&mut command, place, &commit_script(id)),
            Self::Empty(_) => {}
        }
        command
    }

    fn program(&self) -> &Path {
        match self {
            Self::Budget(path) | Self::Txn(path, _) | Self::Shell(path) | Self::Empty(path) => path,
        }
    }
}

fn shell(command: &mut Command, place: &Place, script: &str) {
    command
        .args(["-batch", "-bail", "-cmd", ".timeout 30000"])
        .arg(&place.ledger)
        .arg(script);
}

const BEGIN: &str = "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; BEGIN IMMEDIATE; \
    PRAGMA user_version; SELECT uuid, wall_us, boot_us, boot, units FROM ledger WHERE id = 1; \
    SELECT id FROM reservation WHERE state = 'open' AND expires_boot_us < 1 \
    ORDER BY expires_boot_us LIMIT 100;";
const END: &str = "UPDATE ledger SET wall_us = 1, boot_us = 1, boot = boot WHERE id = 1; COMMIT;";
const NOW: &str = "(unixepoch() * 1000000)";
const LIMIT: &str = "SELECT l.id, l.unit, l.period, l.amount, l.overage, w.id, w.start_us, \
    w.end_us, w.amount, w.granted, w.spent, w.reserved, w.debt, w.over FROM budget_limit l \
    LEFT JOIN limit_window w ON w.id = l.window";

/// The statements of a reservation with their values in place.
fn reserve_script(id: &str) -> String {
    let budget = format!("SELECT * FROM budget WHERE name = '{NAME}' AND state <> 'closed';");
    let now = NOW;
    format!(
        "{BEGIN} {budget} {budget} {LIMIT} WHERE l.budget = 1 AND l.removed = 0 \
         ORDER BY l.unit, l.period; \
         INSERT INTO reservation (id, budgets, state, parent, owner, session, created_us, \
         expires_us, expires_boot_us, boot, ttl_ms, grace_ms, overage, on_unknown, unknown, late, \
         detail) VALUES (x'{id}', '{NAME}', 'open', NULL, NULL, NULL, {now}, {now}, {now}, 1, \
         60000, 5000, NULL, 'charge', 0, 0, ''); \
         {} {} {} {END} SELECT '{id}';",
        stake(id, "NULL"),
        holding(id, RESERVED),
        entry(id, "reserved", RESERVED, "0", RESERVED),
    )
}

/// The statements of a commit with their values in place.
fn commit_script(id: &str) -> String {
    let find = format!(
        "SELECT * FROM reservation WHERE id = x'{id}'; \
         SELECT unit, reserved, charged, nested FROM stake WHERE reservation = x'{id}' \
         ORDER BY unit;"
    );
    format!(
        "{BEGIN} {find} SELECT h.reservation, h.window, h.source, h.atoms, w.limit_id \
         FROM holding h JOIN limit_window w ON w.id = h.window WHERE h.reservation = x'{id}' \
         ORDER BY h.source DESC, h.window; {LIMIT} JOIN budget b ON b.id = l.budget \
         WHERE l.id = 1; {} {} UPDATE reservation SET state = 'committed', unknown = 0, late = 0, \
         settled_by = (SELECT max(seq) FROM entry) WHERE id = x'{id}'; {} {find} {END}",
        holding(id, "0"),
        entry(id, "committed", CHARGED, CHARGED, &format!("-{RESERVED}")),
        stake(id, CHARGED),
    )
}

fn stake(id: &str, charged: &str) -> String {
    format!(
        "INSERT INTO stake (reservation, unit, reserved, charged, nested) VALUES (x'{id}', 'usd', \
         {RESERVED}, {charged}, NULL) ON CONFLICT (reservation, unit) DO UPDATE SET \
         reserved = excluded.reserved, charged = excluded.charged, nested = excluded.nested;"
    )
}

fn holding(id: &str, atoms: &str) -> String {
    format!(
        "INSERT INTO holding (reservation, window, source, atoms) VALUES (x'{id}', 1, x'', {atoms}) \
         ON CONFLICT (reservation, window, source) DO UPDATE SET atoms = excluded.atoms;"
    )
}

fn entry(id: &str, kind: &str, amount: &str, spent: &str, reserved: &str) -> String {
    let now = NOW;
    format!(
        "SELECT seq, hash FROM entry ORDER BY seq DESC LIMIT 1; \
         INSERT INTO entry (seq, at_us, kind, budgets, reservation, session, corrects, amounts, \
         detail, hash) VALUES ((SELECT max(seq) + 1 FROM entry), {now}, '{kind}', '{NAME}', \
         x'{id}', NULL, NULL, '{{\"usd\":{amount}}}', '', zeroblob(32)); \
         INSERT INTO posting (entry, window, effective_us, granted, spent, reserved, debt, over) \
         VALUES ((SELECT max(seq) FROM entry), 1, {now}, 0, {spent}, {reserved}, 0, NULL); \
         UPDATE limit_window SET granted = granted + 0, spent = spent + {spent}, \
         reserved = reserved + {reserved}, debt = debt + 0, over = coalesce(NULL, over) \
         WHERE id = 1;"
    )
}
