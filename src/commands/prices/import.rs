use std::path::PathBuf;

use serde_json::json;

use super::{Moments, directory, json, read, unusable};
use crate::commands::shared::{JsonArgs, show};
use crate::context::Context;
use crate::error::Result;
use crate::exit::Exit;
use crate::render::sanitize::line;

/// Take prices from a file
///
/// The file is genai-prices' data.json, LiteLLM's table, or a TOML file of your own.
/// Your own prices come before an imported table, and that before the built-in one; each import
/// replaces the last of its sort. What was charged before stays as it was.
#[derive(Debug, clap::Args)]
pub(super) struct ImportArgs {
    /// The table
    file: PathBuf,
    #[command(flatten)]
    pub(super) json: JsonArgs,
}

impl ImportArgs {
    pub(super) fn run(self, cx: &mut Context) -> Result<Exit> {
        let moments = Moments::of(None);
        let import = read(&self.file, &moments)?;
        let directory = directory(cx)?;
        import
            .save(&directory)
            .map_err(|why| unusable(&line(&why.to_string())))?;
        let file = directory.join(import.file());
        let answer = json!({
            "schema": 1,
            "table": json::table(&import.info(), &moments),
            "file": file.to_string_lossy(),
            "models": import.len(),
            "skipped": import.skipped(),
            "refused": import.refused().iter().map(ToString::to_string).collect::<Vec<_>>(),
        });
        for why in import.refused() {
            cx.ui.warn(&format!("left out: {}", line(&why.to_string())));
        }
        if import.skipped() > 0 {
            cx.ui.note(&format!(
                "{} entries without a price for tokens were left out",
                import.skipped()
            ));
        }
        show(cx, &answer.to_string(), |_| {
            let (count, id) = (import.len(), import.id());
            let models = if count == 1 { "model" } else { "models" };
            format!(
                "{id}: {count} {models}, in {}",
                line(&file.to_string_lossy())
            )
        })
    }
}
