//! What a disk may hold after a power cut: a recorded trace is replayed onto a model that keeps
//! apart what was flushed and what was only written.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// A small generator of random numbers (splitmix64), the same for the same seed.
#[derive(Clone)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is above 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(end).expect("a size")).expect("a size")
    }

    fn coin(&mut self) -> bool {
        self.next() & 1 == 1
    }
}

/// One step of a trace.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// A new name, of a file by its inode or of a directory.
    Linked {
        path: String,
        inode: Option<u64>,
    },
    Unlinked {
        path: String,
    },
    Renamed {
        from: String,
        to: String,
    },
    Changed {
        inode: u64,
        change: Change,
    },
    SyncBegins {
        sync: Sync,
    },
    SyncEnds {
        sync: Sync,
    },
    /// A line on somebody's stdout.
    Acknowledged {
        line: String,
    },
}

/// A flush.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sync {
    pub(crate) path: String,
    pub(crate) inode: u64,
    /// Which one, of which process.
    pub(crate) token: (u32, u64),
    pub(crate) data_only: bool,
    pub(crate) read_only: bool,
    pub(crate) directory: bool,
}

/// A change of one file.
#[derive(Debug, Clone)]
pub(crate) enum Change {
    Write {
        offset: usize,
        bytes: Vec<u8>,
    },
    Truncate(usize),
    /// At least so long.
    Allocate(usize),
}

/// What becomes of everything that was not flushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Model {
    /// It is lost.
    Nothing,
    /// The first of it, by file and by directory, is there.
    Prefix,
    /// Any sector of it may be there; of names the first, by directory.
    Sectors,
    /// All of it is there, as after a kill.
    Everything,
}

impl Model {
    pub(crate) const ALL: [Self; 4] =
        [Self::Nothing, Self::Prefix, Self::Sectors, Self::Everything];
}

const SECTOR: usize = 512;

/// The steps in a trace file.
pub(crate) fn read_trace(path: &Path) -> Vec<Event> {
    let bytes = std::fs::read(path).expect("the trace");
    let mut rest = bytes.as_slice();
    let mut events = Vec::new();
    while !rest.is_empty() {
        let (head, tail) = rest.split_at(40);
        let short = |at: usize| u32::from_ne_bytes(head[at..at + 4].try_into().expect("4 bytes"));
        let long = |at: usize| u64::from_ne_bytes(head[at..at + 8].try_into().expect("8 bytes"));
        let size = |at: usize| usize::try_from(long(at)).expect("a size");
        let (payload, tail) = tail.split_at(size(32));
        rest = tail;
        let kind = u8::try_from(short(0)).expect("a kind");
        events.push(event(
            kind,
            (short(4), long(8), size(16), long(24)),
            payload,
        ));
    }
    events
}

/// The steps that lead to what lies below a directory now, all of it flushed.
pub(crate) fn history_of(root: &Path) -> Vec<Event> {
    let mut events = Vec::new();
    let mut directories = vec![String::new()];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(root.join(&directory)).expect("a directory") {
            let found = entry.expect("an entry").path();
            let path = found
                .strip_prefix(root)
                .expect("below")
                .to_str()
                .expect("text")
                .to_owned();
            let inode = found
                .is_file()
                .then(|| found.metadata().expect("a file").ino());
            events.push(Event::Linked {
                path: path.clone(),
                inode,
            });
            match inode {
                None => directories.push(path),
                Some(inode) => {
                    let bytes = std::fs::read(&found).expect("a file");
                    let change = Change::Write { offset: 0, bytes };
                    events.push(Event::Changed { inode, change });
                    events.extend(flush(&path, inode, false));
                }
            }
        }
        events.extend(flush(&directory, 0, true));
    }
    events
}

fn flush(path: &str, inode: u64, directory: bool) -> [Event; 2] {
    let (path, token) = (path.to_owned(), (0, 0));
    let sync = Sync {
        path,
        inode,
        token,
        data_only: false,
        read_only: true,
        directory,
    };
    [
        Event::SyncBegins { sync: sync.clone() },
        Event::SyncEnds { sync },
    ]
}

