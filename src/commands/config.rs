use std::path::Path;

use crate::cli::Verb;
use crate::commands::defaults::{implied_from, tags_from};
use crate::commands::shared::JsonArgs;
use crate::config::{Origin, Set, Whose, searched, user_path};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::exit::Exit;
use crate::ledger::duration::format_millis;
use crate::render::settings::{Setting, Value, settings};
use crate::render::wire;
use crate::ui::{ColorChoice, Ui};

/// Show what is in force here, and which file or variable says so
///
/// Options go before the environment, that before the project's .budget.toml, that before your own
/// file, that before what is built in. A project's limits only tighten, and its file makes no budget and runs nothing.
#[derive(Debug, clap::Args)]
pub(crate) struct ConfigArgs {
    /// Print only where your own file is, or would be
    #[arg(long, conflicts_with = "json")]
    path: bool,
    #[command(flatten)]
    json: JsonArgs,
}

impl Verb for ConfigArgs {
    const NAME: &'static str = "config";
    const EXAMPLES: &'static str = "\
Examples:
  ${EDITOR:-vi} \"$(budget config --path)\"
  echo 'budget = \"team/web\"' > .budget.toml && budget config";

    fn wants_json(&self) -> bool {
        self.json.json
    }

    fn run(self, cx: &mut Context) -> Result<Exit> {
        if self.path {
            let path = user_path(&cx.env).ok_or_else(|| {
                let message = "there is no home directory for a file of your own";
                let error = Error::new(Exit::Config, "no_home", message);
                error.hint("set BUDGET_CONFIG to the path of a file, or HOME")
            })?;
            return cx.ui.out(&path.to_string_lossy()).map(|()| Exit::Done);
        }
        let (set, files) = (in_force(cx)?, searched(&cx.env));
        let text = if cx.ui.json {
            wire::settings(&set, &files)
        } else {
            settings(&set, &files, Ui::line_width(&cx.env))
        };
        cx.ui.out(&text).map(|()| Exit::Done)
    }
}

/// Every setting that is in force.
fn in_force(cx: &mut Context) -> Result<Vec<Setting>> {
    let budget = match implied_from(cx)? {
        Some((names, origin)) => text("budget", &names.to_string(), origin),
        None => nothing("budget"),
    };
    let mut set = vec![budget];
    if let Some(project) = cx.project()? {
        set.extend(list("limits", &project.limits, Whose::Project));
        set.extend(list("reserve", &project.reserve, Whose::Project));
    }
    let user = cx.user()?;
    set.extend(list("reserve", &user.reserve, Whose::User));
    let tags = tags_from(cx)?;
    for (n, (tag, origin)) in tags.iter().enumerate() {
        let is_last = tags
            .iter()
            .skip(n + 1)
            .all(|(other, _)| other.key != tag.key);
        let key = format!("tags.{}", tag.key);
        set.extend(is_last.then(|| text(&key, &tag.value, *origin)));
    }
    set.push(match &user.on_event {
        Some(words) => Setting {
            key: "on_event".to_owned(),
            value: Some(Value::List(words.value.clone())),
            origin: words.origin(Whose::User),
        },
        None => nothing("on_event"),
    });
    let (path, origin) = cx.path_from()?;
    set.push(at("ledger", &path, origin));
    let named = user.ledgers.iter();
    set.extend(named.map(|(name, path)| {
        let key = format!("ledgers.{name}");
        at(&key, &path.value, path.origin(Whose::User))
    }));
    let (color, origin) = cx.color_from()?;
    let color = match color {
        ColorChoice::Auto => "auto",
        ColorChoice::Always => "always",
        ColorChoice::Never => "never",
    };
    set.push(text("color", color, origin));
    let (wait, origin) = cx.wait_from()?;
    let wait = format_millis(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX));
    set.push(text("wait_lock", &wait, origin));
    Ok(set)
}

fn text(key: &str, value: &str, origin: Origin) -> Setting {
    Setting {
        key: key.to_owned(),
        value: Some(Value::Text(value.to_owned())),
        origin,
    }
}

fn at(key: &str, path: &Path, origin: Origin) -> Setting {
    text(key, &path.to_string_lossy(), origin)
}

/// A list of which every item may be on a line of its own; the first one's is named.
fn list<T: ToString>(key: &str, items: &[Set<T>], whose: Whose) -> Option<Setting> {
    let words = items.iter().map(|item| item.value.to_string());
    Some(Setting {
        key: key.to_owned(),
        value: Some(Value::List(words.collect())),
        origin: items.first()?.origin(whose),
    })
}

fn nothing(key: &str) -> Setting {
    Setting {
        key: key.to_owned(),
        value: None,
        origin: Origin::BuiltIn,
    }
}
