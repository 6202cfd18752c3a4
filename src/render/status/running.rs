//! Who holds what right now, in `status`.

use serde_json::Value;

use super::super::fit::{words_of, wrapped};
use super::super::human::{quantity, until};
use super::super::sanitize::line;
use super::super::style::Styles;
use super::super::table::{shortened, table_shortened, words};
use crate::ledger::reservation::Reservation;
use crate::ledger::verbs::Overview;

/// How many are shown.
const SHOWN: usize = 20;
/// To how many columns a program's name and a budget's may shrink.
const ELASTIC: [(usize, usize); 2] = [(0, 12), (1, 12)];

/// The table, or a few lines for each where it is too wide.
pub(super) fn running(overview: &Overview, styles: &Styles, width: usize) -> String {
    let open = overview.open.iter().take(SHOWN);
    let rows: Vec<_> = open.map(|found| facts(found, overview)).collect();
    let has_lease = rows.iter().any(|row| !row.lease.is_empty());
    let mut columns = vec![words("RUNNING NOW"), words("BUDGET"), words("RESERVED")];
    columns.push(words("FOR"));
    if has_lease {
        columns.push(words("LEASE"));
    }
    columns.push(words("ID"));
    let cells = |row: &Facts| {
        let lease = has_lease.then(|| row.lease.clone());
        let cells = [&row.what, &row.budgets, &row.reserved, &row.since].map(Clone::clone);
        let cells = cells.into_iter().chain(lease);
        cells.chain([row.id.clone()]).collect::<Vec<_>>()
    };
    let cells: Vec<_> = rows.iter().map(cells).collect();
    let mut view = match table_shortened(&columns, &cells, width, &ELASTIC) {
        Some(table) => match table.split_once('\n') {
            Some((heading, rows)) => format!("{}\n{rows}", styles.hint.paint(heading)),
            None => table,
        },
        None => cards(&rows, width),
    };
    let more = overview.open.len().saturating_sub(SHOWN);
    if more > 0 {
        let text = format!("and {more} more: see `budget reservations`");
        view.push('\n');
        view.push_str(&wrapped(&words_of(&text), width, 0));
    }
    view
}

struct Facts {
    what: String,
    budgets: String,
    reserved: String,
    since: String,
    lease: String,
    id: String,
}

fn facts(found: &Reservation, overview: &Overview) -> Facts {
    let stakes = found.stakes.iter().filter(|s| !s.reserved.is_zero());
    let mut stakes: Vec<_> = stakes.collect();
    // The call and the slot that each one takes say nothing of this one.
    if stakes.iter().any(|stake| !stake.unit.is_implicit()) {
        stakes.retain(|stake| !stake.unit.is_implicit());
    }
    stakes.sort_by_key(|stake| &stake.unit);
    let reserved = stakes.iter().map(|s| quantity(s.reserved.atoms(), &s.unit));
    let lease = until(found.lease.expires, overview.at);
    Facts {
        what: who(found, overview),
        budgets: found.names.to_string(),
        reserved: reserved.collect::<Vec<_>>().join(", "),
        since: until(overview.at, found.created),
        // An owner keeps the lease alive for as long as it lives.
        lease: if found.owner.is_some() {
            String::new()
        } else {
            format!("{lease} left")
        },
        id: found.id.short(),
    }
}

/// The program of a run; of a reservation made by hand the action that it is for.
pub(super) fn who(found: &Reservation, overview: &Overview) -> String {
    let program = found.owner.and_then(|run| overview.programs.get(&run));
    let detail: Value = serde_json::from_str(&found.detail).unwrap_or_default();
    let action = detail.get("action").and_then(Value::as_str);
    let who = program.map(String::as_str).or(action).unwrap_or("reserve");
    line(who).into_owned()
}

fn cards(rows: &[Facts], width: usize) -> String {
    let mut lines = vec!["RUNNING NOW".to_owned()];
    for row in rows {
        let room = width.saturating_sub(2);
        lines.push(format!("  {}", shortened(&row.what, room)));
        let room = width.saturating_sub(7);
        let mut facts = vec![format!("on {}", shortened(&row.budgets, room))];
        if !row.reserved.is_empty() {
            let amounts = row.reserved.split(", ").map(str::to_owned);
            facts.extend(amounts.map(|amount| format!("{amount} reserved")));
        }
        facts.push(format!("for {}", row.since));
        if !row.lease.is_empty() {
            facts.push(format!("lease {}", row.lease));
        }
        let mut facts: Vec<_> = facts.iter().map(|fact| format!("{fact},")).collect();
        facts.push(row.id.clone());
        lines.push(wrapped(&facts, width, 4));
    }
    lines.join("\n")
}
