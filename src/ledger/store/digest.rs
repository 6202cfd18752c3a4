//! The digest: the charges of the journal in a compact form, in a file beside the ledger. Entries
//! never change, so what was derived from them once need not be derived again. It is only ever a
//! copy: what does not fit the ledger, was cut off or was damaged is derived anew, and a place
//! where it cannot be written costs time, nothing else.
//!
//! The file is a row of blocks. Each has the names that are new in it, its charges put together by
//! purpose and quarter of an hour, which is all that most reports need, and its charges one by one.

mod codec;
mod whole;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::hash::{DefaultHasher, Hasher};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg, OFlag};
use nix::unistd::geteuid;

use crate::ledger::charge::{Charge, Dictionary, quarter};
use crate::ledger::entry::{Hash, Seq};
use crate::ledger::id::Id;
use crate::ledger::timestamp::Timestamp;

/// What the file begins with; the last byte is the version of its form.
const MAGIC: &[u8; 16] = b"budget charges\0\x01";
/// The magic and the ledger's id.
const HEAD: usize = 32;
/// How many sections a block has.
const SECTIONS: usize = 3;
/// A block's last entry with its hash, and the length and checksum of each section.
const BLOCK_HEAD: usize = 8 + 32 + SECTIONS * (4 + 8);
/// How many charges a block holds before the next begins.
const BLOCK: usize = 50_000;
/// With how many new charges it is worth a block; fewer are derived anew each time.
const WORTH_IT: usize = 1_000;

/// With how many new entries it is worth a block even if they charged little.
const LONG: usize = 20_000;

pub use whole::Whole;

/// How much is told of charges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grain {
    /// Every charge.
    Each,
    /// Sums of charges for one purpose within a quarter of an hour, without their runs.
    Quarter,
}

/// What is in the file, as far as it is whole.
pub struct Digest {
    path: PathBuf,
    ledger: Id,
    file: Option<File>,
    length: u64,
    blocks: Vec<Block>,
}

/// Where a block is, and the entry up to which it goes.
#[derive(Debug, Clone, Copy)]
struct Block {
    upto: Seq,
    hash: Hash,
    names: Section,
    quarters: Section,
    charges: Section,
}

/// A part of the file with its checksum.
#[derive(Debug, Clone, Copy)]
struct Section {
    start: u64,
    length: u32,
    sum: u64,
}

/// Adds charges to the file.
pub struct Writer {
    file: Flock<File>,
    known: codec::Known,
    charges: codec::Encoder,
    quarters: Quarters,
}

/// Sums of charges for one purpose within a quarter of an hour.
#[derive(Debug, Default, PartialEq, Eq)]
struct Quarters {
    sums: BTreeMap<(Timestamp, u32), Charge>,
    /// Charges whose sum does not fit.
    apart: Vec<Charge>,
}

/// A block whose bytes are as they were written, but cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be read; remove it, and it is made anew", .0.display())]
pub struct Unreadable(PathBuf);

impl Digest {
    /// Finds the file that belongs to a ledger; an empty digest where there is none that does.
    pub fn of(ledger: &Path, id: Id) -> Self {
        let mut name = ledger.as_os_str().to_owned();
        name.push(".charges");
        let path = PathBuf::from(name);
        let file = open(OpenOptions::new().read(true), &path);
        let length = file.as_ref().and_then(|file| file.metadata().ok());
        let length = length.map_or(0, |found| found.len());
        let blocks = file.as_ref().map(|file| blocks(file, length, &id));
        Self {
            path,
            ledger: id,
            file,
            length,
            blocks: blocks.unwrap_or_default(),
        }
    }

    /// Whether so many entries that it does not know are likely to be worth a block.
    pub fn is_worth(entries: i64) -> bool {
        usize::try_from(entries).is_ok_and(|entries| entries >= WORTH_IT)
    }

    /// Whether so many entries are worth a block whatever they charged: they are gone through.
    pub fn is_long(entries: i64) -> bool {
        usize::try_from(entries).is_ok_and(|entries| entries >= LONG)
    }

    /// The last entry that it goes up to, with its hash.
    pub fn end(&self) -> Option<(Seq, Hash)> {
        self.blocks.last().map(|block| (block.upto, block.hash))
    }

    /// Leaves the last block out, which is of another ledger or of one that was put back.
    pub fn without_end(&mut self) {
        self.blocks.pop();
    }

    /// Goes through its charges as far as they are sound, and ends there.
    ///
    /// # Errors
    /// What is sound and still cannot be read.
    pub fn each(
        &mut self,
        grain: Grain,
        dictionary: &mut Dictionary,
        see: &mut dyn FnMut(&Dictionary, &Charge),
    ) -> Result<(), Unreadable> {
        for (index, block) in self.blocks.iter().enumerate() {
            let section = match grain {
                Grain::Each => &block.charges,
                Grain::Quarter => &block.quarters,
            };
            let sound = self.section(&block.names).zip(self.section(section));
            let Some((names, charges)) = sound else {
                self.blocks.truncate(index);
                break;
            };
            codec::decode_names(&names, dictionary)
                .and_then(|()| codec::decode(&charges, dictionary, see))
                .ok_or_else(|| Unreadable(self.path.clone()))?;
        }
        Ok(())
    }

