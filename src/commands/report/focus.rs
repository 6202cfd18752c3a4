//! Every charge in the columns of FOCUS, printed as it is read.

use super::ReportArgs;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::ledger::verbs::report::Span;
use crate::render::report::Focus;

/// How much is printed at once, in bytes.
const CHUNK: usize = 1 << 16;

impl ReportArgs {
    /// Prints every charge.
    pub(super) fn focus(&self, cx: &mut Context) -> Result<()> {
        if !self.by.is_empty() {
            let message = "--by has no part in --format focus, which has rows for every charge";
            return Err(Error::usage(message).hint("leave --by out; --csv takes it"));
        }
        let ask = self.ask(cx)?;
        let span = Span::new(ask.within, ask.since, ask.until);
        let ui = cx.ui.clone();
        let mut text = Focus::head();
        if self.name.is_some() || cx.existing()?.is_some() {
            let ledger = cx.ledger_for(false)?;
            let account = ledger.id()?.to_string();
            let mut rows = Focus::new(ask.zone, ask.anchor, account);
            let mut printed = Ok(());
            ledger.each_item(&span, |names, charge, origin| {
                text.push_str(&rows.rows(names, charge, origin));
                if text.len() >= CHUNK && printed.is_ok() {
                    printed = ui.out(&text);
                    text.clear();
                }
            })?;
            printed?;
        }
        ui.out(&text)
    }
}
