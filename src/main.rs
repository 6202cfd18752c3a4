//! Arguments in, exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    budget_ledger::run(std::env::args_os().collect())
}
