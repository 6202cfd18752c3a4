//! The view again and again. On a terminal each takes the place of the one before, on a screen of
//! its own that is gone at the end, however that comes; elsewhere one follows the other.

use std::io::{IsTerminal, stdout};
use std::os::fd::AsFd;
use std::time::Duration;

use super::Asked;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger::duration::Span;
use crate::render::table::shortened;
use crate::supervise::{Ending, Event, Signals, die_as};
use crate::ui::Ui;

/// A screen of its own, without a cursor, on which long lines are cut off.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[?7l";
/// And back.
const LEAVE: &str = "\x1b[?7h\x1b[?25h\x1b[?1049l";
/// What goes around a frame: all of it appears at once where the terminal knows how.
const FRAME: (&str, &str) = ("\x1b[?2026h\x1b[H", "\x1b[J\x1b[?2026l");
/// What goes before each line of a frame: what was there is gone. Behind it, it would take the last
/// character of a line that fills its row.
const ERASE: &str = "\x1b[2K";

/// Shows the view every so often until a signal asks for the end, or nobody reads on.
pub(super) fn watch(every: Duration, asked: &Asked, cx: &mut Context) -> Result<Exit> {
    let in_place = !cx.ui.json && !cx.env.dumb_terminal && stdout().is_terminal();
    // What arrives from here on waits until the terminal is as it was.
    let signals = Signals::hold();
    let ended = if in_place {
        cx.ui.draw(ENTER)?;
        let ended = redraw(every, asked, &signals, cx);
        // A terminal that is gone needs none of it.
        let _may_fail = cx.ui.draw(LEAVE);
        ended?
    } else {
        follow(every, asked, &signals, cx)?
    };
    let code = ended.map_or(0, |signal| die_as(Ending::Signaled(signal)));
    Ok(match u8::try_from(code) {
        Ok(0) | Err(_) => Exit::Done,
        Ok(code) => Exit::Child(code),
    })
}

/// One view after another, with an empty line between them; JSON in a line each.
fn follow(
    every: Duration,
    asked: &Asked,
    signals: &Signals,
    cx: &mut Context,
) -> Result<Option<i32>> {
    let mut is_first = true;
    loop {
        if let Some(view) = latest(asked, cx, Ui::width(&cx.env))? {
            if !is_first && !cx.ui.json {
                cx.ui.out("\n")?;
            }
            cx.ui.out(&view)?;
            is_first = false;
        }
        match wait(signals, every)? {
            Event::End(signal) => return Ok(Some(signal)),
            Event::Gone => return Ok(None),
            Event::Stop => signals.stop(),
            Event::Elapsed | Event::Resized => {}
        }
    }
}

/// Each view in the place of the one before.
fn redraw(
    every: Duration,
    asked: &Asked,
    signals: &Signals,
    cx: &mut Context,
) -> Result<Option<i32>> {
    let (mut view, mut drawn) = (String::new(), String::new());
    loop {
        let (columns, rows) = Ui::screen().unwrap_or((Ui::width(&cx.env), 24));
        let mut footer = format!("every {}; Ctrl-C ends", spelled(every));
        match latest(asked, cx, columns)? {
            Some(latest) => view = latest,
            None => "the ledger is locked; trying again".clone_into(&mut footer),
        }
        // With a column left free: what is below it is erased behind it.
        let footer = shortened(&footer, columns.saturating_sub(1));
        let footer = cx.ui.styles.hint.paint(&footer);
        let frame = frame(&view, &footer, rows);
        if frame != drawn {
            cx.ui.draw(&frame)?;
            drawn = frame;
        }
        match wait(signals, every)? {
            Event::End(signal) => return Ok(Some(signal)),
            Event::Gone => return Ok(None),
            Event::Stop => {
                cx.ui.draw(LEAVE)?;
                signals.stop();
                cx.ui.draw(ENTER)?;
                drawn.clear();
            }
            Event::Resized => drawn.clear(),
            Event::Elapsed => {}
        }
    }
}

/// The view as it is now; `None` where the ledger is locked for a moment.
fn latest(asked: &Asked, cx: &mut Context, width: usize) -> Result<Option<String>> {
    let in_place = match cx.existing() {
        Ok(Some(ledger)) => ledger.expect_in_place().map_err(Error::from),
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    match in_place.and_then(|()| super::view(asked, cx, width)) {
        Ok(view) => Ok(Some(view)),
        Err(error) if error.code == "locked" => Ok(None),
        Err(error) => Err(error),
    }
}

fn wait(signals: &Signals, every: Duration) -> Result<Event> {
    signals
        .wait(every, stdout().as_fd())
        .map_err(|error| Error::new(Exit::Bug, "wait", format!("cannot wait: {error}")))
}

/// What replaces the frame before: as many lines as there are, and below them the last one.
fn frame(view: &str, footer: &str, rows: usize) -> String {
    let lines: Vec<_> = view.lines().collect();
    // An empty line and the last one.
    let room = rows.saturating_sub(2).max(1);
    let mut shown: Vec<_> = lines.iter().map(|line| (*line).to_owned()).collect();
    if shown.len() > room {
        shown.truncate(room.saturating_sub(1));
        let more = lines.len().saturating_sub(shown.len());
        shown.push(format!("… and {more} more lines"));
    }
    shown.push(String::new());
    shown.push(footer.to_owned());
    let (begin, end) = FRAME;
    let shown = shown.iter().map(|line| format!("{ERASE}{line}"));
    format!("{begin}{}{end}", shown.collect::<Vec<_>>().join("\r\n"))
}

fn spelled(every: Duration) -> String {
    let millis = i64::try_from(every.as_millis()).unwrap_or(i64::MAX);
    Span::from_millis(millis).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_fits_its_screen() {
        let lines = |count: usize| vec!["line"; count].join("\n");
        let shown = |view: &str, rows| frame(view, "end", rows).matches(ERASE).count();
        assert_eq!(shown(&lines(3), 24), 5);
        assert_eq!(shown(&lines(22), 24), 24);
        assert_eq!(shown(&lines(1_000), 24), 24);
        assert!(frame(&lines(1_000), "end", 24).contains("… and 979 more lines"));
        assert!(frame(&lines(3), "end", 24).contains(&format!("{ERASE}line\r\n{ERASE}line")));
    }
}
