//! Keys for what a charge counts and no other charge may count again: messages of providers, and
//! the counters of agents' sessions. Their names may be of any length; keys are of one.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// A message or a session, by the beginning of a SHA-256: no two of a ledger share it.
pub type Key = [u8; 16];

/// The key of a message.
pub fn message_key(id: &str) -> Key {
    key("message", id)
}

/// The key of a session's counters.
pub fn session_key(session: &str) -> Key {
    key("session", session)
}

/// The key of a file of messages.
pub fn file_key(name: &str) -> Key {
    key("file", name)
}

/// What stands for all these messages in the entry that counts them. Keys are in order.
pub fn digest<'a>(keys: impl IntoIterator<Item = &'a Key>) -> String {
    let mut hasher = Sha256::new();
    for key in keys {
        hasher.update(key);
    }
    hex(&hasher.finalize())
}

/// Bytes as two digits each.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn key(kind: &str, name: &str) -> Key {
    let digest = Sha256::new()
        .chain_update(kind)
        .chain_update([0])
        .chain_update(name)
        .finalize();
    let mut key = Key::default();
    key.copy_from_slice(digest.get(..16).unwrap_or_default());
    key
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_and_a_session_of_one_name_are_two() {
        assert_ne!(message_key("a"), session_key("a"));
        assert_ne!(message_key("a"), message_key("b"));
    }
}
