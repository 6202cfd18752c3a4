//! What a person most likely meant whose command line cannot be parsed: what is wrong in words of
//! our own, and what to type instead. Whether a line can be parsed is not decided here.

mod apart;

use apart::Apart;

use crate::ledger::edits::nearest;
use crate::ledger::limit::LimitSpec;

/// What people call things that have another name here, and what to type.
const SYNONYMS: &[(&[&str], &str)] = &[
    (
        &["ls", "budgets", "ps", "top", "watch", "dashboard"],
        "`budget status` shows every budget and what is left; `budget list` only their limits",
    ),
    (
        &["balance", "left", "available", "bal", "quota"],
        "`budget status` shows what is left; `budget remaining NAME` prints plain numbers",
    ),
    (
        &["run", "wrap", "start", "with", "do"],
        "`budget exec NAME --limit 5usd/day -- COMMAND` runs a command under a cap",
    ),
    (
        &[
            "usage", "cost", "costs", "stats", "spent", "spending", "who",
        ],
        "`budget status` shows what is spent and left; `budget log` who spent it",
    ),
    (
        &[
            "history",
            "journal",
            "entries",
            "transactions",
            "ledger",
            "audit",
        ],
        "`budget log` shows everything that moved",
    ),
    (
        &[
            "delete", "rm", "remove", "del", "archive", "drop", "destroy",
        ],
        "`budget close NAME` closes a budget for good and keeps its history",
    ),
    (
        &["add", "init", "new", "make", "define"],
        "`budget create NAME --limit 5usd/day` makes a budget",
    ),
    (
        &[
            "cap", "limit", "max", "daily", "weekly", "monthly", "yearly", "hourly",
        ],
        "a limit belongs to a budget: `budget create NAME --limit 5usd/day`, or `/hour`, `/week`, \
         `/month`; `budget set NAME --limit 8usd/day` changes one",
    ),
    (
        &["reset", "clear", "zero"],
        "`budget grant NAME usd/day --reset` sets what is spent of a window to 0",
    ),
    (
        &["undo", "revert", "correct"],
        "`budget refund ENTRY` takes a charge back, `budget release ID` a reservation; `budget \
         log` shows both",
    ),
    (
        &[
            "topup",
            "top-up",
            "raise",
            "increase",
            "extend-limit",
            "deposit",
        ],
        "`budget grant NAME 5usd/day` adds to the window that is open now; `budget set NAME \
         --limit 8usd/day` to every one",
    ),
    (
        &["update", "edit", "change", "modify", "config-set"],
        "`budget set NAME --limit 8usd/day` changes a limit",
    ),
    (
        &["hold", "authorize", "acquire", "lock"],
        "`budget reserve NAME 1usd` holds an amount and prints its id",
    ),
    (
        &["settle", "capture", "confirm"],
        "`budget commit ID 0.31usd` charges a reservation what it cost",
    ),
    (
        &["void", "cancel", "abort"],
        "`budget release ID` gives a reservation back",
    ),
    (
        &["charge", "record", "track", "book"],
        "`budget spend NAME 0.31usd` records what was spent",
    ),
    (
        &["debit", "deduct"],
        "`budget grant NAME 1usd/day --debit` takes room off a limit",
    ),
    (
        &["holds", "pending", "open", "reserved"],
        "`budget reservations` lists what holds something now",
    ),
    (
        &["info", "get", "describe"],
        "`budget show NAME` shows one budget in full",
    ),
    (
        &["pause", "stop", "disable", "suspend"],
        "`budget freeze NAME` stops a budget from admitting",
    ),
    (
        &["resume", "enable", "thaw"],
        "`budget unfreeze NAME` lets a budget admit again",
    ),
    (
        &["check-ledger", "validate", "fsck"],
        "`budget verify` proves every sum of the ledger",
    ),
    (&["version"], "`budget --version`"),
    (
        &["completion", "complete"],
        "`budget completions SHELL` prints a completion script",
    ),
    (
        &["price", "model", "models"],
        "`budget prices list` shows what models cost",
    ),
    (
        &["docs", "topics", "manual", "usage-help"],
        "`budget help` lists commands and topics",
    ),
];

