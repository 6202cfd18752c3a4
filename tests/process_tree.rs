//! Trees of real processes: runs inside of runs that reserve, charge, give back, report and are
//! killed. Whatever they do, every level is charged what was spent, once, and a run's windows
//! never move for what was drawn from it.

#[cfg(test)]
#[path = "support/fake.rs"]
mod fake;
#[cfg(test)]
#[path = "support/search.rs"]
mod search;
#[cfg(test)]
mod support;

use std::collections::BTreeMap;
use std::fs;

use fake::{owner_files, script, until};
use proptest::prelude::*;
use support::{Output, TestEnv};

/// Every budget and its limits; there is room for everything.
const BUDGETS: [(&str, &[&str]); 4] = [
    ("root", &["9000usd", "900calls", "90slots"]),
    ("root/a", &["9000usd/day"]),
    ("root/a/x", &["9000usd"]),
    ("root/b", &["9000usd/day", "900calls"]),
];
/// What a run or a reservation may name.
const NAMES: [&str; 5] = ["root", "root/a", "root/b", "root/a/x", "root/b,root/a"];

/// What happens inside of a run, in dollars.
#[derive(Debug, Clone)]
enum Node {
    Spend {
        names: usize,
        usd: u64,
    },
    Reserve {
        names: usize,
        usd: u64,
        fate: Fate,
    },
    Run(Run),
    /// Kills the wrapper of a run around it: 0 is the nearest.
    Kill {
        around: usize,
    },
}

#[derive(Debug, Clone, Copy)]
enum Fate {
    Commit(u64),
    AsReserved,
    Release,
    /// Gives a dollar back first.
    Part(u64),
    /// Charges a dollar first.
    Keep(u64),
    Left,
}

#[derive(Debug, Clone)]
struct Run {
    names: usize,
    usd: u64,
    /// It reserves enough for all that happens inside of it, besides its own.
    roomy: bool,
    /// What happens inside of it happens at once, where it cannot be told apart afterwards.
    at_once: bool,
    end: End,
    inside: Vec<Node>,
}

#[derive(Debug, Clone, Copy)]
enum End {
    Silent,
    Reported(u64),
    Garbled,
    /// The command kills itself.
    Killed,
    /// The wrapper is killed before it starts the command.
    BeforeStart,
    NotFound,
}

fn node() -> impl Strategy<Value = Node> {
    let names = || 0..NAMES.len();
    let fate = prop_oneof![
        3 => (1_u64..12).prop_map(Fate::Commit),
        1 => Just(Fate::AsReserved),
        1 => Just(Fate::Release),
        1 => (1_u64..12).prop_map(Fate::Part),
        1 => (1_u64..12).prop_map(Fate::Keep),
        1 => Just(Fate::Left),
    ];
    let leaf = prop_oneof![
        3 => (names(), 1_u64..9).prop_map(|(names, usd)| Node::Spend { names, usd }),
        4 => (names(), 2_u64..9, fate).prop_map(|(names, usd, fate)| Node::Reserve { names, usd, fate }),
        1 => (0_usize..3).prop_map(|around| Node::Kill { around }),
    ];
    leaf.prop_recursive(2, 9, 3, move |inside| run(inside).prop_map(Node::Run))
}

fn run(inside: impl Strategy<Value = Node>) -> impl Strategy<Value = Run> {
    let end = prop_oneof![
        4 => Just(End::Silent),
        2 => (0_u64..15).prop_map(End::Reported),
        1 => Just(End::Garbled),
        1 => Just(End::Killed),
        1 => Just(End::BeforeStart),
        1 => Just(End::NotFound),
    ];
    let inside = proptest::collection::vec(inside, 1..=3);
    let switches = (any::<bool>(), any::<bool>());
    (0..NAMES.len(), 1_u64..15, switches, end, inside).prop_map(
        |(names, usd, (roomy, at_once), end, inside)| Run {
            names,
            usd,
            roomy,
            at_once,
            end,
            inside,
        },
    )
}

impl Node {
    /// The most that it could ever hold or be charged.
    fn most(&self) -> u64 {
        match self {
            Self::Spend { usd, .. } => *usd,
            Self::Reserve { usd, .. } => usd + 12,
            Self::Run(run) => run.reserves() + run.most_inside() + 15,
            Self::Kill { .. } => 0,
        }
    }

