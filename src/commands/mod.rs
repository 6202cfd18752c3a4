//! One file a verb, and the list of them. A command resolves what was typed, asks the ledger for
//! one thing, and shows the answer. Commands never use each other: what several need is in `args`,
//! `defaults`, `response` and `shared`.

mod args;
mod check;
mod commit;
mod completions;
mod config;
mod create;
mod defaults;
mod doctor;
mod exec;
mod extend;
mod grant;
mod import;
mod list;
mod log;
mod man;
mod prices;
mod refund;
mod release;
mod remaining;
mod report;
mod reprice;
mod reservations;
mod reserve;
mod response;
mod set;
mod shared;
mod show;
mod spend;
mod state;
mod status;
mod statusline;
mod usage_record;
mod verify;

use crate::cli::Entry;

/// Every verb, in the order of the help.
pub(crate) const VERBS: &[Entry] = &[
    Entry::of::<status::StatusArgs>(),
    Entry::of::<statusline::StatuslineArgs>(),
    Entry::of::<report::ReportArgs>(),
    Entry::of::<exec::ExecArgs>(),
    Entry::of::<create::CreateArgs>(),
    Entry::of::<set::SetArgs>(),
    Entry::of::<grant::GrantArgs>(),
    Entry::of::<state::FreezeArgs>(),
    Entry::of::<state::UnfreezeArgs>(),
    Entry::of::<state::CloseArgs>(),
    Entry::of::<list::ListArgs>(),
    Entry::of::<show::ShowArgs>(),
    Entry::of::<check::CheckArgs>(),
    Entry::of::<remaining::RemainingArgs>(),
    Entry::of::<reserve::ReserveArgs>(),
    Entry::of::<commit::CommitArgs>(),
    Entry::of::<release::ReleaseArgs>(),
    Entry::of::<extend::ExtendArgs>(),
    Entry::of::<spend::SpendArgs>(),
    Entry::of::<refund::RefundArgs>(),
    Entry::of::<reservations::ReservationsArgs>(),
    Entry::of::<log::LogArgs>(),
    Entry::of::<import::ImportArgs>(),
    Entry::of::<prices::PricesArgs>(),
    Entry::of::<reprice::RepriceArgs>(),
    Entry::of::<config::ConfigArgs>(),
    Entry::of::<verify::VerifyArgs>(),
    Entry::of::<doctor::DoctorArgs>(),
    Entry::of::<completions::CompletionsArgs>(),
    Entry::of::<man::ManArgs>(),
];
