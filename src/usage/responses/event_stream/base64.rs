//! What a chunk of a stream carries: JSON, in base64, in JSON.

use crate::usage::responses::fields::Fields;
use crate::usage::wire::Fault;

const MALFORMED: &str = "the answer has a chunk that cannot be read";

/// The message in a payload like `{"bytes":"eyJ0eXBl…"}`.
pub(super) fn chunk(payload: &[u8]) -> Result<Vec<u8>, Fault> {
    let malformed = || Fault::text(MALFORMED);
    let fields = Fields::of(payload)?;
    let text = fields.json("bytes").ok_or_else(malformed)?;
    let text = text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    decode(text.ok_or_else(malformed)?).ok_or_else(malformed)
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let text = text.as_bytes();
    let digits = text.strip_suffix(b"==").or(text.strip_suffix(b"="));
    let digits = digits.unwrap_or(text);
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    for group in digits.chunks(4) {
        let mut bits = 0_u32;
        for digit in group {
            bits = bits << 6 | u32::from(value(*digit)?);
        }
        bits <<= 6 * (4 - group.len());
        let [_, whole @ ..] = bits.to_be_bytes();
        // One digit holds no byte.
        let count = group.len().checked_sub(1).filter(|count| *count > 0)?;
        bytes.extend_from_slice(whole.get(..count)?);
    }
    Some(bytes)
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_decoded_whatever_its_length() {
        for (text, decoded) in [
            ("", Some("")),
            ("Zg==", Some("f")),
            ("Zm8=", Some("fo")),
            ("Zm9v", Some("foo")),
            ("Zm9vYg==", Some("foob")),
            ("Zm9vYmE=", Some("fooba")),
            ("Pz8/Pj4+", Some("???>>>")),
            ("Zm9vY", None),
            ("Zm9-", None),
            ("Zm 9v", None),
        ] {
            let bytes = decoded.map(|text| text.as_bytes().to_vec());
            assert_eq!(decode(text), bytes, "{text}");
        }
    }
}
