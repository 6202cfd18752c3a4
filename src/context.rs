//! What a command is given: how to talk, what the environment says, and the ledger, which is
//! opened when it is first asked for.

use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::clock;
use crate::config::{Config, Origin, Owner, Project, User, Whose};
use crate::env::{self, Env};
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger::Ledger;
use crate::ledger::calendar::Zone;
use crate::ledger::duration::Pause;
use crate::ledger::id::Id;
use crate::ledger::verbs::Notice;
use crate::ui::{ColorChoice, Ui};

/// How long to wait for others that write, where nobody says.
const WAIT_LOCK: Duration = Duration::from_secs(10);

/// Options that every command takes.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct GlobalArgs {
    /// The ledger file, or the name that the configuration gives it [default: $BUDGET_LEDGER, else
    /// the configuration's, else ledger.db in the data directory]
    #[arg(
        long,
        value_name = "PATH|NAME",
        global = true,
        help_heading = "Global options"
    )]
    pub(crate) ledger: Option<PathBuf>,
    /// How long to wait for other processes that write [default: 10s]
    #[arg(
        long,
        value_name = "DURATION",
        global = true,
        help_heading = "Global options"
    )]
    pub(crate) wait_lock: Option<Pause>,
    /// When to use colour
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        global = true,
        hide_possible_values = true,
        help_heading = "Global options"
    )]
    pub(crate) color: Option<ColorChoice>,
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

/// What a fault of a file of settings does to a command that can do without what it would say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnFault {
    /// It ends: what a file was to say may have been a limit.
    End,
    /// It warns and goes on: what happened already is recorded.
    Warn,
    /// It goes on: faults are what it shows.
    Show,
}

/// What a command works with.
pub(crate) struct Context {
    /// How to talk.
    pub(crate) ui: Ui,
    /// What it makes of faults of files of settings.
    pub(crate) on_fault: OnFault,
    /// What the environment says.
    pub(crate) env: Env,
    globals: GlobalArgs,
    config: Config,
    /// Whether the fault of the user's file was told.
    is_told: Cell<bool>,
    ledger: Option<Ledger>,
}

impl Context {
    /// The context of one command.
    pub(crate) fn new(globals: GlobalArgs, env: Env) -> Self {
        let config = Config::default();
        let mut ui = Ui::new(
            globals.color.unwrap_or_default(),
            globals.quiet,
            globals.verbose,
            &env,
        );
        // Asked only where a terminal alone is why there is colour. What is wrong with the file is
        // said by whoever needs it.
        let is_default = globals.color.is_none() && !env.force_color && ui.is_coloured();
        let refused = |user: &User| {
            let color = user.color.as_ref();
            color.is_some_and(|is_shown| !is_shown.value)
        };
        if is_default && config.user(&env).is_ok_and(refused) {
            ui.discolour();
        }
        Self {
            ui,
            on_fault: OnFault::End,
            env,
            globals,
            config,
            is_told: Cell::new(false),
            ledger: None,
        }
    }

    /// What the user's file says; read when it is first asked for.
    pub(crate) fn user(&self) -> Result<&User> {
        self.config.user(&self.env)
    }

    /// What the user's file says of a key, for those who need to know it.
    pub(crate) fn user_on(&self, key: &str) -> Result<&User> {
        if self.on_fault == OnFault::End {
            return self.user();
        }
        let (said, fault) = self.config.user_on(&self.env, key);
        if let (Ok(_), Some(fault)) = (&said, fault) {
            self.go_on(fault);
        }
        said
    }

    /// The same for those who can do without it; `None` where nobody can tell what it says.
    pub(crate) fn user_if_possible(&self, key: &str) -> Result<Option<&User>> {
        match self.user_on(key) {
            Err(fault) if self.on_fault != OnFault::End => {
                self.go_on(&fault);
                Ok(None)
            }
            said => said.map(Some),
        }
    }

    /// Goes on without what is wrong with the user's file.
    fn go_on(&self, fault: &Error) {
        if self.on_fault == OnFault::Warn && !self.is_told.replace(true) {
            self.ui
                .warn(&format!("{}; going on without it", fault.message));
        }
    }

    /// What the project's file says, where this directory is in a project; read when it is first
    /// asked for.
    pub(crate) fn project(&self) -> Result<Option<&Project>> {
        self.config.project(&self.env, |file| {
            if self.on_fault == OnFault::Show {
                return;
            }
            let owner = file.owner.map(Owner::said).unwrap_or_default();
            let path = file.path.display();
            self.ui
                .note(&format!("{path} belongs to {owner}: it is ignored"));
        })
    }

    /// The same for those who can do without it.
    pub(crate) fn project_if_possible(&self) -> Result<Option<&Project>> {
        match self.project() {
            Err(fault) if self.on_fault != OnFault::End => {
                if self.on_fault == OnFault::Warn {
                    self.ui
                        .warn(&format!("{}; its labels are left out", fault.message));
                }
                Ok(None)
            }
            said => said,
        }
    }

    /// The ledger file that is meant.
    pub(crate) fn path(&self) -> Result<PathBuf> {
        self.path_from().map(|(path, _)| path)
    }

