//! The digest: the charges of the journal in a compact form, in a file beside the ledger. Entries
//! never change, so what was derived from them once need not be derived again. It is only ever a
//! copy: what does not fit the ledger, was cut off or was damaged is derived anew, and a place
//! where it cannot be written costs time, nothing else.

mod codec;

use std::fs::{File, OpenOptions};
use std::hash::Hasher;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::fcntl::{Flock, FlockArg};

use crate::ledger::charge::{Charge, Dictionary};
use crate::ledger::entry::{Hash, Seq};
use crate::ledger::id::Id;

/// What the file begins with; the last byte is the version of its form.
const MAGIC: &[u8; 16] = b"budget charges\0\x01";
/// The magic and the ledger's id.
const HEAD: usize = 32;
/// A block's length, place, hash and checksum.
const BLOCK_HEAD: usize = 4 + 8 + 32 + 8;
/// How many charges a block holds before the next begins.
const BLOCK: usize = 50_000;
/// With how many new charges it is worth a block; fewer are derived anew each time.
const WORTH_IT: usize = 1_000;

/// What is in the file, as far as it is whole.
pub struct Digest {
    path: PathBuf,
    ledger: Id,
    bytes: Vec<u8>,
    blocks: Vec<Block>,
}

/// Where a block is, and the entry up to which it goes.
#[derive(Debug, Clone, Copy)]
struct Block {
    upto: Seq,
    hash: Hash,
    start: usize,
    end: usize,
}

/// Adds charges to the file.
pub struct Writer {
    file: Flock<File>,
    dictionary: codec::Known,
    block: codec::Encoder,
}

impl Digest {
    /// Reads the file that belongs to a ledger; an empty digest where there is none that does.
    pub fn read(ledger: &Path, id: Id) -> Self {
        let mut name = ledger.as_os_str().to_owned();
        name.push(".charges");
        let path = PathBuf::from(name);
        let bytes = std::fs::read(&path).unwrap_or_default();
        let blocks = blocks(&bytes, &id);
        Self {
            path,
            ledger: id,
            bytes,
            blocks,
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether so many entries that it does not know are likely to be worth a block.
    pub fn is_worth(entries: i64) -> bool {
        usize::try_from(entries).is_ok_and(|entries| entries >= WORTH_IT)
    }

    /// The last entry that it goes up to, with its hash.
    pub fn end(&self) -> Option<(Seq, Hash)> {
        self.blocks.last().map(|block| (block.upto, block.hash))
    }

    /// Leaves the last block out, which is of another ledger or of one that was put back.
    pub fn without_end(&mut self) {
        self.blocks.pop();
    }

    /// Goes through its charges. `false` where they cannot be read: then none of them counts.
    pub fn each(
        &self,
        dictionary: &mut Dictionary,
        see: &mut dyn FnMut(&Dictionary, &Charge),
    ) -> bool {
        self.blocks.iter().all(|block| {
            let payload = self.bytes.get(block.start..block.end);
            payload.is_some_and(|payload| codec::decode(payload, dictionary, see).is_some())
        })
    }

    /// Makes ready to add charges after its end; `None` where another process does or nobody can.
    pub fn writer(&self, dictionary: &Dictionary) -> Option<Writer> {
        let mut open = OpenOptions::new();
        let open = open.read(true).write(true).create(true).truncate(false);
        let file = open.mode(0o600).open(&self.path).ok()?;
        let mut file = Flock::lock(file, FlockArg::LockExclusiveNonblock).ok()?;
        let mut found = Vec::new();
        file.read_to_end(&mut found).ok()?;
        if found != self.bytes {
            return None;
        }
        let end = self.blocks.last().map(|block| block.end);
        let end = u64::try_from(end.unwrap_or_default()).ok()?;
        file.set_len(end).ok()?;
        file.seek(SeekFrom::Start(end)).ok()?;
        if end == 0 {
            file.write_all(MAGIC).ok()?;
            file.write_all(self.ledger.as_bytes()).ok()?;
        }
        Some(Writer {
            file,
            dictionary: codec::Known::of(dictionary),
            block: codec::Encoder::default(),
        })
    }
}

impl Writer {
    /// Adds a charge.
    pub fn push(&mut self, charge: &Charge) {
        self.block.push(charge);
    }

    /// Whether what was added should be written before more is.
    pub fn is_full(&self) -> bool {
        self.block.len() >= BLOCK
    }

    /// Whether what was added is worth a block.
    pub fn is_worth_it(&self) -> bool {
        self.block.len() >= WORTH_IT
    }

    /// Writes what was added as a block that goes up to an entry; `None` where it cannot be
    /// written.
    pub fn cut(&mut self, upto: Seq, hash: &Hash, dictionary: &Dictionary) -> Option<()> {
        let block = std::mem::take(&mut self.block);
        let payload = block.finish(self.dictionary, dictionary);
        self.dictionary = codec::Known::of(dictionary);
        let mut bytes = Vec::with_capacity(payload.len().saturating_add(BLOCK_HEAD));
        bytes.extend(u32::try_from(payload.len()).ok()?.to_le_bytes());
        bytes.extend(upto.0.to_le_bytes());
        bytes.extend(hash);
        bytes.extend(checksum(upto, hash, &payload).to_le_bytes());
        bytes.extend(payload);
        self.file.write_all(&bytes).ok()
    }
}

/// The whole blocks at the beginning of a file of this ledger.
fn blocks(bytes: &[u8], id: &Id) -> Vec<Block> {
    let mut blocks = Vec::new();
    let head = [MAGIC.as_slice(), id.as_bytes()].concat();
    if bytes.get(..HEAD) == Some(&head) {
        let mut start = HEAD;
        while let Some(block) = block_at(bytes, start) {
            start = block.end;
            blocks.push(block);
        }
    }
    blocks
}

fn block_at(bytes: &[u8], at: usize) -> Option<Block> {
    let (length, rest) = bytes.get(at..)?.split_first_chunk::<4>()?;
    let (upto, rest) = rest.split_first_chunk::<8>()?;
    let (hash, rest) = rest.split_first_chunk::<32>()?;
    let (sum, rest) = rest.split_first_chunk::<8>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let payload = rest.get(..length)?;
    let upto = Seq(i64::from_le_bytes(*upto));
    let start = at.checked_add(BLOCK_HEAD)?;
    let block = Block {
        upto,
        hash: *hash,
        start,
        end: start.checked_add(length)?,
    };
    (checksum(upto, hash, payload) == u64::from_le_bytes(*sum)).then_some(block)
}

/// Tells damage, not malice: whoever can write here can write to the ledger.
fn checksum(upto: Seq, hash: &Hash, payload: &[u8]) -> u64 {
    #[expect(
        deprecated,
        reason = "another version of the library only makes the file be derived anew"
    )]
    let mut hasher = std::hash::SipHasher::new();
    hasher.write_i64(upto.0);
    hasher.write(hash);
    hasher.write(payload);
    hasher.finish()
}
