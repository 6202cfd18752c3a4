//! What each fact says: whether it is as it should be, and what to do where it is not. Facts come
//! as values; nothing is looked at here.

use std::path::{Path, PathBuf};

use crate::commands::shared::{OLD_DAYS, table_age};
use crate::error::Result;
use crate::ledger::calendar::Zone;
use crate::ledger::store::health::{FileFacts, PlaceMode};
use crate::ledger::timestamp::Timestamp;
use crate::ledger::verbs::Health;
use crate::render::doctor::{Finding, Level};
use crate::render::human::{moment, until};
use crate::render::sanitize::line;
use crate::usage::prices::TableInfo;

/// Less room than this is worth a word, in bytes.
const LITTLE_ROOM: u64 = 64 << 20;
/// A longer log is one that is not copied back, in bytes.
const LONG_LOG: u64 = 64 << 20;

/// The ledger that was looked at.
pub(super) struct Ledger<'a> {
    pub(super) path: &'a Path,
    /// What says that it is this one.
    pub(super) by: &'static str,
    pub(super) facts: &'a FileFacts,
    pub(super) health: &'a Result<Option<Health>>,
}

impl Ledger<'_> {
    /// Whether there is one.
    pub(super) fn exists(&self) -> bool {
        match self.health {
            Ok(found) => found.is_some(),
            Err(_) => self.facts.size.is_some(),
        }
    }

    /// Which file it is, and whether it can be used.
    pub(super) fn which(&self) -> Finding {
        let shown = |path: &Path| line(&path.to_string_lossy()).into_owned();
        let mut text = format!("{} (by {})", shown(self.path), self.by);
        if self.facts.path != self.path {
            text.push_str(&format!(", which leads to {}", shown(&self.facts.path)));
        }
        match self.health {
            Ok(Some(_)) => Finding::ok("ledger", text),
            Ok(None) => {
                let none =
                    "no ledger yet; the first `budget create` or `budget exec --limit` makes it";
                Finding::ok("ledger", format!("{text}: {none}"))
            }
            Err(error) => {
                let advice = error
                    .hint
                    .clone()
                    .unwrap_or_else(|| "keep the file as it is".to_owned());
                let (_, why) = error
                    .message
                    .split_once(" cannot be used: ")
                    .unwrap_or(("", &error.message));
                let message = line(why);
                Finding::ok("ledger", format!("{text}: {message}")).but(Level::Fail, line(&advice))
            }
        }
    }

    /// What is in it, and how large it is.
    pub(super) fn contents(&self) -> Option<Finding> {
        let size = size(self.facts.size?);
        let log = self.facts.log;
        let mut text = format!("{size}, and {} in its log", bytes_or_nothing(log));
        if let Ok(Some(health)) = self.health {
            let (entries, budgets) = (
                counted(health.entries, "entry", "entries"),
                counted(count(health.budgets), "budget", "budgets"),
            );
            text = format!("{entries}, {budgets}, schema {}; {text}", health.schema);
        }
        let found = Finding::ok("contents", text);
        Some(if log > LONG_LOG {
            found.but(Level::Warn, "the log is long: some process reads for hours, or none could copy it back; any command that writes does so")
        } else {
            found
        })
    }

    /// Whether others may read or write it.
    pub(super) fn permissions(&self) -> Vec<Finding> {
        let open: Vec<_> = self
            .facts
            .places
            .iter()
            .filter_map(open_to_others)
            .collect();
        match open.as_slice() {
            [] if self.facts.size.is_none() => Vec::new(),
            [] => vec![Finding::ok(
                "permissions",
                "only its user may read and write it",
            )],
            _ => open,
        }
    }

    /// Where it lies.
    pub(super) fn file_system(&self) -> Option<Finding> {
        let found = self.facts.file_system.as_ref()?;
        let text = format!("{}, {} left", found.name, size(found.room));
        let finding = Finding::ok("file system", text);
        Some(if !found.is_trusted {
            finding.but(
                Level::Fail,
                "locks cannot be trusted there: put the ledger on a local disk with --ledger",
            )
        } else if found.is_read_only {
            finding.but(
                Level::Fail,
                "it is mounted for reading only: nothing can be reserved",
            )
        } else if found.room < LITTLE_ROOM {
            finding.but(
                Level::Warn,
                "free some space: a ledger that cannot be written admits nothing",
            )
        } else {
            finding
        })
    }

    /// Whether the wall clock is believed, going by the clock that runs since the machine's start.
    pub(super) fn clock(&self, now: Timestamp) -> Finding {
        let shown = moment(now, &Zone::utc());
        let Ok(Some(health)) = self.health else {
            return Finding::ok("clock", shown);
        };
        let since = match health.jump_us {
            None => "the machine was restarted since the latest write".to_owned(),
            Some(jump) if health.clock_believed => {
                format!(
                    "within {} of the clock since boot",
                    until(
                        Timestamp::from_micros(jump.saturating_abs()),
                        Timestamp::from_micros(0)
                    )
                )
            }
            Some(jump) => {
                let far = until(
                    Timestamp::from_micros(jump.saturating_abs()),
                    Timestamp::from_micros(0),
                );
                let ahead = if jump > 0 { "forward" } else { "back" };
                format!("it jumped {far} {ahead} against the clock since boot")
            }
        };
        let word = if health.clock_believed {
            "believed"
        } else {
            "not believed"
        };
        let found = Finding::ok("clock", format!("{word}: {shown}, {since}"));
        if health.clock_believed {
            return found;
        }
        found.but(Level::Warn, "windows stay as they are; where the clock is right now, `budget doctor --accept-clock` says so")
    }

    /// What is not in it yet, or not for certain.
    pub(super) fn unrecorded(&self) -> Vec<Finding> {
        let Ok(Some(health)) = self.health else {
            return Vec::new();
        };
        let left = health.left_behind;
        let waits = [
            (
                count(left.outcomes),
                "outcome of a run waits",
                "outcomes of runs wait",
            ),
            (
                count(health.due),
                "reservation is over",
                "reservations are over",
            ),
            (
                count(left.dead),
                "process died without a word",
                "processes died without a word",
            ),
        ];
        let waits: Vec<_> = waits
            .iter()
            .filter(|(n, ..)| *n > 0)
            .map(|(n, one, many)| counted(*n, one, many))
            .collect();
        let holds = format!(
            "{}, {}",
            counted(
                count(health.open),
                "reservation is open",
                "reservations are open"
            ),
            counted(count(left.alive), "run goes on", "runs go on")
        );
        let mut findings = Vec::new();
        findings.push(if waits.is_empty() {
            Finding::ok(
                "unrecorded",
                format!("nothing waits to be recorded; {holds}"),
            )
        } else {
            let advice =
                "the next command that writes takes that in: reserve, spend, exec or any other";
            Finding::ok("unrecorded", format!("{}; {holds}", waits.join(", ")))
                .but(Level::Warn, advice)
        });
        if health.unknown > 0 {
            let text = counted(
                count(health.unknown),
                "reservation was charged without anybody knowing its cost",
                "reservations were charged without anybody knowing their cost",
            );
            let advice = "`budget reservations --state unknown` lists them; `budget commit ID AMOUNT` corrects one";
            findings.push(Finding::ok("unknown", text).but(Level::Warn, advice));
        }
        findings
    }
}