    /// Whether nothing of it stays open or dies, so that its place in time does not matter.
    fn is_calm(&self) -> bool {
        match self {
            Self::Spend { .. } => true,
            Self::Reserve { fate, .. } => !matches!(fate, Fate::Left),
            Self::Run(run) => {
                !matches!(run.end, End::BeforeStart) && run.inside.iter().all(Self::is_calm)
            }
            Self::Kill { .. } => false,
        }
    }
}

impl Run {
    fn most_inside(&self) -> u64 {
        self.inside.iter().map(Node::most).sum()
    }

    fn reserves(&self) -> u64 {
        let inside = if self.is_roomy() {
            self.most_inside()
        } else {
            0
        };
        self.usd + inside
    }

    /// What comes back from a run that was never started is reckoned only where it can have been
    /// drawn from the run around it alone.
    fn is_roomy(&self) -> bool {
        let never_starts =
            |node: &Node| matches!(node, Node::Run(run) if matches!(run.end, End::BeforeStart));
        self.roomy || self.inside.iter().any(never_starts)
    }

    fn is_at_once(&self) -> bool {
        self.is_roomy() && self.at_once && self.inside.iter().all(Node::is_calm)
    }
}

/// What one unit comes to inside of a run: what was settled by its end, and what was still held.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    settled: u64,
    open: u64,
    /// What was lent to what never started: it comes back to a run that is closed later.
    lent: u64,
}

impl Sum {
    fn taken(self) -> u64 {
        self.settled + self.open
    }
}

/// Dollars and calls.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    usd: Sum,
    calls: Sum,
}

/// What the whole tree must come to.
#[derive(Debug, Default)]
struct Expected {
    /// Dollars and calls by budget.
    charged: BTreeMap<String, (u64, u64)>,
    unknown: usize,
}

impl Expected {
    fn charge(&mut self, names: usize, usd: u64, calls: u64) {
        let mut path: Vec<_> = NAMES[names].split(',').flat_map(prefixes).collect();
        path.sort_unstable();
        path.dedup();
        for name in path {
            let sum = self.charged.entry(name.to_owned()).or_default();
            *sum = (sum.0 + usd, sum.1 + calls);
        }
    }
}

/// A budget and its ancestors.
fn prefixes(name: &str) -> impl Iterator<Item = &str> {
    let ends = name.match_indices('/').map(|(at, _)| at);
    ends.chain([name.len()])
        .map(move |end| name.split_at(end).0)
}

/// Writes the scripts of a tree and reckons what they must come to, in the order in which they
/// will run.
struct Author<'a> {
    env: &'a TestEnv,
    expected: Expected,
    scripts: usize,
}

/// A run whose script is being written, the outermost first.
struct Around {
    id: usize,
    is_killed: bool,
}

