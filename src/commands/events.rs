//! Telling of what a command noticed, once its answer is given: warnings on stderr, and everything
//! to the program that the user's own configuration names. None of it can fail a command.

use std::time::{Duration, Instant};

use crate::context::Context;
use crate::env;
use crate::ledger::verbs::{Notice, Noticed};
use crate::render::{notice::message, wire};
use crate::supervise::{self, Hook, Told};

/// How long the program may take for all events of a command: what was answered, like a
/// reservation, goes on meanwhile.
const LONGEST: Duration = Duration::from_secs(5);
/// How many events of one command it is told of. The rest is in the journal.
const AT_MOST: usize = 16;

/// Tells of everything that was noticed since this was done last.
pub(crate) fn tell(cx: &mut Context) {
    let notices = cx.take_notices();
    if notices.is_empty() {
        return;
    }
    if !cx.ui.verbose {
        let overruns = notices
            .iter()
            .filter_map(|notice| overdrawing(notice, &notices));
        overruns.for_each(|told| cx.ui.note(&told));
    }
    for notice in &notices {
        match notice.what {
            Noticed::Threshold { .. } => cx.ui.warn(&message(notice)),
            // It is what the command itself answers, or warns of.
            Noticed::Denied(_) | Noticed::Unknown(_) => {}
            Noticed::Exhausted(_) | Noticed::Expired(_) | Noticed::Overrun(_) => {
                cx.ui.detail(&message(notice));
            }
        }
    }
    // What such a program does itself is nothing that it has to be told of.
    if cx.env.event.is_none() {
        hand_on(cx, &notices);
    }
}

/// What is said of a reservation that cost more than it held, where that used up more than there was
/// of a limit: nobody would know from an answer that only says what was charged.
fn overdrawing(overrun: &Notice, notices: &[Notice]) -> Option<String> {
    let Noticed::Overrun(_) = overrun.what else {
        return None;
    };
    let is_past = |notice: &&Notice| match &notice.what {
        Noticed::Exhausted(limit) => {
            let figures = &limit.position.figures;
            notice.reservation == overrun.reservation
                && (figures.over || figures.available().atoms() < 0)
        }
        _ => false,
    };
    let past = notices.iter().find(is_past)?;
    let (Noticed::Exhausted(limit), overran) = (&past.what, message(overrun)) else {
        return None;
    };
    let is_warned_of = |notice: &Notice| match &notice.what {
        Noticed::Threshold { limit: warned, .. } => warned.position.limit == limit.position.limit,
        _ => false,
    };
    if notices.iter().any(is_warned_of) {
        return Some(overran);
    }
    Some(format!("{overran}; {}", message(past)))
}

fn hand_on(cx: &Context, notices: &[Notice]) {
    let words = match cx.on_event() {
        Ok(Some(words)) => words,
        Ok(None) => return,
        Err(error) => return cx.ui.detail(&format!("on_event: {}", error.message)),
    };
    let began = Instant::now();
    for notice in notices.iter().take(AT_MOST) {
        let left = LONGEST.saturating_sub(began.elapsed());
        if let Err(trouble) = hand(cx, words, notice, left) {
            let program = words.first().map(String::as_str).unwrap_or_default();
            cx.ui.detail(&format!("on_event: {program}: {trouble}"));
            if trouble == TOO_SLOW {
                return;
            }
        }
    }
}

const TOO_SLOW: &str = "it took more than 5s in all and was killed";

fn hand(cx: &Context, words: &[String], notice: &Notice, longest: Duration) -> Result<(), String> {
    let ledger = cx.path().map_err(|error| error.message)?;
    let hook = Hook {
        words,
        input: &format!("{}\n", wire::event(notice)),
        env: vec![
            (env::EVENT, notice.what.name().into()),
            (env::LEDGER, ledger.into()),
        ],
        // What it spends is nothing of the run's.
        unset: &[env::RESERVATION, env::SESSION],
        is_shown: cx.ui.verbose,
        longest,
    };
    match supervise::tell(&hook) {
        Ok(Told::Ended(status)) if status.success() => Ok(()),
        Ok(Told::Ended(status)) => Err(status.to_string()),
        Ok(Told::TooSlow) => Err(TOO_SLOW.to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