/// What cannot be parsed: the parser's message, the words of its tips, the verb typed.
pub(crate) struct Mistake<'a> {
    /// One line.
    pub(crate) message: &'a str,
    /// Words that the parser takes for similar.
    pub(crate) similar: Vec<String>,
    /// The verb, where it is one.
    pub(crate) verb: Option<&'a str>,
    /// The words that are known where one is not.
    pub(crate) known: Vec<String>,
    /// Everything that was typed, up to the command that is to be run.
    pub(crate) typed: Vec<String>,
}

impl Mistake<'_> {
    /// What is wrong, in our words.
    pub(crate) fn said(&self) -> String {
        if let Some(apart) = self.apart() {
            return format!("`{}` is one amount, written apart", apart.words.join(" "));
        }
        if let (Some(word), Some("help")) = (self.word("invalid value '"), self.verb) {
            return format!("there is no command or topic `{word}`");
        }
        match (self.word("unrecognized subcommand '"), self.verb) {
            (Some(word), None) => format!("there is no command `{word}`"),
            (Some(word), Some(verb)) => format!("there is no command `{verb} {word}`"),
            (None, _) => self.reason().unwrap_or_else(|| self.message.to_owned()),
        }
    }

    /// Why a value is none, where the reason names it.
    fn reason(&self) -> Option<String> {
        let found = self.message.strip_prefix("invalid value '")?;
        let (place, reason) = found.split_once("' for '")?.1.split_once("': ")?;
        if !reason.starts_with('`') {
            return None;
        }
        Some(match place.split(' ').next() {
            Some(option) if option.starts_with('-') => format!("{option}: {reason}"),
            _ => reason.to_owned(),
        })
    }

    /// What to type instead.
    pub(crate) fn meant(&self) -> Option<String> {
        if let Some(apart) = self.apart() {
            return Some(format!("write it as one word: {}", apart.meant()));
        }
        if let Some(meant) = self.with_unit() {
            return Some(meant);
        }
        if let Some(word) = self.word("unrecognized subcommand '") {
            return Some(self.command(word));
        }
        if let Some(word) = self.word("unexpected argument '") {
            return self.argument(word);
        }
        let word = self.word("invalid value '")?;
        if self.verb == Some("help") {
            return Some(self.command(word));
        }
        let known = self.known.iter().map(String::as_str);
        did_you_mean(&nearest(word, known))
    }

    /// The first amount that was written in several words, where the line is wrong for that.
    fn apart(&self) -> Option<Apart<'_>> {
        let is_about = |apart: &Apart<'_>| {
            let mut words = apart.words.iter();
            words.any(|word| self.message.contains(&format!("'{word}'")))
        };
        let places = 0..self.typed.len();
        let mut found = places.filter_map(|place| Apart::at(&self.typed, place));
        found.find(is_about)
    }

    /// A number alone, with a unit.
    fn with_unit(&self) -> Option<String> {
        let number = self.word("invalid value '")?;
        let (_, rest) = self.message.split_once("' for '")?;
        let place = rest.split_once("it has no unit").map(|(place, _)| place)?;
        let (option, unit) = match place.split(' ').next() {
            Some("--limit") => ("--limit ", "usd/day"),
            _ => ("", "usd"),
        };
        let meant = format!("{number}{unit}");
        let is_one = meant.parse::<LimitSpec>().is_ok();
        is_one.then(|| format!("did you mean {option}{meant}?"))
    }

    fn command(&self, word: &str) -> String {
        let synonym = || {
            let word = word.to_ascii_lowercase();
            let found = SYNONYMS
                .iter()
                .find(|(words, _)| words.contains(&word.as_str()));
            found.map(|(_, meant)| (*meant).to_owned())
        };
        let verb = self.verb.filter(|verb| *verb != "help");
        let prefix = verb.map(|verb| format!("{verb} ")).unwrap_or_default();
        let before = if self.verb == verb { &prefix } else { "help " };
        let near = || {
            let near = nearest(
                &word.to_ascii_lowercase(),
                self.known.iter().map(String::as_str),
            );
            let near = near.iter().map(|known| format!("`budget {before}{known}`"));
            did_you_mean(&near.collect::<Vec<_>>())
        };
        let found = if verb.is_none() { synonym() } else { None };
        let all = || {
            format!(
                "`budget help {}` lists the commands there are",
                prefix.trim_end()
            )
        };
        found
            .or_else(near)
            .unwrap_or_else(|| all().replace("help `", "help`"))
    }

    fn argument(&self, word: &str) -> Option<String> {
        if let Some(number) = word.strip_prefix('-') {
            let number = number.strip_prefix('$').unwrap_or(number);
            if number.starts_with(|c: char| c.is_ascii_digit()) {
                return Some(
                    "amounts are never negative: `refund` takes a charge back, `grant --debit` \
                     takes room away"
                        .to_owned(),
                );
            }
        }
        match self.verb {
            _ if word.starts_with("--") => {
                let similar = self.similar.iter().filter(|known| known.starts_with("--"));
                did_you_mean(&nearest(word, similar.map(String::as_str)))
            }
            Some("exec") if !word.starts_with('-') => Some(format!(
                "`--` comes before the command: budget exec NAME -- {word} ..."
            )),
            Some("create" | "set") if word.parse::<LimitSpec>().is_ok() => {
                Some(format!("a limit is an option: --limit {word}"))
            }
            _ => None,
        }
    }

    /// The word that a message of this beginning is about.
    fn word(&self, beginning: &str) -> Option<&str> {
        let found = self.message.strip_prefix(beginning)?;
        found.split_once('\'').map(|(word, _)| word)
    }
}