impl Author<'_> {
    fn node(&mut self, node: &Node, around: &mut Vec<Around>, inside: &mut Sums) -> String {
        match node {
            Node::Spend { names, usd } => {
                self.expected.charge(*names, *usd, 0);
                inside.usd.settled += usd;
                format!("budget spend {} {usd}usd || trouble spend\n", NAMES[*names])
            }
            Node::Reserve { names, usd, fate } => self.reserve(*names, *usd, *fate, inside),
            Node::Run(run) => self.run(run, around, inside),
            Node::Kill { around: levels } => {
                let at = around.len() - 1 - levels % around.len();
                around[at].is_killed = true;
                // Who was killed before is gone.
                format!("kill -9 $(cat wrapper{}) 2>/dev/null\n", around[at].id)
            }
        }
    }

    fn reserve(&mut self, names: usize, usd: u64, fate: Fate, inside: &mut Sums) -> String {
        let settle = |words: &str| format!("budget {words} || trouble '{words}'\n");
        let (charged, lines) = match fate {
            Fate::Commit(actual) => (Some(actual), settle(&format!("commit $id {actual}usd"))),
            Fate::AsReserved => (Some(usd), settle("commit $id")),
            Fate::Release => (None, settle("release $id")),
            Fate::Part(actual) => {
                let lines = [
                    settle("release $id 1usd"),
                    settle(&format!("commit $id {actual}usd")),
                ];
                (Some(actual), lines.concat())
            }
            Fate::Keep(rest) => {
                let lines = [
                    settle("commit $id 1usd --keep"),
                    settle(&format!("commit $id {rest}usd")),
                ];
                (Some(1 + rest), lines.concat())
            }
            Fate::Left => {
                inside.usd.open += usd;
                inside.calls.open += 1;
                self.expected.charge(names, usd, 1);
                self.expected.unknown += 1;
                (None, String::new())
            }
        };
        if let Some(charged) = charged {
            inside.usd.settled += charged;
            inside.calls.settled += 1;
            self.expected.charge(names, charged, 1);
        }
        format!(
            "id=$(budget reserve {} {usd}usd) || trouble reserve\n{lines}",
            NAMES[names]
        )
    }

    fn run(&mut self, run: &Run, around: &mut Vec<Around>, outside: &mut Sums) -> String {
        self.scripts += 1;
        let id = self.scripts;
        let (names, reserves) = (NAMES[run.names], run.reserves());
        let (usage, command) = match run.end {
            End::Reported(_) | End::Garbled => (format!("--usage-file usage{id}"), ""),
            End::NotFound => (String::new(), "./missing"),
            End::Silent | End::Killed | End::BeforeStart => (String::new(), ""),
        };
        let command = if command.is_empty() {
            format!("bin/run{id}")
        } else {
            command.to_owned()
        };
        let exec = format!("budget exec {names} --reserve {reserves}usd {usage} -- {command}\n");
        if matches!(run.end, End::NotFound) {
            return format!("{exec}[ $? = 127 ] || trouble {id}\n");
        }
        if matches!(run.end, End::BeforeStart) {
            // What the owner's file said a moment earlier.
            let file = "$BUDGET_LEDGER.owners/$BUDGET_SESSION.run";
            let unmark = format!("printf 0 | dd of={file} bs=1 conv=notrunc 2>/dev/null");
            script(
                self.env,
                &format!("run{id}"),
                &format!("{unmark}\nkill -9 $PPID"),
            );
            outside.usd.lent += reserves;
            outside.calls.lent += 1;
            return format!("{exec}[ $? = 137 ] || trouble {id}\n");
        }
        around.push(Around {
            id,
            is_killed: false,
        });
        let mut inside = Sums::default();
        let mut lines = Vec::new();
        for node in &run.inside {
            lines.push(self.node(node, around, &mut inside));
        }
        let is_killed = around.pop().is_some_and(|run| run.is_killed);
        self.write(id, run, &lines);
        self.settle(run, is_killed, inside, outside);
        let code = match run.end {
            _ if is_killed => 137,
            End::Killed => 137,
            _ => 0,
        };
        let wait = until(&format!("done{id}"));
        format!("{exec}[ $? = {code} ] || trouble {id}\n{wait}\n")
    }

    fn write(&self, id: usize, run: &Run, lines: &[String]) {
        let body = if run.is_at_once() {
            let parts = lines.iter().map(|part| format!("(\n{part}) &\n"));
            format!("{}wait\n", parts.collect::<String>())
        } else {
            lines.concat()
        };
        let last = match run.end {
            End::Reported(usd) => format!("echo '{{\"usd\":{usd}}}' >usage{id}"),
            End::Garbled => format!("echo '{{\"usd\":' >usage{id}"),
            End::Killed => format!(":>done{id}; kill -9 $$"),
            End::Silent | End::BeforeStart | End::NotFound => String::new(),
        };
        let head = "trouble() { echo \"$0: $*\" >>trouble; }\ntrap : TERM\n";
        let head = format!("{head}echo $PPID >part{id}; mv part{id} wrapper{id}\n");
        let body = format!("{head}{body}{last}\n:>done{id}\nexit 0");
        script(self.env, &format!("run{id}"), &body);
    }

    /// Reckons what a run itself is charged, and what it comes to for the runs around it.
    fn settle(&mut self, run: &Run, is_killed: bool, mut inside: Sums, outside: &mut Sums) {
        for sum in [&mut inside.usd, &mut inside.calls] {
            let lent = std::mem::take(&mut sum.lent);
            sum.open += if is_killed { 0 } else { lent };
        }
        let as_reserved = run.reserves().saturating_sub(inside.usd.taken());
        let calls = 1_u64.saturating_sub(inside.calls.taken());
        let usd = match run.end {
            _ if is_killed => as_reserved,
            End::Reported(usd) => usd,
            End::Garbled => as_reserved,
            _ if inside.usd.settled > 0 => 0,
            _ => as_reserved,
        };
        self.expected.charge(run.names, usd, calls);
        self.expected.unknown += usize::from(is_killed || matches!(run.end, End::Garbled));
        for (sum, inside, own) in [
            (&mut outside.usd, inside.usd, usd),
            (&mut outside.calls, inside.calls, calls),
        ] {
            sum.settled += inside.settled;
            sum.open += inside.open;
            *(if is_killed {
                &mut sum.open
            } else {
                &mut sum.settled
            }) += own;
        }
    }
}

