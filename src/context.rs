//! What a command is given: how to talk, what the environment says, and the ledger, which is
//! opened when it is first asked for.

use std::path::PathBuf;
use std::time::Duration;

use crate::clock;
use crate::env::Env;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger::Ledger;
use crate::ledger::calendar::Zone;
use crate::ledger::duration::Pause;
use crate::ledger::id::Id;
use crate::ui::{ColorChoice, Ui};

/// Options that every command takes.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct GlobalArgs {
    /// The ledger file [default: $BUDGET_LEDGER, else ledger.db in the data directory]
    #[arg(
        long,
        value_name = "PATH",
        global = true,
        help_heading = "Global options"
    )]
    pub(crate) ledger: Option<PathBuf>,
    /// How long to wait for other processes that write [default: 10s]
    #[arg(
        long,
        value_name = "DURATION",
        default_value = "10s",
        global = true,
        hide_default_value = true,
        help_heading = "Global options"
    )]
    pub(crate) wait_lock: Pause,
    /// When to use colour
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        default_value = "auto",
        global = true,
        hide_default_value = true,
        hide_possible_values = true,
        help_heading = "Global options"
    )]
    pub(crate) color: ColorChoice,
    /// Say nothing but results and errors
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
    /// Say more
    #[arg(
        short,
        long,
        global = true,
        conflicts_with = "quiet",
        help_heading = "Global options"
    )]
    pub(crate) verbose: bool,
}

/// What a command works with.
pub(crate) struct Context {
    /// How to talk.
    pub(crate) ui: Ui,
    /// What the environment says.
    pub(crate) env: Env,
    globals: GlobalArgs,
    ledger: Option<Ledger>,
}

impl Context {
    /// The context of one command.
    pub(crate) fn new(globals: GlobalArgs, env: Env) -> Self {
        let ui = Ui::new(globals.color, globals.quiet, globals.verbose, &env);
        Self {
            ui,
            env,
            globals,
            ledger: None,
        }
    }

    /// The ledger file that is meant.
    pub(crate) fn path(&self) -> Result<PathBuf> {
        if let Some(path) = self.globals.ledger.as_ref().or(self.env.ledger.as_ref()) {
            return std::path::absolute(path).map_err(|_| {
                Error::usage("--ledger is empty").hint("give the path of a ledger file")
            });
        }
        let place = directories::ProjectDirs::from("", "", "budget").filter(|_| self.env.has_home);
        let place = place.ok_or_else(|| {
            Error::new(
                Exit::Config,
                "no_home",
                "there is no home directory to keep a ledger in",
            )
            .hint("set BUDGET_LEDGER to the path of a file, or HOME")
        })?;
        Ok(place.data_dir().join("ledger.db"))
    }

    /// What says which file it is.
    pub(crate) fn path_is_by(&self) -> &'static str {
        match (&self.globals.ledger, &self.env.ledger) {
            (Some(_), _) => "--ledger",
            (None, Some(_)) => "$BUDGET_LEDGER",
            (None, None) => "default",
        }
    }

    /// The ledger, where there is one.
    pub(crate) fn existing(&mut self) -> Result<Option<&mut Ledger>> {
        if self.ledger.is_none() {
            self.ledger = Ledger::open(&self.path()?, self.wait(), clock::sources())?;
        }
        Ok(self.ledger.as_mut())
    }

    /// The ledger of a path, else the one that is meant, where there is one and nobody is in the
    /// way.
    pub(crate) fn open_at_once(&self, named: Option<PathBuf>) -> Result<Option<Ledger>> {
        let path = named.map_or_else(|| self.path(), Ok)?;
        Ok(Ledger::open(&path, Duration::ZERO, clock::sources())?)
    }

    /// The ledger, which is made where there is none.
    pub(crate) fn ledger(&mut self) -> Result<&mut Ledger> {
        let ledger = match self.ledger.take() {
            Some(open) => open,
            None => Ledger::open_or_create(&self.path()?, self.wait(), clock::sources())?,
        };
        Ok(self.ledger.insert(ledger))
    }

    /// The ledger for a command that needs what is in it; made only where it may add to it.
    pub(crate) fn ledger_for(&mut self, adds: bool) -> Result<&mut Ledger> {
        if adds {
            return self.ledger();
        }
        let path = self.path()?;
        self.existing()?.ok_or_else(|| {
            let message = format!("there is no ledger yet at {}", path.display());
            Error::new(Exit::NotFound, "not_found", message)
                .hint("`budget create NAME --limit 20usd/day` makes it")
        })
    }

    /// The zone of a budget made now: that of `TZ`, else the system's, else UTC.
    pub(crate) fn zone(&self) -> Zone {
        self.zone_and_source().0
    }

    /// The same, with what says so; `None` where nothing does.
    pub(crate) fn zone_and_source(&self) -> (Zone, Option<&'static str>) {
        if let Some(named) = self.env.zone.as_ref().and_then(|name| name.parse().ok()) {
            return (named, Some("$TZ"));
        }
        let system = iana_time_zone::get_timezone().ok();
        match system.and_then(|name| name.parse().ok()) {
            Some(zone) => (zone, Some("the system")),
            None => (Zone::utc(), None),
        }
    }

    /// The run this process is part of: its reservation and its session.
    pub(crate) fn parent(&self) -> (Option<Id>, Option<Id>) {
        let id = |text: &Option<String>| text.as_ref().and_then(|text| text.parse().ok());
        (id(&self.env.reservation), id(&self.env.session))
    }

    fn wait(&self) -> Duration {
        Duration::from_millis(self.globals.wait_lock.millis().unsigned_abs())
    }

    /// Ends without closing the ledger: a process that is about to end anyway saves itself the
    /// work, and nothing depends on it.
    pub(crate) fn abandon(self) {
        std::mem::forget(self.ledger);
    }
}
