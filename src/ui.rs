//! The only writer to stdout and stderr. Results go to stdout, everything else to stderr; a
//! closed pipe ends quietly, and nothing here panics.

use std::io::{ErrorKind, IsTerminal, Write, stderr, stdout};

use crate::env::Env;
use crate::error::Error;
use crate::exit::Exit;
use crate::render::sanitize::{json, line};
use crate::render::style::Styles;

/// When to colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum ColorChoice {
    /// On a terminal, unless the environment says otherwise.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How to talk.
#[derive(Debug, Clone)]
pub(crate) struct Ui {
    /// Styles for stdout.
    pub(crate) styles: Styles,
    /// Say nothing but results and errors.
    pub(crate) quiet: bool,
    /// Say more.
    pub(crate) verbose: bool,
    /// Errors as JSON.
    pub(crate) json: bool,
    error_styles: Styles,
}

impl Ui {
    /// The way the options and the environment ask for.
    pub(crate) fn new(color: ColorChoice, quiet: bool, verbose: bool, env: &Env) -> Self {
        let styled = |terminal: bool| match color {
            ColorChoice::Always => Styles::colored(),
            ColorChoice::Never => Styles::default(),
            ColorChoice::Auto => {
                let wanted = env.force_color || terminal;
                let refused = env.no_color || env.dumb_terminal;
                if wanted && !refused {
                    Styles::colored()
                } else {
                    Styles::default()
                }
            }
        };
        Self {
            styles: styled(stdout().is_terminal()),
            error_styles: styled(stderr().is_terminal()),
            quiet,
            verbose,
            json: false,
        }
    }

    /// Whether anything is coloured.
    pub(crate) fn is_coloured(&self) -> bool {
        let plain = Styles::default();
        self.styles != plain || self.error_styles != plain
    }

    /// No colours any more.
    pub(crate) fn discolour(&mut self) {
        (self.styles, self.error_styles) = <_>::default();
    }

    /// The columns that a view may fill: what the environment says, else the terminal's, else 80.
    pub(crate) fn width(env: &Env) -> usize {
        let columns = env.columns.or_else(terminal_width).map_or(80, usize::from);
        columns.clamp(20, 400)
    }

    /// The columns of a line that a person reads, on a terminal or in as many as the environment
    /// says; `None` where a program may read it.
    pub(crate) fn line_width(env: &Env) -> Option<usize> {
        let is_read = env.columns.is_some() || stdout().is_terminal();
        is_read.then(|| Self::width(env))
    }

    /// The columns and rows of the terminal that stdout is, whatever the environment says.
    pub(crate) fn screen() -> Option<(usize, usize)> {
        let size = terminal()?;
        let (columns, rows) = (usize::from(size.ws_col), usize::from(size.ws_row));
        (rows > 0).then_some((columns, rows))
    }

    /// Text of a library in its colours, where there are any.
    pub(crate) fn styled(&self, text: &clap::builder::StyledStr) -> String {
        if self.styles == Styles::default() {
            text.to_string()
        } else {
            text.ansi().to_string()
        }
    }

    /// A result. Ends with a line break.
    pub(crate) fn out(&self, result: &str) -> Result<(), Error> {
        self.line(result).map(drop)
    }

    /// A part of a long result. Ends with a line break. Whether anybody reads on.
    pub(crate) fn line(&self, part: &str) -> Result<bool, Error> {
        if part.is_empty() || part.ends_with('\n') {
            return self.part(part);
        }
        self.part(&format!("{part}\n"))
    }

    /// What a terminal is to show, as it is and at once.
    pub(crate) fn draw(&self, text: &str) -> Result<(), Error> {
        self.part(text).map(drop)
    }

    /// A part of a long result as it is. Whether anybody reads on.
    #[expect(clippy::unused_self, reason = "whoever writes holds the one that may")]
    pub(crate) fn part(&self, text: &str) -> Result<bool, Error> {
        let mut stdout = stdout().lock();
        let written = stdout.write_all(text.as_bytes());
        match written.and_then(|()| stdout.flush()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(false),
            Err(error) => Err(Error::new(
                Exit::Ledger,
                "output",
                format!("cannot write: {error}"),
            )),
        }
    }

    /// A remark for people, unless they want none.
    pub(crate) fn note(&self, remark: &str) {
        if !self.quiet {
            self.say(&format!("budget: {}", line(remark)));
        }
    }

    /// A remark for those who want more.
    pub(crate) fn detail(&self, remark: &str) {
        if self.verbose {
            self.note(remark);
        }
    }

    /// How far long work has come, in a line that the next one takes the place of; only for people
    /// who look at a terminal.
    pub(crate) fn progress(&self, done: usize, all: usize, what: &str) {
        if self.shows_progress() {
            let _ = write!(stderr().lock(), "\r\x1b[K{done} of {all} {what}");
        }
    }

    /// Takes the line of progress away.
    pub(crate) fn progress_ends(&self) {
        if self.shows_progress() {
            let _ = write!(stderr().lock(), "\r\x1b[K");
        }
    }

    fn shows_progress(&self) -> bool {
        !self.quiet && !self.json && stderr().is_terminal()
    }

    /// Something that should be acted on.
    pub(crate) fn warn(&self, warning: &str) {
        let warn = &self.error_styles.near;
        self.say(&format!(
            "budget: {}warning{}: {}",
            warn.start,
            warn.end,
            line(warning)
        ));
    }

    /// An error, with its hint.
    pub(crate) fn error(&self, error: &Error) {
        if self.json {
            return self.say(&json(error.to_json()));
        }
        let red = &self.error_styles.over;
        let what = match error.exit {
            Exit::Denied | Exit::Refused => "",
            _ => "error: ",
        };
        self.say(&format!(
            "budget: {}{what}{}{}",
            red.start,
            line(&error.message),
            red.end
        ));
        if let Some(hint) = error.hint.as_ref().filter(|_| !self.quiet) {
            let dim = &self.error_styles.hint;
            self.say(&format!("  {}{}{}", dim.start, line(hint), dim.end));
        }
    }

    /// A line on stderr. Where even that fails there is nobody left to tell.
    #[expect(clippy::unused_self, reason = "whoever writes holds the one that may")]
    fn say(&self, line: &str) {
        let _ = stderr().lock().write_all(format!("{line}\n").as_bytes());
    }
}

fn terminal_width() -> Option<u16> {
    terminal().map(|size| size.ws_col)
}

fn terminal() -> Option<libc::winsize> {
    #[expect(
        unsafe_code,
        reason = "nix has no safe call for the size of a terminal"
    )]
    // SAFETY: the call fills a plain struct that it is given by pointer, for an open descriptor.
    let size = unsafe {
        let mut size = std::mem::zeroed::<libc::winsize>();
        (libc::ioctl(libc::STDOUT_FILENO, libc::TIOCGWINSZ, &raw mut size) == 0).then_some(size)
    };
    size.filter(|size| size.ws_col > 0)
}
