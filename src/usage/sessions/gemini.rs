//! Reads Gemini CLI's session files: lines of messages that are written anew when they grow, or, in
//! older versions, one document. Owns their places and fields; the directory a session worked in
//! is what a file beside them says.

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use memchr::memmem;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::lines::{self, TORN};
use super::merge::{Copy, Figures, Keep, Sink};
use super::{Places, Sessions, instant};
use crate::usage::Tokens;
use crate::usage::wire::{Fault, read_count};

/// What every line with figures contains.
const MARK: &str = r#""tokens""#;
/// What every line that names the session contains.
const NAMED: &str = r#""sessionId""#;
/// The longest path of a directory.
const MAX_PATH: u64 = 4096;

/// The agent's session files.
pub(in crate::usage) struct Chats;

impl Sessions for Chats {
    fn roots(&self, places: &Places) -> Vec<PathBuf> {
        let home = places
            .directory("GEMINI_CLI_HOME")
            .or_else(|| places.directory("HOME"));
        home.map(|home| home.join(".gemini/tmp"))
            .into_iter()
            .collect()
    }

    /// `PROJECT/chats/FILE`, and what helpers of a session wrote, in a directory of its name.
    fn is_session(&self, below: &Path) -> bool {
        let extension = below.extension().and_then(|extension| extension.to_str());
        let is_chat = below.iter().nth(1).is_some_and(|part| part == "chats");
        is_chat && matches!(extension, Some("json" | "jsonl"))
    }

    fn keep(&self) -> Keep {
        Keep::Last
    }

    fn read(&self, path: &Path, source: &mut dyn Read, sink: &mut Sink<'_>) -> io::Result<()> {
        let mut chat = Chat::of(path);
        if let Some(session) = &chat.parent {
            sink.session(session);
        }
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            return chat.document(source, sink);
        }
        let (mark, named) = (memmem::Finder::new(MARK), memmem::Finder::new(NAMED));
        lines::each(source, &mark, sink, &mut |text, sink| {
            if mark.find(text).is_some() || named.find(text).is_some() {
                chat.take(text, sink);
            }
        })
    }
}

/// The session, a message of it, or a change of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry<'a> {
    #[serde(borrow)]
    session_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    messages: Vec<Entry<'a>>,
    #[serde(rename = "$set", borrow)]
    set: Option<Box<Entry<'a>>>,
    #[serde(borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(borrow)]
    timestamp: Option<Cow<'a, str>>,
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    model: Option<Cow<'a, str>>,
    #[serde(borrow)]
    tokens: Option<Counts<'a>>,
}

#[derive(Deserialize)]
struct Counts<'a> {
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    #[serde(borrow)]
    output: Option<&'a RawValue>,
    #[serde(borrow)]
    cached: Option<&'a RawValue>,
    #[serde(borrow)]
    thoughts: Option<&'a RawValue>,
    #[serde(borrow)]
    tool: Option<&'a RawValue>,
    #[serde(borrow)]
    total: Option<&'a RawValue>,
}

/// What is known of a session while its file is read.
struct Chat {
    /// The session that started this one.
    parent: Option<String>,
    session: Option<String>,
    cwd: Option<String>,
}

impl Chat {
    fn of(path: &Path) -> Self {
        let mut above = path.ancestors().skip(1);
        let chats = above.find(|dir| dir.file_name().is_some_and(|name| name == "chats"));
        let parent = path.parent().filter(|dir| Some(*dir) != chats);
        let parent = parent
            .and_then(Path::file_name)
            .map(|name| name.to_string_lossy().into_owned());
        let project = chats.and_then(Path::parent);
        let cwd = project.and_then(|project| root_of(&project.join(".project_root")));
        Self {
            parent,
            session: None,
            cwd,
        }
    }

    /// A whole file that is one object.
    fn document(&mut self, source: &mut dyn Read, sink: &mut Sink<'_>) -> io::Result<()> {
        match lines::whole(source)? {
            Some(text) if text.is_empty() => {}
            Some(text) => self.take(&text, sink),
            None => sink.lost("it is too large".to_owned()),
        }
        Ok(())
    }