    /// The bytes of a section; `None` where they are not those that were written.
    fn section(&self, section: &Section) -> Option<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(section.length).ok()?];
        let file = self.file.as_ref()?;
        file.read_exact_at(&mut bytes, section.start).ok()?;
        (checksum(&bytes) == section.sum).then_some(bytes)
    }

    /// Makes ready to add charges after its end; `None` where another process does or nobody can.
    pub fn writer(&self, dictionary: &Dictionary) -> Option<Writer> {
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let file = open(options, &self.path)?;
        let mut file = Flock::lock(file, FlockArg::LockExclusiveNonblock).ok()?;
        // Another process added to it meanwhile.
        if file.metadata().ok()?.len() != self.length {
            return None;
        }
        let end = self.blocks.last().map_or(0, Block::end);
        if end == 0 && self.length > 0 && !has_magic(&file) {
            return None;
        }
        file.set_len(end).ok()?;
        file.seek(SeekFrom::Start(end)).ok()?;
        if end == 0 {
            file.write_all(MAGIC).ok()?;
            file.write_all(self.ledger.as_bytes()).ok()?;
        }
        Some(Writer {
            file,
            known: codec::Known::of(dictionary),
            charges: codec::Encoder::default(),
            quarters: Quarters::default(),
        })
    }
}

impl Writer {
    /// Adds a charge.
    pub fn push(&mut self, charge: &Charge) {
        self.charges.push(charge);
        self.quarters.push(charge);
    }

    /// Whether what was added should be written before more is.
    pub fn is_full(&self) -> bool {
        self.charges.len() >= BLOCK
    }

    /// Whether what was added is worth a block.
    pub fn is_worth_it(&self) -> bool {
        self.charges.len() >= WORTH_IT
    }

    /// Writes what was added as a block that goes up to an entry; `None` where it cannot be
    /// written.
    pub fn cut(&mut self, upto: Seq, hash: &Hash, dictionary: &Dictionary) -> Option<()> {
        let mut quarters = codec::Encoder::default();
        for charge in std::mem::take(&mut self.quarters).all() {
            quarters.push(charge);
        }
        let sections = [
            codec::encode_names(self.known, dictionary),
            quarters.finish(),
            std::mem::take(&mut self.charges).finish(),
        ];
        self.known = codec::Known::of(dictionary);
        let mut bytes = Vec::new();
        bytes.extend(upto.0.to_le_bytes());
        bytes.extend(hash);
        for section in &sections {
            bytes.extend(u32::try_from(section.len()).ok()?.to_le_bytes());
            bytes.extend(checksum(section).to_le_bytes());
        }
        bytes.extend(sections.concat());
        self.file.write_all(&bytes).ok()
    }
}

impl Quarters {
    fn push(&mut self, charge: &Charge) {
        let effective_at = quarter(charge.effective_at);
        let in_quarter = Charge {
            effective_at,
            session: None,
            ..charge.clone()
        };
        let place = (effective_at, charge.purpose);
        match self.sums.get_mut(&place) {
            None => drop(self.sums.insert(place, in_quarter)),
            Some(sum) => match sum.plus(&in_quarter) {
                Some(more) => *sum = more,
                None => self.apart.push(in_quarter),
            },
        }
    }

    fn all(&self) -> impl Iterator<Item = &Charge> {
        self.sums.values().chain(&self.apart)
    }
}

impl Block {
    fn end(&self) -> u64 {
        self.charges.end()
    }
}

impl Section {
    fn end(&self) -> u64 {
        self.start.saturating_add(u64::from(self.length))
    }
}

/// Opens the file, where it is one of ours: a link, a pipe or what others can write to is none.
fn open(options: &mut OpenOptions, path: &Path) -> Option<File> {
    let flags = OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let file = options
        .custom_flags(flags.bits())
        .mode(0o600)
        .open(path)
        .ok()?;
    let found = file.metadata().ok()?;
    let is_ours = found.is_file() && found.uid() == geteuid().as_raw() && found.mode() & 0o022 == 0;
    is_ours.then_some(file)
}

/// Whether a file was a digest, of whatever ledger, or the beginning of one.
fn has_magic(file: &File) -> bool {
    let mut magic = [0; MAGIC.len()];
    let length = file.read_at(&mut magic, 0).unwrap_or_default();
    MAGIC.starts_with(magic.get(..length).unwrap_or_default())
}

/// The blocks of a file of this ledger, as far as they are all there. Whether they are sound is
/// looked at when they are read.
fn blocks(file: &File, length: u64, id: &Id) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut head = [0; HEAD];
    let is_ours = file.read_exact_at(&mut head, 0).is_ok()
        && head.starts_with(MAGIC)
        && head.ends_with(id.as_bytes());
    let mut start = u64::try_from(HEAD).unwrap_or_default();
    while is_ours
        && let Some(block) = block_at(file, start)
        && block.end() <= length
    {
        start = block.end();
        blocks.push(block);
    }
    blocks
}

fn block_at(file: &File, at: u64) -> Option<Block> {
    let mut head = [0; BLOCK_HEAD];
    file.read_exact_at(&mut head, at).ok()?;
    let (upto, rest) = head.split_first_chunk::<8>()?;
    let (hash, mut rest) = rest.split_first_chunk::<32>()?;
    let mut start = at.checked_add(u64::try_from(BLOCK_HEAD).ok()?)?;
    let mut section = || {
        let (length, tail) = rest.split_first_chunk::<4>()?;
        let (sum, tail) = tail.split_first_chunk::<8>()?;
        rest = tail;
        let section = Section {
            start,
            length: u32::from_le_bytes(*length),
            sum: u64::from_le_bytes(*sum),
        };
        start = section.end();
        Some(section)
    };
    Some(Block {
        upto: Seq(i64::from_le_bytes(*upto)),
        hash: *hash,
        names: section()?,
        quarters: section()?,
        charges: section()?,
    })
}

/// Tells damage, not malice: whoever can write here can write to the ledger. Another version of
/// the library may hash otherwise; then the file is made anew.
fn checksum(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}
