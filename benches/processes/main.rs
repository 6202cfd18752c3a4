//! What the program costs as whole processes, against the least that it could cost.
//!
//! `cargo bench --bench processes` measures everything; `cargo bench --bench processes -- pair
//! exec --rounds 40` only some, and shorter; `--built` takes the programs of the run before. The results go to stdout as Markdown, and to
//! `target/bench-processes/results.md`. What is compared and why is in `docs/performance.md`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a benchmark talks to whoever runs it"
)]
#![expect(clippy::cast_precision_loss, reason = "ratios of small counts")]

mod alone;
mod contenders;
mod counted;
mod crowd;
mod metering;
mod programs;
mod report;
mod rounds;

use std::process::ExitCode;

use programs::Programs;
use report::Report;

/// What goes wrong is told and ends the run.
pub(crate) type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A part that can be measured by itself.
type Section = (
    &'static str,
    fn(&Programs, &Options, &mut Report) -> Result<()>,
);

/// What was asked for.
pub(crate) struct Options {
    /// Rounds of everything that alternates.
    pub(crate) rounds: usize,
    sections: Vec<String>,
    use_earlier: bool,
}

const SECTIONS: &[Section] = &[
    ("pair", alone::pair),
    ("instructions", counted::instructions),
    ("syncs", counted::syncs),
    ("growth", alone::growth),
    ("exec", alone::exec),
    ("readers", alone::readers),
    ("files", counted::files),
    ("million", alone::million),
    ("metering", metering::metering),
    ("storm", crowd::storm),
    ("slow", crowd::slow),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // Only `cargo bench` says this; `cargo test --all-targets` is not asked to wait for it.
    if !arguments.iter().any(|word| word == "--bench") {
        return ExitCode::SUCCESS;
    }
    match measure(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(arguments: &[String]) -> Result<()> {
    let options = Options::read(arguments)?;
    eprintln!("building");
    let programs = Programs::build(options.use_earlier)?;
    let mut report = Report::default();
    for (name, section) in SECTIONS {
        if options.sections.is_empty() || options.sections.iter().any(|asked| asked == name) {
            eprintln!("measuring {name}");
            if let Err(error) = section(&programs, &options, &mut report) {
                report.note(&format!("{name} was not measured: {error}"));
            }
        }
    }
    let text = report.markdown();
    std::fs::write(programs.work.join("results.md"), &text)?;
    println!("{text}");
    Ok(())
}

impl Options {
    fn read(arguments: &[String]) -> Result<Self> {
        let mut options = Self {
            rounds: 200,
            sections: Vec::new(),
            use_earlier: false,
        };
        let mut words = arguments.iter().filter(|word| *word != "--bench");
        while let Some(word) = words.next() {
            match word.as_str() {
                "--rounds" => options.rounds = words.next().ok_or("--rounds N")?.parse()?,
                "--built" => options.use_earlier = true,
                name if SECTIONS.iter().any(|(known, _)| known == &name) => {
                    options.sections.push(name.to_owned());
                }
                other => {
                    let known: Vec<_> = SECTIONS.iter().map(|(name, _)| *name).collect();
                    return Err(format!("no part `{other}`; there are {}", known.join(", ")).into());
                }
            }
        }
        Ok(options)
    }
}