    fn take(&mut self, text: &[u8], sink: &mut Sink<'_>) {
        match serde_json::from_slice::<Entry<'_>>(text) {
            Ok(entry) => self.entry(&entry, sink),
            Err(_) => sink.lost(TORN.to_owned()),
        }
    }

    fn entry(&mut self, entry: &Entry<'_>, sink: &mut Sink<'_>) {
        if let Some(id) = &entry.session_id {
            self.session = Some(id.clone().into_owned());
            sink.session(self.parent.as_deref().unwrap_or(id));
        }
        if let Err(fault) = self.answer(entry, sink) {
            sink.lost(fault.to_string());
        }
        for inner in entry.messages.iter().chain(entry.set.as_deref()) {
            self.entry(inner, sink);
        }
    }

    fn answer(&self, answer: &Entry<'_>, sink: &mut Sink<'_>) -> Result<(), Fault> {
        let Some(counts) = &answer.tokens else {
            return Ok(());
        };
        if answer.kind.as_deref() != Some("gemini") {
            return Ok(());
        }
        let tokens = counts.tokens()?;
        if tokens == Tokens::default() {
            return Ok(());
        }
        let id = answer.id.as_deref().filter(|id| !id.is_empty());
        let session = self.parent.as_deref().or(self.session.as_deref());
        let at = answer.timestamp.as_deref().and_then(instant::parse);
        sink.message(&Copy {
            id: id.ok_or_else(|| Fault::text("a message of it has no id"))?,
            request: None,
            is_aside: false,
            at: at.ok_or_else(|| Fault::text("a message of it has no time"))?,
            session: session.ok_or_else(|| Fault::text("it does not name its session"))?,
            cwd: self.cwd.as_deref(),
            model: answer.model.as_deref(),
            provider: None,
            tier: None,
            figures: Figures {
                tokens,
                ..Figures::default()
            },
        });
        Ok(())
    }
}

impl Counts<'_> {
    /// Input contains what was cached, unless the total says otherwise; thoughts are output, and
    /// what tools read is input. What only the total has is billed like output.
    fn tokens(&self) -> Result<Tokens, Fault> {
        let read = |figure: Option<&RawValue>, field: &str| {
            figure.map_or(Ok(0), |figure| read_count(figure.get(), field))
        };
        let (input, cached) = (read(self.input, "input")?, read(self.cached, "cached")?);
        let (output, thoughts) = (
            read(self.output, "output")?,
            read(self.thoughts, "thoughts")?,
        );
        let (tool, total) = (read(self.tool, "tool")?, read(self.total, "total")?);
        let sum = |parts: &[u64]| {
            let sum = parts
                .iter()
                .try_fold(0_u64, |sum, part| sum.checked_add(*part));
            sum.ok_or_else(|| Fault::text(crate::usage::Overflow))
        };
        let told = sum(&[input, output, thoughts, tool])?;
        let apart = sum(&[told, cached])?;
        let is_apart = cached > 0 && total == apart;
        let beyond = total.saturating_sub(if is_apart { apart } else { told });
        let (cache_read, uncached) = if is_apart {
            (cached, input)
        } else {
            let cached = cached.min(input);
            (cached, input - cached)
        };
        Ok(Tokens {
            input: sum(&[uncached, tool])?,
            cache_read,
            output: sum(&[output, thoughts, beyond])?,
            reasoning: thoughts,
            ..Tokens::default()
        })
    }
}

/// The directory that a small file names.
fn root_of(path: &Path) -> Option<String> {
    let is_file = std::fs::metadata(path).is_ok_and(|found| found.is_file());
    let file = is_file.then(|| std::fs::File::open(path).ok()).flatten()?;
    let mut text = String::new();
    file.take(MAX_PATH).read_to_string(&mut text).ok()?;
    let text = text.trim_end_matches(['\n', '\r']);
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests;
