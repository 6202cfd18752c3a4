//! How verbs answer, and how a repeated request gets the answer of the first.

use sha2::{Digest, Sha256};

use super::denial::Denial;
use super::scene::Scene;
use crate::ledger::error::{Error, Result};
use crate::ledger::store::Remembered;
use crate::ledger::timestamp::Timestamp;

/// How long an answer is given again: 30 days, in microseconds.
const KEPT_US: i64 = 30 * 24 * 3_600_000_000;

/// The answer of a verb that can be denied or repeated.
#[derive(Debug, Clone)]
pub enum Outcome<T> {
    /// It is done.
    Done(T),
    /// It was done before with this key; this is what was answered then.
    Replayed(String),
    /// No: there is no room, and nothing moved.
    Denied(Box<Denial>),
}

/// The key of a request, if it has one, and how its answer is written down.
pub struct Keyed<'a, T> {
    /// The caller's key, at most 256 bytes.
    pub key: Option<&'a str>,
    /// The answer as it will be given again.
    pub write: &'a dyn Fn(&T) -> String,
}

impl Scene<'_> {
    /// Does the work, unless the same request was answered before. `payload` is the request with
    /// its defaults in canonical text; `target` what the key is scoped to beside the verb.
    pub(super) fn keyed<T>(
        &self,
        (verb, target): (&'static str, &str),
        payload: &str,
        keyed: &Keyed<'_, T>,
        work: impl FnOnce() -> Result<Outcome<T>>,
    ) -> Result<Outcome<T>> {
        let Some(key) = keyed.key else { return work() };
        if let Some(replayed) = self.replayed((verb, target), payload, key)? {
            return Ok(Outcome::Replayed(replayed));
        }
        let outcome = work()?;
        if let Outcome::Done(done) = &outcome {
            let answer = Remembered {
                payload: digest(payload),
                answer: (keyed.write)(done),
            };
            let (now, oldest) = (self.now.wall, self.oldest_answer());
            self.tx
                .remember((verb, target, key), &answer, now, oldest)?;
        }
        Ok(outcome)
    }

    /// Answers from before are given no more.
    fn oldest_answer(&self) -> Timestamp {
        Timestamp::from_micros(self.now.wall.as_micros().saturating_sub(KEPT_US))
    }

    /// The answer given for a key, if this is the same request.
    pub(super) fn replayed(
        &self,
        (verb, target): (&'static str, &str),
        payload: &str,
        key: &str,
    ) -> Result<Option<String>> {
        let slot = (verb, target, key);
        match self.tx.answer(slot, self.oldest_answer())? {
            Some(earlier) if earlier.payload == digest(payload) => Ok(Some(earlier.answer)),
            Some(_) => Err(Error::KeyReused {
                key: key.to_owned(),
                verb,
            }),
            None => Ok(None),
        }
    }
}

/// Items as sorted text, so that the order they were typed in makes no difference.
pub(super) fn sorted<T: ToString>(items: &[T]) -> Vec<String> {
    let mut texts: Vec<_> = items.iter().map(ToString::to_string).collect();
    texts.sort();
    texts
}

fn digest(payload: &str) -> [u8; 32] {
    Sha256::digest(payload.as_bytes()).into()
}