fn event(kind: u8, (pid, inode, offset, flags): (u32, u64, usize, u64), payload: &[u8]) -> Event {
    let text = || String::from_utf8(payload.to_vec()).expect("text");
    let change = |change| Event::Changed { inode, change };
    let sync = || Sync {
        path: text(),
        inode,
        token: (pid, u64::try_from(offset).expect("a token")),
        data_only: flags & 1 != 0,
        read_only: flags & 2 != 0,
        directory: flags & 4 != 0,
    };
    match kind {
        b'C' => Event::Linked {
            path: text(),
            inode: Some(inode),
        },
        b'M' => Event::Linked {
            path: text(),
            inode: None,
        },
        b'U' => Event::Unlinked { path: text() },
        b'R' => {
            let both = text();
            let (from, to) = both.split_once('\0').expect("two names");
            Event::Renamed {
                from: from.to_owned(),
                to: to.to_owned(),
            }
        }
        b'W' => change(Change::Write {
            offset,
            bytes: payload.to_vec(),
        }),
        b'T' => change(Change::Truncate(offset)),
        b'L' => change(Change::Allocate(offset)),
        b'B' => Event::SyncBegins { sync: sync() },
        b'E' => Event::SyncEnds { sync: sync() },
        b'A' => Event::Acknowledged { line: text() },
        other => panic!("an unknown record {other}"),
    }
}

impl Change {
    fn apply(&self, content: &mut Vec<u8>) {
        match self {
            Self::Write { offset, bytes } => {
                let end = offset + bytes.len();
                if content.len() < end {
                    content.resize(end, 0);
                }
                content[*offset..end].copy_from_slice(bytes);
            }
            Self::Truncate(len) => content.resize(*len, 0),
            Self::Allocate(len) if content.len() < *len => content.resize(*len, 0),
            Self::Allocate(_) => {}
        }
    }

    /// Applies what a cut lets through, sector by sector.
    fn apply_torn(&self, content: &mut Vec<u8>, random: &mut Random) {
        let Self::Write { offset, bytes } = self else {
            if random.coin() {
                self.apply(content);
            }
            return;
        };
        let (mut from, end) = (*offset, offset + bytes.len());
        while from < end {
            let to = ((from / SECTOR + 1) * SECTOR).min(end);
            if random.coin() {
                let bytes = bytes[from - offset..to - offset].to_vec();
                Self::Write {
                    offset: from,
                    bytes,
                }
                .apply(content);
            }
            from = to;
        }
    }
}

/// Changes in order, the first of which are flushed already.
struct Pending<T> {
    flushed: usize,
    changes: Vec<T>,
}

impl<T> Default for Pending<T> {
    fn default() -> Self {
        Self {
            flushed: 0,
            changes: Vec::new(),
        }
    }
}

impl<T> Pending<T> {
    fn all(&self) -> usize {
        self.flushed + self.changes.len()
    }

    /// Takes out what a flush covers, less what another one covered before it.
    fn flush(&mut self, covered: usize) -> Vec<T> {
        let count = covered.saturating_sub(self.flushed);
        self.flushed += count;
        self.changes.drain(..count).collect()
    }
}

#[derive(Default)]
struct File {
    flushed: Vec<u8>,
    pending: Pending<Change>,
}

type Names = BTreeMap<String, Option<usize>>;

enum Naming {
    Link(String, Option<usize>),
    Unlink(String),
    Rename(String, String),
}

impl Naming {
    fn apply(&self, names: &mut Names) {
        match self {
            Self::Link(path, file) => drop(names.insert(path.clone(), *file)),
            Self::Unlink(path) => drop(names.remove(path)),
            Self::Rename(from, to) => {
                if let Some(file) = names.remove(from) {
                    names.insert(to.clone(), file);
                }
            }
        }
    }
}

/// A disk with a root directory, which is there from the beginning.
#[derive(Default)]
pub(crate) struct Disk {
    files: Vec<File>,
    by_inode: BTreeMap<u64, usize>,
    names: Names,
    /// By directory.
    pending: BTreeMap<String, Pending<Naming>>,
    /// How much each flush under way will cover.
    under_way: BTreeMap<(u32, u64), usize>,
}

