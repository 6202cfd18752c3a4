//! What files set: the user's own, and a project's. Each is read once, when it is first asked for,
//! and every value knows its line. What a value is for, and what stands where there is none, is
//! known to whoever asks.

mod document;
mod files;
mod project;
mod tags;
mod user;

#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use crate::env::{self, Env};
use crate::error::{Error, Result};
use document::Fault;
use user::Place;

pub(crate) use files::{Whose, user_path};
pub(crate) use project::Project;
pub(crate) use user::User;

/// How the name of a budget is written.
const NAME: &str = "budget = \"team/web\"";
/// How amounts are written.
const AMOUNTS: &str = "reserve = [\"0.50usd\"]";

/// A value, and the line of its file that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Set<T> {
    /// The value.
    pub(crate) value: T,
    /// The line, from 1.
    pub(crate) line: usize,
}

/// Where a setting comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// An option that was typed.
    Option(&'static str),
    /// A variable of the environment.
    Variable(&'static str),
    /// The run that this process is inside of.
    Run,
    /// A line of a file.
    File(Whose, usize),
    /// The directory that the project is in.
    Directory,
    /// Nobody said anything else.
    BuiltIn,
}

/// A file that was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Searched {
    /// Whose it would be.
    pub(crate) whose: Whose,
    /// Where.
    pub(crate) path: PathBuf,
    /// Whether it is there.
    pub(crate) found: bool,
}

/// The files, as far as they were asked for.
#[derive(Debug, Default)]
pub(crate) struct Config {
    user: OnceCell<User>,
    project: OnceCell<Option<Project>>,
}

impl Config {
    /// What the user's file says; nothing where there is none.
    pub(crate) fn user(&self, env: &Env) -> Result<&User> {
        if let Some(user) = self.user.get() {
            return Ok(user);
        }
        let user = read_user(env)?;
        Ok(self.user.get_or_init(|| user))
    }

    /// What the file of the project says that this directory is in, if it is in one.
    pub(crate) fn project(&self, env: &Env) -> Result<Option<&Project>> {
        if let Some(project) = self.project.get() {
            return Ok(project.as_ref());
        }
        let project = read_project(env)?;
        Ok(self.project.get_or_init(|| project).as_ref())
    }
}

impl<T> Set<T> {
    /// Where the value comes from, if the file is that one.
    pub(crate) fn origin(&self, whose: Whose) -> Origin {
        Origin::File(whose, self.line)
    }
}

/// Every file that is looked for from here, the user's first; of a project's, no more behind the
/// one that is found.
pub(crate) fn searched(env: &Env) -> Vec<Searched> {
    let searched = |whose, path: PathBuf| Searched {
        whose,
        found: path.symlink_metadata().is_ok(),
        path,
    };
    let mut files: Vec<_> = user_path(env)
        .map(|path| searched(Whose::User, path))
        .into_iter()
        .collect();
    let directory = env::directory().unwrap_or_default();
    for path in files::project_paths(&directory, env.home.as_deref()) {
        let file = searched(Whose::Project, path);
        let is_last = file.found;
        files.push(file);
        if is_last {
            break;
        }
    }
    files
}

fn read_user(env: &Env) -> Result<User> {
    let Some(path) = user_path(env) else {
        return Ok(User::default());
    };
    let Some(text) = files::read(&path, Whose::User)? else {
        return match env.config {
            Some(_) => Err(files::cannot(&path, "there is no such file")
                .hint("BUDGET_CONFIG names it; /dev/null stands for none")),
            None => Ok(User::default()),
        };
    };
    let place = Place {
        directory: path.parent().unwrap_or(Path::new("/")),
        home: env.home.as_deref(),
    };
    let user = user::user(&text, place).map_err(|fault| error(&path, fault))?;
    Ok(User {
        file: Some(path),
        ..user
    })
}

fn read_project(env: &Env) -> Result<Option<Project>> {
    let file =
        env::directory().and_then(|directory| files::project_path(&directory, env.home.as_deref()));
    let Some(file) = file else { return Ok(None) };
    let Some(text) = files::read(&file, Whose::Project)? else {
        return Ok(None);
    };
    let project = project::project(&text).map_err(|fault| error(&file, fault))?;
    Ok(Some(Project { file, ..project }))
}

fn error(path: &Path, fault: Fault) -> Error {
    let mut error = Error {
        hint: fault.hint,
        ..files::invalid(path, fault.line, &fault.message)
    };
    if let Some(key) = fault.key {
        error.more.push(("key", key.into()));
    }
    error
}
