//! What is in force and where it comes from, as JSON.

use serde::Serialize;
use serde_json::{Value, json};

use super::SCHEMA;
use crate::config::{Origin, Searched, Whose};
use crate::render::settings::{self, Setting};

#[derive(Serialize)]
struct From<'a> {
    kind: &'static str,
    name: Option<&'static str>,
    file: Option<&'a str>,
    line: Option<usize>,
}

/// The settings and the files that were looked for.
pub(crate) fn settings(settings: &[Setting], files: &[Searched]) -> String {
    let path = |whose: Whose| {
        let file = files
            .iter()
            .find(|file| file.whose == whose && file.is_read());
        file.map(|file| file.path.to_string_lossy().into_owned())
    };
    let places = Places {
        user: path(Whose::User),
        project: path(Whose::Project),
    };
    let settings: Vec<_> = settings.iter().map(|s| places.setting(s)).collect();
    let files: Vec<_> = files.iter().map(file).collect();
    json!({"schema": SCHEMA, "settings": settings, "files": files}).to_string()
}

/// The files that were found.
struct Places {
    user: Option<String>,
    project: Option<String>,
}

impl Places {
    fn setting(&self, setting: &Setting) -> Value {
        let value = match &setting.value {
            None => Value::Null,
            Some(settings::Value::Text(text)) => json!(text),
            Some(settings::Value::List(words)) => json!(words),
        };
        let from = self.from(setting.origin);
        json!({"key": setting.key, "value": value, "from": from})
    }

    fn from(&self, origin: Origin) -> From<'_> {
        let (kind, name, of, line) = match origin {
            Origin::Option(name) => ("option", Some(name), None, None),
            Origin::Variable(name) => ("variable", Some(name), None, None),
            Origin::Run => ("run", None, None, None),
            Origin::Directory => ("directory", None, None, None),
            Origin::File(whose, line) => (kind(whose), None, Some(whose), Some(line)),
            Origin::BuiltIn => ("built_in", None, None, None),
        };
        let file = of.and_then(|whose| match whose {
            Whose::User => self.user.as_deref(),
            Whose::Project => self.project.as_deref(),
        });
        From {
            kind,
            name,
            file,
            line,
        }
    }
}

fn kind(whose: Whose) -> &'static str {
    match whose {
        Whose::User => "user",
        Whose::Project => "project",
    }
}

fn file(file: &Searched) -> Value {
    json!({
        "kind": kind(file.whose),
        "path": file.path.to_string_lossy(),
        "found": file.owner.is_some(),
        "ignored": file.is_ignored(),
    })
}
