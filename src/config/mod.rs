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

pub(crate) use files::{Owner, Whose, user_path};
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
    /// Who it belongs to; `None` where there is none.
    pub(crate) owner: Option<Owner>,
}

impl Searched {
    /// Whether it is there and not read, because it is a stranger's.
    pub(crate) fn is_ignored(&self) -> bool {
        let is_stranger = self.owner.is_some_and(Owner::is_stranger);
        self.whose == Whose::Project && is_stranger
    }

    /// Whether what it says counts.
    pub(crate) fn is_read(&self) -> bool {
        self.owner.is_some() && !self.is_ignored()
    }
}

/// The files, as far as they were asked for.
#[derive(Debug, Default)]
pub(crate) struct Config {
    user: OnceCell<Reading>,
    project: OnceCell<Option<Project>>,
}

/// The user's file, as far as it can be read.
#[derive(Debug, Default)]
struct Reading {
    user: User,
    /// What is wrong with it, and the key that this hides: all of them where there is none.
    faults: Vec<(Option<String>, Error)>,
}

impl Config {
    /// What the user's file says; nothing where there is none, an error where anything is wrong
    /// with it.
    pub(crate) fn user(&self, env: &Env) -> Result<&User> {
        let reading = self.reading(env);
        match reading.faults.first() {
            None => Ok(&reading.user),
            Some((_, fault)) => Err(fault.clone()),
        }
    }

    /// What the user's file says of a key, whatever is wrong with others, and what that is.
    pub(crate) fn user_on(&self, env: &Env, key: &str) -> (Result<&User>, Option<&Error>) {
        let Reading { user, faults } = self.reading(env);
        let hides = |of: &Option<String>| of.as_ref().is_none_or(|of| user::hides(of, key));
        let hidden = faults.iter().find(|(of, _)| hides(of));
        let said = hidden.map_or(Ok(user), |(_, fault)| Err(fault.clone()));
        (said, faults.first().map(|(_, fault)| fault))
    }

    fn reading(&self, env: &Env) -> &Reading {
        self.user.get_or_init(|| {
            read_user(env).unwrap_or_else(|fault| Reading {
                user: User::default(),
                faults: vec![(None, fault)],
            })
        })
    }

    /// What the file of the project says that this directory is in, if it is in one. Each file that
    /// is ignored on the way is told of, once.
    pub(crate) fn project(
        &self,
        env: &Env,
        ignored: impl FnMut(&Searched),
    ) -> Result<Option<&Project>> {
        if let Some(project) = self.project.get() {
            return Ok(project.as_ref());
        }
        let project = read_project(env, ignored)?;
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
    let users = user_path(env).map(|path| Searched {
        whose: Whose::User,
        owner: files::owner(&path, None),
        path,
    });
    users.into_iter().chain(projects(env)).collect()
}

/// The places of a project's file, up to the one that counts.
fn projects(env: &Env) -> Vec<Searched> {
    let directory = env::directory().unwrap_or_default();
    let mut files = Vec::new();
    for path in files::project_paths(&directory, env.home.as_deref()) {
        let file = Searched {
            whose: Whose::Project,
            owner: files::owner(&path, env.sudoer),
            path,
        };
        let is_last = file.is_read();
        files.push(file);
        if is_last {
            break;
        }
    }
    files
}

fn read_user(env: &Env) -> Result<Reading> {
    let Some(path) = user_path(env) else {
        return Ok(Reading::default());
    };
    let Some(text) = files::read(&path, Whose::User)? else {
        return match env.config {
            Some(_) => Err(files::cannot(&path, "there is no such file")
                .hint("BUDGET_CONFIG names it; /dev/null stands for none")),
            None => Ok(Reading::default()),
        };
    };
    let place = Place {
        directory: path.parent().unwrap_or(Path::new("/")),
        home: env.home.as_deref(),
    };
    let (user, faults) = user::user(&text, place).map_err(|fault| error(&path, fault))?;
    let faults = faults.into_iter();
    Ok(Reading {
        faults: faults
            .map(|(key, fault)| (Some(key), error(&path, fault)))
            .collect(),
        user: User {
            file: Some(path),
            ..user
        },
    })
}
fn read_project(env: &Env, ignored: impl FnMut(&Searched)) -> Result<Option<Project>> {
    let files = projects(env);
    files
        .iter()
        .filter(|file| file.is_ignored())
        .for_each(ignored);
    let Some(file) = files.into_iter().find(Searched::is_read) else {
        return Ok(None);
    };
    let file = file.path;
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