fn parent(path: &str) -> String {
    path.rsplit_once('/')
        .map_or(String::new(), |(directory, _)| directory.to_owned())
}

impl Disk {
    /// Goes on by one step of a trace.
    pub(crate) fn see(&mut self, event: &Event) {
        match event {
            Event::Linked { path, inode } => {
                let file = inode.map(|inode| {
                    self.files.push(File::default());
                    self.by_inode.insert(inode, self.files.len() - 1);
                    self.files.len() - 1
                });
                self.name(path, Naming::Link(path.clone(), file));
            }
            Event::Unlinked { path } => self.name(path, Naming::Unlink(path.clone())),
            Event::Renamed { from, to } => {
                assert_eq!(parent(from), parent(to), "a rename across directories");
                self.name(from, Naming::Rename(from.clone(), to.clone()));
            }
            Event::Changed { inode, change } => {
                self.file(*inode).pending.changes.push(change.clone());
            }
            Event::SyncBegins { sync } => {
                let covered = if sync.directory {
                    self.pending.get(&sync.path).map_or(0, Pending::all)
                } else {
                    self.file(sync.inode).pending.all()
                };
                self.under_way.insert(sync.token, covered);
            }
            Event::SyncEnds { sync } => self.end(sync),
            Event::Acknowledged { .. } => {}
        }
    }

    fn file(&mut self, inode: u64) -> &mut File {
        &mut self.files[self.by_inode[&inode]]
    }

    fn name(&mut self, path: &str, naming: Naming) {
        self.pending
            .entry(parent(path))
            .or_default()
            .changes
            .push(naming);
    }

    fn end(&mut self, sync: &Sync) {
        let covered = self
            .under_way
            .remove(&sync.token)
            .expect("a flush that began");
        if sync.directory {
            let pending = self.pending.entry(sync.path.clone()).or_default();
            for naming in pending.flush(covered) {
                naming.apply(&mut self.names);
            }
        } else {
            let file = self.file(sync.inode);
            for change in file.pending.flush(covered) {
                change.apply(&mut file.flushed);
            }
        }
    }

    /// Writes what a power cut now would leave into a directory. Of `-shm` files, which are memory,
    /// it leaves nothing, or garbage.
    pub(crate) fn cut(&self, model: Model, random: &mut Random, into: &Path) {
        let mut names = self.names.clone();
        for pending in self.pending.values() {
            let kept = match model {
                Model::Nothing => 0,
                Model::Everything => pending.changes.len(),
                Model::Prefix | Model::Sectors => random.below(pending.changes.len() + 1),
            };
            pending
                .changes
                .iter()
                .take(kept)
                .for_each(|naming| naming.apply(&mut names));
        }
        for (path, file) in &names {
            // What lies in a directory that is not there is not there either.
            let at = into.join(path);
            match file {
                None => drop(std::fs::create_dir(at)),
                Some(_) if path.ends_with("-shm") => {
                    let garbage: Vec<u8> = (0..4_096)
                        .flat_map(|_| random.next().to_ne_bytes())
                        .collect();
                    if random.coin() {
                        drop(std::fs::write(at, garbage));
                    }
                }
                Some(file) => {
                    let content = self.files[*file].left(model, random);
                    drop(std::fs::write(at, content));
                }
            }
        }
    }
}

impl File {
    fn left(&self, model: Model, random: &mut Random) -> Vec<u8> {
        let mut content = self.flushed.clone();
        let changes = &self.pending.changes;
        match model {
            Model::Nothing => {}
            Model::Everything => changes.iter().for_each(|change| change.apply(&mut content)),
            Model::Prefix => {
                let kept = random.below(changes.len() + 1);
                changes
                    .iter()
                    .take(kept)
                    .for_each(|change| change.apply(&mut content));
            }
            Model::Sectors => {
                for change in changes {
                    change.apply_torn(&mut content, random);
                }
            }
        }
        content
    }
}
