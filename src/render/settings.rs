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
            let state = if file.found { "read" } else { "not there" };
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
        Some(Value::List(words)) => words.join(" "),
    };
    let most = match (setting.key.as_str(), setting.origin) {
        ("limits" | "reserve", Origin::File(Whose::Project, _)) => "at most ",
        _ => "",
    };
    format!("{most}{}", line(&text))
}