/// A place that others may read or write.
fn open_to_others(place: &PlaceMode) -> Option<Finding> {
    let PlaceMode {
        path,
        mode,
        is_directory,
    } = place;
    let is_writable = mode & 0o022 != 0;
    let is_readable = mode & 0o077 != 0 && !is_directory;
    let name = line(&path.to_string_lossy()).into_owned();
    let found = |what| {
        Finding::ok(
            "permissions",
            format!("{name} may be {what} by others (mode {mode:03o})"),
        )
    };
    let private = if *is_directory { "700" } else { "600" };
    if is_writable && mode & 0o1000 == 0 {
        Some(found("written").but(Level::Fail, format!("chmod {private} {name}")))
    } else if is_writable {
        Some(found("added to").but(Level::Warn, "keep it in a directory of your own"))
    } else if is_readable {
        Some(found("read").but(Level::Warn, format!("chmod {private} {name}")))
    } else {
        None
    }
}

/// The zone of new budgets.
pub(super) fn zone(zone: Zone, by: Option<&str>, named: Option<&str>) -> Finding {
    let by_whom = by.unwrap_or("nothing: neither $TZ nor the system names one");
    let found = Finding::ok(
        "zone",
        format!("{} for new budgets (by {by_whom})", zone.name()),
    );
    match (by, named) {
        (Some("$TZ"), _) | (Some(_), None) => found,
        (_, Some(named)) => found.but(
            Level::Warn,
            format!(
                "$TZ is `{}`, which is no IANA name like Europe/Berlin",
                line(named)
            ),
        ),
        (None, None) => found.but(
            Level::Warn,
            "set $TZ, or name a zone each time: create --tz Europe/Berlin",
        ),
    }
}

