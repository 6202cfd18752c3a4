//! What is in force and where it comes from, for people: the settings, then the files that were
//! looked for.

use super::sanitize::line;
use super::table::{table_within, words};
use crate::config::{Origin, Searched, Whose};

/// A setting that is in force.
pub(crate) struct Setting {
    /// Its key, as a file would have it.
    pub(crate) key: String,
    /// What is in force; `None` where nothing is.
    pub(crate) value: Option<Value>,
    /// Where that comes from.
    pub(crate) origin: Origin,
}

/// The value of a setting.
pub(crate) enum Value {
    /// One text.
    Text(String),
    /// Several.
    List(Vec<String>),
}

/// Both tables, within so many columns where somebody looks at them.
pub(crate) fn settings(settings: &[Setting], files: &[Searched], width: Option<usize>) -> String {
    let rows: Vec<_> = settings
        .iter()
        .map(|setting| {
            let key = line(&setting.key).into_owned();
            vec![key, origin(setting.origin), shown(setting)]
        })
        .collect();
    let columns = [words("SETTING"), words("FROM"), words("VALUE")];
    let set = table_within(&columns, &rows, width);
    let rows: Vec<_> = files
        .iter()
        .map(|file| {
            let state = match file.owner {
                _ if file.is_ignored() => "ignored",
                Some(_) => "read",
                None => "not there",
            };
            let path = file.path.to_string_lossy();
            vec![
                whose(file.whose).to_owned(),
                state.to_owned(),
                line(&path).into_owned(),
            ]
        })
        .collect();
    let columns = [words("FILE"), words("STATE"), words("PATH")];
    let files = table_within(&columns, &rows, width);
    format!("{set}\n\n{files}")
}

fn whose(whose: Whose) -> &'static str {
    match whose {
        Whose::User => "user",
        Whose::Project => "project",
    }
}

/// A word of several, told from its neighbours.
fn quoted(word: &str) -> String {
    if word.is_empty() || word.contains(char::is_whitespace) {
        format!("{word:?}")
    } else {
        word.to_owned()
    }
}

/// `project:3` is the third line of the project's file.
fn origin(origin: Origin) -> String {
    match origin {
        Origin::Option(name) | Origin::Variable(name) => name.to_owned(),
        Origin::Run => "the run".to_owned(),
        Origin::Directory => "directory".to_owned(),
        Origin::File(of, at) => format!("{}:{at}", whose(of)),
        Origin::BuiltIn => "built-in".to_owned(),
    }
}

fn shown(setting: &Setting) -> String {
    let text = match &setting.value {
        None => "-".to_owned(),
        Some(Value::Text(text)) => text.clone(),
        Some(Value::List(words)) => {
            let words: Vec<_> = words.iter().map(|word| quoted(word)).collect();
            words.join(" ")
        }
    };
    let most = match (setting.key.as_str(), setting.origin) {
        ("limits" | "reserve", Origin::File(Whose::Project, _)) => "at most ",
        _ => "",
    };
    format!("{most}{}", line(&text))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::config::Owner;
    use crate::render::table::widest;

    fn set(key: &str, value: Value, origin: Origin) -> Setting {
        Setting {
            key: key.to_owned(),
            value: Some(value),
            origin,
        }
    }

    fn some() -> (Vec<Setting>, Vec<Searched>) {
        let text = |text: &str| Value::Text(text.to_owned());
        let list = |words: &[&str]| Value::List(words.iter().map(|&w| w.to_owned()).collect());
        let project = |line| Origin::File(Whose::Project, line);
        let file = |whose, path: &str, owner| Searched {
            whose,
            path: PathBuf::from(path),
            owner,
        };
        let settings = vec![
            set("budget", text("team/web"), Origin::Variable("BUDGET_NAME")),
            set("limits", list(&["5.00usd/day", "2slots"]), project(12)),
            set(
                "tags.job",
                text("\u{5e9}\u{5dc}\u{202e}\u{6f22}\u{5b57}"),
                project(3),
            ),
            set(
                "on_event",
                list(&["notify", "", "two words"]),
                Origin::File(Whose::User, 1),
            ),
            Setting {
                key: "ledger".to_owned(),
                value: None,
                origin: Origin::BuiltIn,
            },
        ];
        let path = "/home/ann/a directory with a long name/src/shop/.budget.toml";
        let files = vec![
            file(
                Whose::User,
                "/home/ann/.config/budget/config.toml",
                Some(Owner::Me),
            ),
            file(Whose::Project, path, Some(Owner::Other(4_294_967_294))),
            file(Whose::Project, path, None),
        ];
        (settings, files)
    }

    #[test]
    fn both_tables_fit_where_they_are_looked_at() {
        let (set, files) = some();
        for width in [40, 80, 120] {
            let shown = settings(&set, &files, Some(width));
            assert!(widest(&shown) <= width, "{width}:\n{shown}");
        }
        let wide = settings(&set, &files, Some(120));
        assert_eq!(wide, settings(&set, &files, None));
        assert!(
            wide.contains("on_event  user:1       notify \"\" \"two words\""),
            "{wide}"
        );
        assert!(
            wide.contains("limits    project:12   at most 5.00usd/day 2slots"),
            "{wide}"
        );
        assert!(!wide.contains('\u{202e}'), "{wide}");
    }
}
