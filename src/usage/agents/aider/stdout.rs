//! Reads the lines in which aider says what a message cost: `Tokens: 12k sent, 567 received. Cost:
//! $0.02 message, $0.15 session.` Owns what such figures were before they were rounded; refuses to
//! take them for exact.

use crate::usage::sessions::GUESSED;
use crate::usage::wire::{read_cost, read_count};
use crate::usage::{Cost, Meter, ModelUsage, Reading, Report, Source, Tokens};

const ROUNDED: &str = "the agent rounds its figures";
const NO_COST: &str = "the agent knows no price of its model, and rounds its figures";
pub(super) const MALFORMED: &str = "the agent's figures are malformed";
/// The longest line that is read, in bytes.
const MAX_LINE: usize = 4096;

/// What the figures are bounds of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Bounds {
    /// Nothing: they are a guess where answers are streamed.
    #[default]
    Neither,
    /// The least: it counts no requests for the texts of commits.
    Least,
    /// The least and the most.
    Both,
}

/// The meter.
#[derive(Debug, Default)]
pub(super) struct Lines {
    bounds: Bounds,
    line: Vec<u8>,
    /// Tokens at the least and at the most, of all messages.
    tokens: Option<(Tokens, Tokens)>,
    /// The session's cost at the least and at the most, as told last.
    cost: Option<(Cost, Cost)>,
    /// A message without a cost, whose model has no price.
    unpriced: bool,
    broken: bool,
}

impl Meter for Lines {
    fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if *byte == b'\n' {
                self.end_line();
            } else if self.line.len() < MAX_LINE {
                self.line.push(*byte);
            }
        }
    }

    fn finish(mut self: Box<Self>) -> Reading {
        self.end_line();
        let Some((least, most)) = self.tokens else {
            return if self.broken {
                Reading::unknown(MALFORMED, None)
            } else {
                Reading::Silent
            };
        };
        if self.bounds == Bounds::Neither {
            return Reading::unknown(GUESSED, None);
        }
        let priced = self.cost.filter(|_| !self.unpriced);
        let at_least = report(least, self.cost.map(|(cost, _)| cost));
        let at_most = report(most, priced.map(|(_, cost)| cost));
        let (reason, at_most) = match priced {
            _ if self.broken => (MALFORMED, None),
            None => (NO_COST, Some(at_most)),
            Some(_) => (ROUNDED, Some(at_most)),
        };
        Reading::Unknown {
            reason: reason.to_owned(),
            at_least: Some(Box::new(at_least)),
            at_most: at_most
                .filter(|_| self.bounds == Bounds::Both)
                .map(Box::new),
        }
    }
}

fn report(tokens: Tokens, cost: Option<Cost>) -> Report {
    let mut report = Report::new(Source::new("aider"));
    report.cost = cost;
    report.models.push(ModelUsage {
        tokens: Some(tokens),
        cost,
        ..ModelUsage::default()
    });
    report
}

impl Lines {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            ..Self::default()
        }
    }

    fn end_line(&mut self) {
        let line = std::mem::take(&mut self.line);
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        // The cost has a line of its own where there is much to say of tokens.
        let (tokens, cost) = match (text.strip_prefix("Tokens: "), text.split_once("Cost: ")) {
            (Some(_), Some((tokens, cost))) => (Some(tokens), Some(cost)),
            (Some(_), None) => (Some(text), None),
            (None, Some(("", cost))) if self.unpriced => (None, Some(cost)),
            _ => return,
        };
        let understood = tokens.is_none_or(|tokens| self.add_tokens(tokens).is_some());
        self.unpriced |= tokens.is_some() && cost.is_none();
        if let Some(cost) = cost {
            match session_cost(cost) {
                Some(bounds) => (self.cost, self.unpriced) = (Some(bounds), false),
                None => self.broken = true,
            }
        }
        self.broken |= !understood;
    }

    fn add_tokens(&mut self, text: &str) -> Option<()> {
        let text = text.strip_prefix("Tokens: ")?.trim().trim_end_matches('.');
        let (mut least, mut most) = (Tokens::default(), Tokens::default());
        for item in text.split(", ") {
            let (count, kind) = item.split_once(' ')?;
            let (low, high) = rounded(count)?;
            // Whether what was sent contains what was cached is not told.
            match kind {
                "sent" => (least.input, most.input) = (low, high),
                "received" => (least.output, most.output) = (low, high),
                "cache write" => most.cache_write_5m = high,
                "cache hit" => most.cache_read = high,
                _ => return None,
            }
        }
        let (low, high) = self.tokens.unwrap_or_default();
        let low = low.checked_add(&least).ok()?;
        self.tokens = Some((low, high.checked_add(&most).ok()?));
        Some(())
    }
}

/// What a count was before it was rounded: `567`, `1.2k`, `12k`.
fn rounded(text: &str) -> Option<(u64, u64)> {
    let count = |text: &str| read_count(text, "tokens").ok();
    let Some(thousands) = text.strip_suffix('k') else {
        return count(text).map(|exact| (exact, exact));
    };
    let (whole, half) = match thousands.split_once('.') {
        Some((whole, tenth)) if tenth.len() == 1 => {
            let whole = count(whole)?.checked_mul(1000)?;
            (whole.checked_add(count(tenth)?.checked_mul(100)?)?, 50)
        }
        Some(_) => return None,
        None => (count(thousands)?.checked_mul(1000)?, 500),
    };
    Some((whole.saturating_sub(half), whole.checked_add(half)?))
}

/// The bounds of the session's cost: `$0.02 message, $0.15 session.`
fn session_cost(text: &str) -> Option<(Cost, Cost)> {
    let (_, session) = text.split_once(" message, $")?;
    let shown = session.split_once(" session")?.0;
    let decimals = shown.split_once('.').map_or(0, |(_, digits)| digits.len());
    let half = format!("0.{}5", "0".repeat(decimals));
    let cost = |text: &str| read_cost(text, "cost").ok();
    let (shown, half) = (cost(shown)?, cost(&half)?);
    Some((shown.saturating_sub(half), shown.checked_add(half)?))
}
