//! The topics of the help, each a page of text of its own. Exit codes are written from their table.

use crate::exit::Exit;

/// A page that belongs to no single command.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Topic {
    /// The word typed.
    pub(crate) name: &'static str,
    /// What it is about, in a line.
    pub(crate) about: &'static str,
    text: &'static str,
}

/// Every topic, in the order in which they are best read.
pub(crate) const TOPICS: &[Topic] = &[
    Topic {
        name: "limits",
        about: "Amounts, periods and windows, trees of budgets",
        text: include_str!("topics/limits.txt"),
    },
    Topic {
        name: "reserving",
        about: "The life of a reservation: reserve, commit, release, exec",
        text: include_str!("topics/reserving.txt"),
    },
    Topic {
        name: "agents",
        about: "Which agents are metered, and how",
        text: include_str!("topics/agents.txt"),
    },
    Topic {
        name: "unknown",
        about: "What is charged where nobody knows what was spent",
        text: include_str!("topics/unknown.txt"),
    },
    Topic {
        name: "reports",
        about: "Who spent what, where and when",
        text: include_str!("topics/reports.txt"),
    },
    Topic {
        name: "scripting",
        about: "JSON, keys, loops that end where the budget does",
        text: include_str!("topics/scripting.txt"),
    },
    Topic {
        name: "exit-codes",
        about: "Every exit code and what it says",
        text: include_str!("topics/exit-codes.txt"),
    },
    Topic {
        name: "configuration",
        about: "Files of settings, the environment, which ledger",
        text: include_str!("topics/configuration.txt"),
    },
];

/// Where the table of exit codes stands in its page, and the agents in theirs.
const TABLE: &str = "{table}\n";
const AGENTS: &str = "{agents}\n";
/// No line of a page is longer.
const WIDTH: usize = 78;

impl Topic {
    /// The page.
    pub(crate) fn text(&self) -> String {
        let page = self.text.replace(TABLE, &exit_codes());
        page.replace(AGENTS, &agents())
    }
}

fn exit_codes() -> String {
    let rows = Exit::TABLE.iter().map(|(exit, meaning)| {
        let meaning = meaning.replace('`', "");
        row(&exit.code().to_string(), &meaning, 9)
    });
    rows.collect()
}

fn agents() -> String {
    let names: Vec<_> = crate::usage::agent_names().collect();
    row("", &names.join(", "), 2)
}

/// A word, and what is said of it, in as many lines as that takes.
fn row(word: &str, text: &str, indent: usize) -> String {
    let mut lines = vec![format!("  {word:<0$}", indent.saturating_sub(2))];
    for next in text.split(' ') {
        let line = lines.last().map_or(0, |line| line.chars().count());
        if line.saturating_add(next.chars().count()) >= WIDTH {
            lines.push(" ".repeat(indent));
        }
        if let Some(line) = lines.last_mut() {
            if line.chars().count() > indent {
                line.push(' ');
            }
            line.push_str(next);
        }
    }
    lines
        .into_iter()
        .flat_map(|line| [line, "\n".to_owned()])
        .collect()
}
