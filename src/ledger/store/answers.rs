//! Answers kept for keys, so that a repeated request gets the answer of the first.

use super::Tx;
use crate::ledger::error::Result;
use crate::ledger::timestamp::Timestamp;

/// After how many entries answers that are too old are looked for. A prime, so that among verbs
/// that take turns each has its turn at it.
const BETWEEN_CLEANINGS: i64 = 257;

/// An answer that was given before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remembered {
    /// SHA-256 of the canonical request.
    pub payload: [u8; 32],
    /// The answer, byte for byte.
    pub answer: String,
}

impl Tx<'_> {
    /// The answer given for a key, unless it is older than `oldest`.
    pub fn answer(
        &self,
        (verb, target, key): (&str, &str, &str),
        oldest: Timestamp,
    ) -> Result<Option<Remembered>> {
        let sql = "SELECT payload, answer FROM answer \
                   WHERE verb = ?1 AND target = ?2 AND key = ?3 AND at_us >= ?4";
        self.one(sql, (verb, target, key, oldest.as_micros()), |row| {
            Ok(Remembered {
                payload: row.get(0)?,
                answer: row.get(1)?,
            })
        })
    }

    /// Keeps an answer. Now and then it forgets those of the verb and target that are older than
    /// `oldest`: it reads all of them for that, so one in `BETWEEN_CLEANINGS` writes pays for all.
    pub fn remember(
        &self,
        (verb, target, key): (&str, &str, &str),
        answer: &Remembered,
        now: Timestamp,
        oldest: Timestamp,
    ) -> Result<()> {
        if self.last_seq()?.0 % BETWEEN_CLEANINGS == 0 {
            let sql = "DELETE FROM answer WHERE verb = ?1 AND target = ?2 AND at_us < ?3";
            self.run(sql, (verb, target, oldest.as_micros()))?;
        }
        let sql = "INSERT OR REPLACE INTO answer (verb, target, key, payload, answer, at_us) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let values = (
            verb,
            target,
            key,
            answer.payload,
            &answer.answer,
            now.as_micros(),
        );
        self.run(sql, values).map(drop)
    }

    /// Forgets the answers of a verb that name something, so that its key can be used again. For
    /// what happens rarely: it reads every answer that is kept for the target.
    pub fn forget_answers(&self, verb: &str, target: &str, naming: &str) -> Result<()> {
        let sql = "DELETE FROM answer WHERE verb = ?1 AND target = ?2 AND instr(answer, ?3) > 0";
        self.run(sql, (verb, target, naming)).map(drop)
    }
}
