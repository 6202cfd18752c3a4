//! One file a verb, and the list of them. A command resolves what was typed, asks the ledger for
//! one thing, and shows the answer. Commands never use each other: what several need is in `args`,
//! `defaults`, `response` and `shared`.

mod args;
mod check;
mod commit;
pub(crate) mod completions;
mod config;
mod create;
mod defaults;
mod doctor;
pub(crate) mod events;
mod exec;
mod extend;
mod forecast;
mod grant;
pub(crate) mod help;
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

/// Every verb, in the groups and the order of the help.
pub(crate) const GROUPS: &[(&str, &[Entry])] = &[
    (
        "See what is left",
        &[
            Entry::of::<status::StatusArgs>(),
            Entry::of::<forecast::ForecastArgs>(),
            Entry::of::<remaining::RemainingArgs>(),
            Entry::of::<statusline::StatuslineArgs>(),
            Entry::of::<check::CheckArgs>(),
            Entry::of::<list::ListArgs>(),
            Entry::of::<show::ShowArgs>(),
        ],
    ),
    ("Run under a cap", &[Entry::of::<exec::ExecArgs>()]),
    (
        "Set limits",
        &[
            Entry::of::<create::CreateArgs>(),
            Entry::of::<set::SetArgs>(),
            Entry::of::<grant::GrantArgs>(),
            Entry::of::<state::FreezeArgs>(),
            Entry::of::<state::UnfreezeArgs>(),
            Entry::of::<state::CloseArgs>(),
        ],
    ),
    (
        "Script it",
        &[
            Entry::of::<reserve::ReserveArgs>(),
            Entry::of::<commit::CommitArgs>(),
            Entry::of::<release::ReleaseArgs>(),
            Entry::of::<extend::ExtendArgs>(),
            Entry::of::<spend::SpendArgs>(),
            Entry::of::<refund::RefundArgs>(),
            Entry::of::<reservations::ReservationsArgs>(),
        ],
    ),
    (
        "Look back: who spent it",
        &[
            Entry::of::<report::ReportArgs>(),
            Entry::of::<log::LogArgs>(),
            Entry::of::<import::ImportArgs>(),
            Entry::of::<reprice::RepriceArgs>(),
        ],
    ),
    (
        "Maintain",
        &[
            Entry::of::<config::ConfigArgs>(),
            Entry::of::<doctor::DoctorArgs>(),
            Entry::of::<verify::VerifyArgs>(),
            Entry::of::<prices::PricesArgs>(),
            Entry::of::<completions::CompletionsArgs>(),
            Entry::of::<man::ManArgs>(),
            Entry::of::<help::HelpArgs>(),
        ],
    ),
];

/// What shells ask. No help and no manual shows it.
const HIDDEN: &[Entry] = &[Entry::of::<completions::CompleteArgs>()];

/// Every verb that people type.
pub(crate) fn verbs() -> impl Iterator<Item = &'static Entry> {
    GROUPS.iter().flat_map(|(_, verbs)| *verbs)
}

/// The verb of this name.
pub(crate) fn verb(name: &str) -> Option<&'static Entry> {
    verbs().chain(HIDDEN).find(|verb| verb.name == name)
}