/// Runs a tree to its end and lets everything come to rest.
fn grow(tree: &Run) {
    let env = TestEnv::new();
    for (name, limits) in BUDGETS {
        let mut args = vec!["create", name, "--tz", "UTC"];
        args.extend(limits.iter().flat_map(|limit| ["--limit", limit]));
        env.ok(&args);
    }
    let mut author = Author {
        env: &env,
        expected: Expected::default(),
        scripts: 0,
    };
    let body = author.run(tree, &mut Vec::new(), &mut Sums::default());
    let expected = author.expected;
    let head = "trouble() { echo \"$0: $*\" >>trouble; }\n";
    let top = script(&env, "top", &format!("{head}{body}exit 0"));
    let output = Output::of(&mut env.program(top));
    assert_eq!(output.code, 0, "{output}");
    let trouble = fs::read_to_string(env.path().join("trouble")).unwrap_or_default();
    assert_eq!(trouble, "", "{output}");
    env.advance(3_600);
    let seen = env.json(&["status"]);
    let id = env.reserve("root", &["0usd"]);
    env.ok(&["release", &id]);
    assert_eq!(
        seen["budgets"],
        env.json(&["status"])["budgets"],
        "reads see it before"
    );
    check(&env, &expected);
    if tree.is_roomy() {
        check_drawn(&env, tree);
    }
}

fn check(env: &TestEnv, expected: &Expected) {
    let status = env.json(&["status"]);
    for budget in status["budgets"].as_array().expect("budgets") {
        let name = budget["name"].as_str().expect("a name");
        let (usd, calls) = expected.charged.get(name).copied().unwrap_or_default();
        for limit in budget["limits"].as_array().expect("limits") {
            let figures = ["spent", "debt", "reserved"].map(|figure| {
                let amount = limit[figure]["amount"].as_str().expect("an amount");
                amount.trim_end_matches(".00").to_owned()
            });
            let spent = match limit["unit"].as_str() {
                Some("usd") => usd,
                Some("calls") => calls,
                _ => 0,
            };
            let wanted = [spent.to_string(), "0".to_owned(), "0".to_owned()];
            assert_eq!(figures, wanted, "{name} {limit}");
        }
    }
    let all = env.json(&["reservations", "--state", "all"]);
    let all = all["reservations"].as_array().expect("a list");
    assert!(all.iter().all(|found| found["state"] != "open"), "{all:?}");
    let unknown = all.iter().filter(|found| found["unknown"] == true).count();
    assert_eq!(unknown, expected.unknown, "what nobody accounted for");
    assert_eq!(owner_files(env), Vec::<String>::new());
}

/// The dollars that the outermost run took are moved by nobody else while it is open; what is
/// closed later gives some of them back at the most.
fn check_drawn(env: &TestEnv, tree: &Run) {
    let conn = rusqlite::Connection::open(env.ledger()).expect("the ledger");
    let sql = "SELECT e.seq, e.kind, e.reservation = (SELECT reservation FROM entry \
               WHERE kind = 'reserved' ORDER BY seq LIMIT 1), b.name, \
               coalesce(sum(p.spent + p.debt + p.reserved), 0) \
               FROM entry e JOIN posting p ON p.entry = e.seq \
               JOIN limit_window w ON w.id = p.window JOIN budget_limit l ON l.id = w.limit_id \
               JOIN budget b ON b.id = l.budget WHERE l.unit = 'usd' \
               GROUP BY e.seq, l.id ORDER BY e.seq";
    let path: Vec<_> = NAMES[tree.names].split(',').flat_map(prefixes).collect();
    let mut statement = conn.prepare(sql).expect(sql);
    let mut rows = statement.query([]).expect(sql);
    let mut is_open = true;
    while let Some(row) = rows.next().expect(sql) {
        let seq: i64 = row.get(0).expect(sql);
        let kind: String = row.get(1).expect(sql);
        let own: Option<bool> = row.get(2).expect(sql);
        let name: String = row.get(3).expect(sql);
        let moved: i64 = row.get(4).expect(sql);
        if own == Some(true) {
            is_open &= kind == "reserved";
        } else if path.contains(&name.as_str()) {
            // What was drawn from a run that has ended since goes back to the budget.
            let may_free = !is_open || kind == "expired";
            let allowed = moved == 0 || (may_free && moved < 0);
            assert!(allowed, "entry {seq} ({kind}) moved {name} by {moved}");
        }
    }
}

#[test]
fn whatever_a_tree_of_processes_does_every_level_is_charged_once() {
    search::search(16, run(node()), grow);
}
