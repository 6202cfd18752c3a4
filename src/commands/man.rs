use std::path::PathBuf;

use crate::cli::{Verb, manual};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::Exit;

/// Print the manual page, or write all of them to a directory
#[derive(Debug, clap::Args)]
pub(crate) struct ManArgs {
    /// Write every page there, like ~/.local/share/man/man1
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Verb for ManArgs {
    const NAME: &'static str = "man";

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let failed = |error: std::io::Error| {
            Error::new(
                Exit::Ledger,
                "io",
                format!("cannot write the manual: {error}"),
            )
        };
        let pages = manual().map_err(failed)?;
        for (file, page) in pages {
            let Some(dir) = &self.dir else {
                cx.ui.out(&String::from_utf8_lossy(&page))?;
                break;
            };
            std::fs::write(dir.join(file), page).map_err(failed)?;
        }
        Ok(Exit::Done)
    }
}