/// The price tables and how old they are. An old one is not asked again where a newer one is.
pub(super) fn prices(
    tables: std::result::Result<Vec<TableInfo>, String>,
    now: Timestamp,
) -> Finding {
    let tables = match tables {
        Ok(tables) => tables,
        Err(why) => {
            return Finding::ok("prices", line(&why)).but(
                Level::Warn,
                "tokens cannot be priced; `budget prices import FILE` takes another table",
            );
        }
    };
    let ages: Vec<_> = tables
        .iter()
        .map(|table| (table, table_age(table, now).unwrap_or_default()))
        .collect();
    let shown: Vec<_> = ages
        .iter()
        .map(|(table, days)| {
            format!(
                "{} of {}, {}",
                line(&table.id),
                line(&table.date),
                age(*days)
            )
        })
        .collect();
    let found = Finding::ok("prices", shown.join("; "));
    if ages.iter().all(|(_, days)| *days > OLD_DAYS) {
        return found.but(
            Level::Warn,
            "prices may have changed; `budget prices import FILE` takes a newer table",
        );
    }
    found
}

/// The program itself, and whether a shell would find it.
pub(super) fn program(sqlite: &str, in_path: &[PathBuf], own: Option<&Path>) -> Finding {
    let found = Finding::ok(
        "program",
        format!("budget {}, SQLite {sqlite}", env!("CARGO_PKG_VERSION")),
    );
    match (in_path.first(), own) {
        (Some(first), Some(own)) if first != own => {
            let first = line(&first.to_string_lossy()).into_owned();
            found.but(
                Level::Warn,
                format!("another program is first in $PATH: {first}"),
            )
        }
        _ => found,
    }
}

fn age(days: i64) -> String {
    match days {
        ..=0 => "new".to_owned(),
        1 => "1 day old".to_owned(),
        days => format!("{days} days old"),
    }
}

fn count(of: usize) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

fn counted(count: i64, one: &str, many: &str) -> String {
    match count {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}

fn bytes_or_nothing(bytes: u64) -> String {
    if bytes == 0 {
        "nothing".to_owned()
    } else {
        size(bytes)
    }
}

/// A size, rounded down to a tenth.
fn size(bytes: u64) -> String {
    let units = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let unit = units.iter().find(|(_, bits)| bytes >> bits > 0);
    match unit {
        Some((name, bits)) => {
            let tenths = ((bytes & ((1 << bits) - 1)) * 10) >> bits;
            format!("{}.{tenths} {name}", bytes >> bits)
        }
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests;
