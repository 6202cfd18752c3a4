//! The figures of the charts as tables, exact: what `--json` says, in words of people.

use crate::ledger::rules::report::{Row, Sums};
use crate::render::human::amount;

use super::escape::escape;
use super::timeline::Timeline;
use crate::render::report::View;
use crate::render::report::grid::{Detail, Figure, figures, shown};

/// How many rows are shown without being asked for.
const FEW: usize = 31;
/// How many names a table lists.
const MOST_NAMES: usize = 100;
/// How many rows of several things at once a table lists.
const MOST_ROWS: usize = 1_000;

/// The figures of each stretch in which something was charged.
pub(super) fn by_time(timeline: &Timeline<'_>) -> String {
    let title = format!("Figures by {}", timeline.by);
    folded(timeline.view, &title, usize::MAX)
}

/// The figures of each name.
pub(super) fn by_name(view: &View) -> String {
    folded(view, "All figures", MOST_NAMES)
}

/// The rows that were asked for.
pub(super) fn of_rows(view: &View) -> String {
    let by: Vec<_> = view.by.iter().map(ToString::to_string).collect();
    let title = format!("By {}", by.join(", then "));
    let table = folded(view, "Figures", MOST_ROWS);
    format!(
        "<section>\n<h2>{}</h2>\n{table}</section>\n",
        escape(&title)
    )
}

/// The sums of rows together; `None` where there is no row.
pub(super) fn others(rows: &[Row]) -> Option<Sums> {
    let (first, more) = rows.split_first()?;
    let mut sums = first.sums.clone();
    // Parts of a total that fits add up.
    more.iter().try_for_each(|row| sums.add(&row.sums)).ok()?;
    Some(sums)
}

fn folded(view: &View, title: &str, most: usize) -> String {
    let open = if view.report.rows.len() <= FEW {
        " open=\"open\""
    } else {
        ""
    };
    format!(
        "<details{open}>\n<summary>{}</summary>\n<div class=\"scroll\" tabindex=\"0\">\n{}</div>\n\
         </details>\n",
        escape(title),
        table(view, most)
    )
}

fn table(view: &View, most: usize) -> String {
    let columns = figures(view, Detail::Kinds);
    let keys = view.by.len();
    let mut head = String::new();
    for by in &view.by {
        head.push_str(&format!(
            "<th scope=\"col\">{}</th>",
            escape(&by.to_string())
        ));
    }
    for figure in &columns {
        let title = figure.title().to_lowercase();
        head.push_str(&format!(
            "<th scope=\"col\" class=\"n\">{}</th>",
            escape(&title)
        ));
    }
    let (listed, rest) = view.report.rows.split_at(view.report.rows.len().min(most));
    let mut body = String::new();
    for row in listed {
        let labels = view.by.iter().zip(&row.keys);
        let labels: String = labels
            .map(|(by, key)| label(1, &shown(view, by, key)))
            .collect();
        body.push_str(&format!(
            "<tr>{labels}{}</tr>\n",
            cells(&row.sums, &columns)
        ));
    }
    if let Some(sums) = others(rest) {
        let label = label(keys, &format!("{} others", rest.len()));
        body.push_str(&format!("<tr>{label}{}</tr>\n", cells(&sums, &columns)));
    }
    format!(
        "<table>\n<thead>\n<tr>{head}</tr>\n</thead>\n<tbody>\n{body}</tbody>\n<tfoot>\n\
         <tr>{}{}</tr>\n</tfoot>\n</table>\n",
        label(keys, "total"),
        cells(&view.report.total, &columns)
    )
}

fn label(columns: usize, text: &str) -> String {
    let span = if columns > 1 {
        format!(" colspan=\"{columns}\"")
    } else {
        String::new()
    };
    format!("<th scope=\"row\"{span}><bdi>{}</bdi></th>", escape(text))
}

fn cells(sums: &Sums, columns: &[Figure]) -> String {
    let cell = |figure: &Figure| {
        let text = amount(figure.of(sums), &figure.unit());
        format!("<td class=\"n\">{}</td>", escape(&text))
    };
    columns.iter().map(cell).collect()
}