    /// The ledger file that is meant, and who says so.
    pub(crate) fn path_from(&self) -> Result<(PathBuf, Origin)> {
        let typed = self
            .globals
            .ledger
            .as_ref()
            .map(|path| (path, Origin::Option("--ledger")));
        let set = self
            .env
            .ledger
            .as_ref()
            .map(|path| (path, Origin::Variable(env::LEDGER)));
        if let Some((path, origin)) = typed.or(set) {
            if let Some(named) = self.ledger_named(path)? {
                return Ok((named, origin));
            }
            let path = std::path::absolute(path).map_err(|_| {
                Error::usage("--ledger is empty").hint("give the path of a ledger file")
            });
            return path.map(|path| (path, origin));
        }
        if let Some(ledger) = &self.user_on("ledger").map_err(unsure)?.ledger {
            return Ok((ledger.value.clone(), ledger.origin(Whose::User)));
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
        Ok((place.data_dir().join("ledger.db"), Origin::BuiltIn))
    }

    /// The ledger that the user gave this name, if it is one: a path has a `/`, a name has none.
    fn ledger_named(&self, name: &Path) -> Result<Option<PathBuf>> {
        let Some(name) = name.to_str().filter(|name| !name.contains('/')) else {
            return Ok(None);
        };
        let named = self.user_on("ledgers").map_err(unsure)?.ledgers.get(name);
        Ok(named.map(|ledger| ledger.value.clone()))
    }

    /// What says which file it is.
    pub(crate) fn path_is_by(&self) -> &'static str {
        match (&self.globals.ledger, &self.env.ledger, self.path_from()) {
            (Some(_), ..) => "--ledger",
            (None, Some(_), _) => "$BUDGET_LEDGER",
            (None, None, Ok((_, Origin::File(..)))) => "config.toml",
            (None, None, _) => "default",
        }
    }

    /// The ledger, where there is one.
    pub(crate) fn existing(&mut self) -> Result<Option<&mut Ledger>> {
        if self.ledger.is_none() {
            self.ledger = Ledger::open(&self.path()?, self.wait()?, clock::sources())?;
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
            None => Ledger::open_or_create(&self.path()?, self.wait()?, clock::sources())?,
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

    /// The program that is told of events, and its arguments, where the user's file names one.
    pub(crate) fn on_event(&self) -> Result<Option<&[String]>> {
        let on_event = self.user_on("on_event")?.on_event.as_ref();
        Ok(on_event.map(|words| words.value.as_slice()))
    }

    /// What was noticed beside the answers of the ledger, since this was asked last.
    pub(crate) fn take_notices(&mut self) -> Vec<Notice> {
        let ledger = self.ledger.as_mut();
        ledger.map(Ledger::take_notices).unwrap_or_default()
    }

    /// Whether anything was noticed that nobody was told of yet.
    pub(crate) fn has_notices(&self) -> bool {
        self.ledger.as_ref().is_some_and(Ledger::has_notices)
    }

    /// How long to wait for others that write, and who says so.
    pub(crate) fn wait_from(&self) -> Result<(Duration, Origin)> {
        let length = |pause: Pause| Duration::from_millis(pause.millis().unsigned_abs());
        if let Some(pause) = self.globals.wait_lock {
            return Ok((length(pause), Origin::Option("--wait-lock")));
        }
        let user = self.user_if_possible("wait_lock")?;
        let set = user.and_then(|user| user.wait_lock.as_ref());
        Ok(set.map_or((WAIT_LOCK, Origin::BuiltIn), |set| {
            (length(set.value), set.origin(Whose::User))
        }))
    }

    /// When to colour, and who says so.
    pub(crate) fn color_from(&self) -> Result<(ColorChoice, Origin)> {
        if let Some(choice) = self.globals.color {
            return Ok((choice, Origin::Option("--color")));
        }
        let env = &self.env;
        let variables = [
            (env.no_color, ColorChoice::Never, "NO_COLOR"),
            (env.dumb_terminal, ColorChoice::Never, "TERM"),
            (env.force_color, ColorChoice::Always, "CLICOLOR_FORCE"),
        ];
        let set = variables.into_iter().find(|(is_set, ..)| *is_set);
        if let Some((_, choice, name)) = set {
            return Ok((choice, Origin::Variable(name)));
        }
        let set = self.user()?.color.as_ref();
        Ok(set.map_or((ColorChoice::Auto, Origin::BuiltIn), |set| {
            let choice = if set.value {
                ColorChoice::Auto
            } else {
                ColorChoice::Never
            };
            (choice, set.origin(Whose::User))
        }))
    }

    fn wait(&self) -> Result<Duration> {
        self.wait_from().map(|(wait, _)| wait)
    }

    /// Ends without closing the ledger: a process that is about to end anyway saves itself the
    /// work, and nothing depends on it.
    pub(crate) fn abandon(self) {
        std::mem::forget(self.ledger);
    }
}

/// That nobody knows which ledger is meant: a wrong one would be worse than none.
fn unsure(fault: Error) -> Error {
    let hint = "--ledger FILE, with a `/` in it, goes on without this file";
    Error {
        hint: fault.hint.or_else(|| Some(hint.to_owned())),
        ..fault
    }
}
