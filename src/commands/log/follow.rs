//! `budget log --follow`: entries as they are written. It looks for them at a fixed interval, and
//! asks only whether anybody has written at all; it ends when nobody reads it any more.

use std::io::stdout;
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger;
use crate::ledger::verbs::{JournalOf, JournalPages};
use crate::render::log::entry_line;
use crate::render::wire;
use crate::ui::Ui;

/// How long between two looks, in milliseconds.
const INTERVAL_MS: u16 = 200;

/// Prints what is asked for until nobody reads it.
pub(super) fn follow(cx: &mut Context, mut request: JournalOf) -> Result<Exit> {
    let mut waited = false;
    while cx.existing()?.is_none() {
        if !waited {
            cx.ui.note("there is no ledger yet; waiting for it");
        }
        waited = true;
        if nobody_reads_after(INTERVAL_MS)? {
            return Ok(Exit::Done);
        }
    }
    // Everything in a ledger that was waited for is new.
    request.last = Some(request.last.unwrap_or(0)).filter(|_| !waited);
    let zone = cx.zone();
    let mut version = None;
    loop {
        let ledger = cx.ledger_for(false)?;
        ledger.expect_in_place()?;
        let now = Some(ledger.version()?);
        if now != version {
            version = now;
            match ledger.journal_pages(&request, zone) {
                Ok(mut pages) => {
                    if request.after.is_none() && !cx.ui.json {
                        cx.ui.note(&format!("times in {}", pages.zone));
                    }
                    if !print(cx, &mut pages)? {
                        return Ok(Exit::Done);
                    }
                    (request.after, request.last) = (Some(pages.last), None);
                }
                // What is asked about may be made yet.
                Err(ledger::Error::NotFound { .. }) if waited && request.after.is_none() => {}
                Err(error) => return Err(error.into()),
            }
        }
        if nobody_reads_after(INTERVAL_MS)? {
            return Ok(Exit::Done);
        }
    }
}

/// Prints what there is. Whether anybody reads on.
fn print(cx: &mut Context, pages: &mut JournalPages) -> Result<bool> {
    let width = Ui::line_width(&cx.env);
    loop {
        let page = cx.ledger_for(false)?.next_page(pages)?;
        if page.is_empty() {
            return Ok(true);
        }
        for entry in &page {
            let line = if cx.ui.json {
                wire::log_entry(entry)
            } else {
                entry_line(entry, &pages.zone, width)
            };
            if !cx.ui.line(&line)? {
                return Ok(false);
            }
        }
    }
}

/// Lets time pass, and sees at once that the reader of a pipe is gone.
fn nobody_reads_after(millis: u16) -> Result<bool> {
    let stdout = stdout();
    let mut reader = [PollFd::new(stdout.as_fd(), PollFlags::empty())];
    match poll(&mut reader, PollTimeout::from(millis)) {
        Ok(0) | Err(Errno::EINTR) => Ok(false),
        Ok(_) => Ok(true),
        Err(error) => Err(Error::new(
            Exit::Ledger,
            "output",
            format!("cannot wait: {error}"),
        )),
    }
}
