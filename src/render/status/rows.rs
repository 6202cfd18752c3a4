//! What `status` says of each limit, piece by piece. How the pieces are laid out is decided by those
//! that ask for them.

use super::super::human::{amount, brief, quantity, until};
use super::super::sanitize::line;
use super::super::style::{Style, Styles};
use super::super::table::shortened;
use super::{bar_of, file_name, used};
use crate::ledger::budget::{BudgetState, Standing};
use crate::ledger::calendar::Period;
use crate::ledger::limit::Position;
use crate::ledger::name::BudgetName;
use crate::ledger::rules::pace::Pace;
use crate::ledger::timestamp::Timestamp;
use crate::ledger::verbs::Overview;

/// The width of a bar, in characters, where there is room for it.
pub(super) const BAR: usize = 10;
/// The least of a name that is shown, however far in it begins.
const LEAST_OF_NAME: usize = 6;
/// How far in names go; what lies deeper begins there, too.
const DEEPEST: usize = 8;
/// The share of a limit, in percent, from which on little is left.
const NEAR: i64 = 80;

/// A limit, and what a row says of it.
pub(super) struct Row<'a> {
    /// How many of the budgets above it are shown.
    pub(super) depth: usize,
    /// In the first row of a budget.
    pub(super) name: Option<Name>,
    pub(super) position: Option<&'a Position>,
    pub(super) limit: String,
    pub(super) used: Used,
    /// When it resets.
    pub(super) ends: Option<Timestamp>,
    pub(super) pace: Option<Pace>,
    overview: &'a Overview,
}

/// A budget as it is shown.
pub(super) struct Name {
    /// What differs from the budget that it is shown under.
    text: String,
    state: &'static str,
}

/// How much is taken, in words.
#[derive(Default)]
pub(super) struct Used {
    percent: String,
    word: &'static str,
}

/// How much is said of time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    /// The pace in a few words.
    Long,
    /// Only when it runs out.
    Short,
    /// The same, to the hour rather than the minute.
    Brief,
    /// No pace, and what resets as briefly.
    None,
}

/// A row for each limit, and for each budget without one, in the order of the tree.
pub(super) fn rows(overview: &Overview) -> Vec<Row<'_>> {
    let mut standings: Vec<_> = overview.standings.iter().collect();
    // By segments: by bytes `a-b` would come between `a` and `a/b`.
    standings.sort_by_cached_key(|s| s.budget.name.as_str().replace('/', "\u{1}"));
    let mut above: Vec<&BudgetName> = Vec::new();
    let mut rows = Vec::new();
    for standing in standings {
        let name = &standing.budget.name;
        while above.last().is_some_and(|last| !name.is_within(last)) {
            above.pop();
        }
        let shown = Name::of(standing, above.last().copied());
        let of = |position| Row::of(position, standing, above.len(), overview);
        let first = rows.len();
        for position in &standing.positions {
            rows.push(of(Some(position)));
            let lower = overview.lowered.of(position);
            rows.extend(lower.map(|lower| of(Some(lower)).said_by(&overview.lowered.said_by)));
        }
        rows.extend(standing.positions.is_empty().then(|| of(None)));
        if let Some(row) = rows.get_mut(first) {
            row.name = Some(shown);
        }
        above.push(name);
    }
    rows
}

impl Name {
    fn of(standing: &Standing, above: Option<&BudgetName>) -> Self {
        let name = standing.budget.name.as_str();
        let own = above.and_then(|above| name.strip_prefix(above.as_str())?.strip_prefix('/'));
        Self {
            text: own.unwrap_or(name).to_owned(),
            state: match standing.budget.state {
                BudgetState::Active => "",
                BudgetState::Frozen => " (frozen)",
                BudgetState::Closed => " (closed)",
            },
        }
    }

    /// The name so far in and in at most so many columns; what is said beside it stays.
    pub(super) fn within(&self, indent: usize, width: usize) -> String {
        let room = width.saturating_sub(indent + self.state.len());
        let text = shortened(&self.text, room.max(LEAST_OF_NAME));
        format!("{}{text}{}", " ".repeat(indent), self.state)
    }
}

impl<'a> Row<'a> {
    fn of(
        position: Option<&'a Position>,
        standing: &Standing,
        depth: usize,
        overview: &'a Overview,
    ) -> Self {
        let end = position.and_then(|position| position.bounds.end.filter(|_| begun(position)));
        Self {
            depth: depth.min(DEEPEST),
            name: None,
            position,
            limit: position.map_or_else(|| "no limit".to_owned(), limit),
            used: position.map(Used::of).unwrap_or_default(),
            ends: end,
            pace: position.and_then(|position| overview.pace(standing, position)),
            overview,
        }
    }

    /// The same, with the file that says that the limit is so low.
    fn said_by(mut self, path: &str) -> Self {
        self.limit
            .push_str(&format!(" ({})", line(file_name(path))));
        self
    }