fn did_you_mean(near: &[String]) -> Option<String> {
    (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meant(message: &str, verb: Option<&str>, known: &[&str]) -> Option<String> {
        let known: Vec<_> = known.iter().map(|word| (*word).to_owned()).collect();
        let similar = known.clone();
        let mistake = Mistake {
            message,
            similar,
            verb,
            known,
            typed: Vec::new(),
        };
        mistake.meant()
    }

    #[test]
    fn frequent_mistakes_are_recognised() {
        let hint =
            |word: &str, verb| meant(&format!("unexpected argument '{word}' found"), verb, &[]);
        let says = |hint: Option<String>, part: &str| hint.is_some_and(|hint| hint.contains(part));
        assert!(says(hint("-1", Some("spend")), "refund"));
        assert!(says(hint("-$5", Some("grant")), "refund"));
        assert!(says(hint("claude", Some("exec")), "-- claude"));
        assert!(says(hint("5usd/day", Some("create")), "--limit 5usd/day"));
        assert_eq!(hint("--tz", Some("set")), None);
        assert_eq!(hint("more", Some("status")), None);
        assert_eq!(meant("something else", Some("exec"), &[]), None);
    }

    #[test]
    fn only_words_that_are_near_are_suggested() {
        let option = |word: &str, known: &str| {
            meant(
                &format!("unexpected argument '{word}' found"),
                Some("spend"),
                &[known],
            )
        };
        assert_eq!(
            option("--jsn", "--json").as_deref(),
            Some("did you mean --json?")
        );
        assert_eq!(option("--at", "--wait-lock"), None);
        let value = "invalid value 'opne' for '--state <STATE>'";
        assert_eq!(
            meant(value, Some("reservations"), &["open", "all"]).as_deref(),
            Some("did you mean open?")
        );
    }

    #[test]
    fn a_value_is_named_once() {
        let said = |message: &str| {
            let (similar, known) = (Vec::new(), Vec::new());
            let mistake = Mistake {
                message,
                similar,
                verb: Some("create"),
                known,
                typed: Vec::new(),
            };
            mistake.said()
        };
        let zone = "invalid value 'X' for '--tz <ZONE>': `X` is not a time zone";
        assert_eq!(said(zone), "--tz: `X` is not a time zone");
        let id = "invalid value 'x' for '<ID>': `x` is not an id";
        assert_eq!(said(id), "`x` is not an id");
        let tag = "invalid value 'x' for '--tag <KEY=VALUE>': a tag is KEY=VALUE";
        assert_eq!(said(tag), tag);
    }

    #[test]
    fn no_synonym_is_a_command_or_stands_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for word in SYNONYMS.iter().flat_map(|(words, _)| *words) {
            assert!(seen.insert(word), "{word}");
        }
    }
}
