use std::path::{Path, PathBuf};

use crate::cli::{Verb, manual};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::Exit;

/// Print the manual page, or write those of every command
///
/// Prints the page of budget itself; with --dir, writes one for every command and every topic of
/// the help.
#[derive(Debug, clap::Args)]
pub(crate) struct ManArgs {
    /// Write every page below this directory, like ~/.local/share/man: commands to its man1, topics
    /// to its man7
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Verb for ManArgs {
    const NAME: &'static str = "man";

    fn run(self, cx: &mut Context) -> Result<Exit> {
        let failed = |place: &Path, error: std::io::Error| {
            let message = format!("cannot write {}: {error}", place.display());
            Error::new(Exit::Usage, "io", message)
        };
        let pages = manual().map_err(|error| failed(Path::new("the manual"), error))?;
        for (file, page) in pages {
            let Some(dir) = &self.dir else {
                cx.ui.out(&String::from_utf8_lossy(&page))?;
                break;
            };
            let section = file.rsplit('.').next().unwrap_or_default();
            let section = dir.join(format!("man{section}"));
            std::fs::create_dir_all(&section).map_err(|error| failed(&section, error))?;
            let place = section.join(file);
            std::fs::write(&place, page).map_err(|error| failed(&place, error))?;
        }
        Ok(Exit::Done)
    }
}