    pub(super) fn figure(&self, pick: impl Fn(&Position) -> i64) -> String {
        self.position
            .map(|position| amount(pick(position), &position.key.unit))
            .unwrap_or_default()
    }

    /// When it resets: in how long, after those words where there is a heading without them.
    pub(super) fn resets(&self, words: Words) -> String {
        let Some(end) = self.ends else {
            return String::new();
        };
        match words {
            Words::Long | Words::Short => until(end, self.overview.at),
            Words::Brief | Words::None => format!("in {}", brief(end, self.overview.at)),
        }
    }

    pub(super) fn used(&self, bar: usize) -> String {
        let Some(position) = self.position else {
            return String::new();
        };
        match (&self.used, bar) {
            (Used { percent, word }, 0) => format!("{percent:>4} {word}"),
            (Used { percent, .. }, BAR) if percent.is_empty() => "nothing allowed".to_owned(),
            (Used { percent, word }, bar) => {
                format!("{} {percent:>4} {word}", bar_of(position, bar))
            }
        }
    }

    pub(super) fn pace(&self, words: Words) -> String {
        let (Some(pace), Some(position)) = (&self.pace, self.position) else {
            return String::new();
        };
        let span = match words {
            Words::Brief => brief,
            Words::Long | Words::Short | Words::None => until,
        };
        let out = pace.runs_out.map(|out| span(out, self.overview.at));
        let capacity = i128::from(position.figures.capacity().atoms());
        let share = pace.at_end.and_then(|end| {
            let share = i128::from(end.atoms()).checked_mul(100)?;
            share.checked_add(capacity - 1)?.checked_div(capacity)
        });
        match (words, out, share) {
            (Words::None, ..) => String::new(),
            (Words::Long, Some(out), _) => format!("runs out in {out}"),
            (Words::Short | Words::Brief, Some(out), _) => format!("in {out}"),
            (Words::Long, None, Some(share)) => format!("lasts, {share}% at the end"),
            (Words::Long, None, None) => "lasts".to_owned(),
            (Words::Short | Words::Brief, None, _) => "no".to_owned(),
        }
    }

    pub(super) fn runs_out(&self) -> bool {
        self.pace.is_some_and(|pace| pace.runs_out.is_some())
    }

    pub(super) fn style<'s>(&self, styles: &'s Styles) -> &'s Style {
        match self.used.word {
            "ok" => &styles.ok,
            "near" => &styles.near,
            _ => &styles.over,
        }
    }
}

/// Whether the window runs already: a length of time begins with the first charge.
fn begun(position: &Position) -> bool {
    position.window.is_some() || !matches!(position.key.period, Period::Span { .. })
}

/// A limit with what was granted on top of it: `$5.00 +$2.00/day`.
fn limit(position: &Position) -> String {
    let (figures, unit) = (&position.figures, &position.key.unit);
    let granted = figures.granted.atoms();
    let sign = if granted < 0 { "-" } else { "+" };
    let mut text = quantity(figures.limit.atoms(), unit);
    if granted != 0 {
        text.push_str(&format!(
            " {sign}{}",
            amount(granted.saturating_abs(), unit)
        ));
    }
    if let Some((_, period)) = position.key.to_string().split_once('/') {
        text.push_str(&format!("/{period}"));
    }
    text
}

impl Used {
    fn of(position: &Position) -> Self {
        let figures = &position.figures;
        let percent = used(position);
        let word = match percent {
            _ if figures.over || figures.available().atoms() < 0 => "over",
            None => "none",
            Some(_) if figures.available().atoms() == 0 => "full",
            Some(percent) if percent >= NEAR => "near",
            Some(_) => "ok",
        };
        let percent = match percent {
            Some(percent) if percent > 999 => ">999%".to_owned(),
            Some(percent) => format!("{percent}%"),
            None => String::new(),
        };
        Self { percent, word }
    }
}

/// What was charged, whether it found room or not.
pub(super) fn spent(position: &Position) -> i64 {
    position.figures.charged()
}

/// How much of that found none.
pub(super) fn debt(position: &Position) -> i64 {
    position.figures.debt.atoms()
}

/// The same in words; nothing is said where nothing is.
pub(super) fn of_it_debt(row: &Row<'_>) -> String {
    match row.position.map(debt) {
        None | Some(0) => String::new(),
        Some(_) => row.figure(debt),
    }
}

/// What open reservations hold.
pub(super) fn reserved(position: &Position) -> i64 {
    position.figures.reserved.atoms()
}

/// What is left, which may be less than nothing.
pub(super) fn left(position: &Position) -> i64 {
    position.figures.available().atoms()
}

/// The last place of a piece in a line, in a style.
pub(super) fn paint(line: &str, piece: &str, style: &Style) -> String {
    match line.rsplit_once(piece).filter(|_| !piece.is_empty()) {
        Some((before, after)) => format!("{before}{}{after}", style.paint(piece)),
        None => line.to_owned(),
    }
}
