//! A ledger of an older schema, as those see it who only read: what later schemas added is laid
//! over it, empty, where nobody but this connection sees it. Changes no file; whoever writes brings
//! the ledger to the newest schema first.

use rusqlite::Connection;

/// What a schema added, as an older ledger has it.
struct Addition {
    /// The schema that has it.
    schema: i64,
    lay: &'static str,
    lift: &'static str,
}

const ADDITIONS: [Addition; 2] = [
    Addition {
        schema: 2,
        lay: "CREATE TEMP TABLE booked (key BLOB PRIMARY KEY, entry INTEGER, figures TEXT)",
        lift: "DROP TABLE temp.booked",
    },
    Addition {
        schema: 3,
        lay: "CREATE TEMP VIEW limit_window AS SELECT *, 0 AS warned FROM main.limit_window",
        lift: "DROP VIEW temp.limit_window",
    },
];

/// Lays over a ledger of this schema what it lacks. Not inside of a transaction.
pub(super) fn lay_over(conn: &Connection, schema: i64) -> rusqlite::Result<()> {
    let mut lacking = lacking(schema).peekable();
    if lacking.peek().is_some() {
        conn.execute_batch("PRAGMA temp_store = MEMORY")?;
    }
    lacking.try_for_each(|addition| conn.execute_batch(addition.lay))
}

/// Takes away what was laid over a ledger of this schema. Not inside of a transaction.
pub(super) fn lift(conn: &Connection, schema: i64) -> rusqlite::Result<()> {
    lacking(schema).try_for_each(|addition| conn.execute_batch(addition.lift))
}

fn lacking(schema: i64) -> impl Iterator<Item = &'static Addition> {
    ADDITIONS
        .iter()
        .filter(move |addition| addition.schema > schema)
}
