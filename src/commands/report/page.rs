//! What a page is made of: the same charges by time, ever coarser, and by each name.

use super::ReportArgs;
use crate::clock;
use crate::context::Context;
use crate::error::Result;
use crate::ledger::verbs::Picture;
use crate::ledger::verbs::report::{Ask, By, Key, Report};
use crate::render::report::{Page, View};

/// Units of time, the finest first.
const TIMES: [By; 5] = [By::Hour, By::Day, By::Week, By::Month, By::Year];

impl ReportArgs {
    /// What the page shows.
    pub(super) fn page(&self, cx: &mut Context) -> Result<Page> {
        let ask = self.ask(cx)?;
        let finest = TIMES.iter().find(|time| ask.by.contains(time));
        let finest = finest.unwrap_or(&By::Day).clone();
        let times = TIMES.iter().skip_while(|time| **time != finest).cloned();
        let mut names = vec![By::Model, By::Budget];
        let asked = ask.by.iter().filter(|by| by.period().is_none()).cloned();
        names.extend(asked.filter(|by| !matches!(by, By::Model | By::Budget)));
        let one = |by: By| Ask {
            by: vec![by],
            ..ask.clone()
        };
        let mut asks: Vec<Ask> = times.chain(names).map(one).collect();
        let is_combined = ask.by.len() > 1;
        asks.extend(is_combined.then(|| ask.clone()));
        let views: Vec<_> = asks.iter().map(|ask| self.view_of(ask)).collect();
        let picture = match self.name {
            None if cx.existing()?.is_none() => Picture::default(),
            _ => cx.ledger_for(false)?.picture(asks)?,
        };
        let mut reports = picture.reports.into_iter();
        let mut page = Page {
            made: (clock::sources().clock)().wall,
            times: Vec::new(),
            names: Vec::new(),
            rows: None,
            anchor: ask.anchor,
            limits: picture.limits,
        };
        for view in views {
            let report = reports.next().unwrap_or_default();
            let view = View { report, ..view };
            match view.by.as_slice() {
                [by] if by.period().is_some() => page.times.push(view),
                [by] if ask.by.contains(by) || has_names(&view.report) => page.names.push(view),
                [_] => {}
                _ => page.rows = Some(view),
            }
        }
        Ok(page)
    }
}

fn has_names(report: &Report) -> bool {
    let nameless = |key: &Key| matches!(key, Key::Name(None) | Key::Session(None));
    report.rows.iter().any(|row| !row.keys.iter().all(nameless))
}
