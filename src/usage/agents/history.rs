//! What an agent did, by the files that it keeps: for bringing in what nobody wrapped.

use std::fmt;
use std::path::PathBuf;

use super::{AGENTS, Agent};
use crate::usage::Source;
use crate::usage::sessions::{self, Places, Progress, Scan, SessionFile, SessionFiles, Sessions};

/// An agent that keeps files of its sessions.
#[derive(Clone, Copy)]
pub struct History {
    agent: &'static dyn Agent,
    sessions: &'static dyn Sessions,
}

impl History {
    /// The names of such agents, in the order in which they are told to people.
    pub fn names() -> impl Iterator<Item = &'static str> {
        let keep = AGENTS.iter().filter(|agent| agent.sessions().is_some());
        keep.map(|agent| agent.name())
    }

    /// That of the agent of this name, where it keeps any.
    pub fn of(name: &str) -> Option<Self> {
        let agent = AGENTS.iter().find(|agent| agent.name() == name)?;
        let sessions = agent.sessions()?;
        let agent = *agent;
        Some(Self { agent, sessions })
    }

    /// What its figures name as their source.
    pub fn source(self) -> Source {
        Source::new(self.agent.name())
    }

    /// The provider whose prices hold where a file names none.
    pub fn provider(self) -> Option<&'static str> {
        self.agent.provider()
    }

    /// The directories that its files are below in these places.
    pub fn roots(self, places: &Places) -> Vec<PathBuf> {
        self.sessions.roots(places)
    }

    /// Its files in these places.
    pub fn files(self, places: &Places) -> SessionFiles {
        sessions::find(self.sessions, places)
    }

    /// The messages in these files, each once; `progress` is told how many files were read.
    pub fn scan(self, files: &[SessionFile], progress: &Progress<'_>) -> Scan {
        sessions::messages(self.sessions, files, progress)
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("History").field(&self.agent.name()).finish()
    }
}
