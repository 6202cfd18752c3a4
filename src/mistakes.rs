//! What a person most likely meant whose command line cannot be parsed. Only hints: what is wrong
//! is said by whoever found it.

use crate::ledger::limit::LimitSpec;

/// The right form of what was most likely meant, from the parser's message and the verb typed.
pub(crate) fn meant(message: &str, verb: Option<&str>) -> Option<String> {
    let found = message.strip_prefix("unexpected argument '")?;
    let (word, _) = found.split_once('\'')?;
    if let Some(number) = word.strip_prefix('-') {
        let number = number.strip_prefix('$').unwrap_or(number);
        return number.starts_with(|c: char| c.is_ascii_digit()).then(|| {
            "amounts are never negative: `refund` takes a charge back, `grant --debit` takes room \
             away"
                .to_owned()
        });
    }
    match verb {
        Some("exec") => Some(format!(
            "`--` comes before the command: budget exec NAME -- {word} ..."
        )),
        Some("create" | "set") if word.parse::<LimitSpec>().is_ok() => {
            Some(format!("a limit is an option: --limit {word}"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequent_mistakes_are_recognised() {
        let hint = |word: &str, verb| meant(&format!("unexpected argument '{word}' found"), verb);
        let says = |hint: Option<String>, part: &str| hint.is_some_and(|hint| hint.contains(part));
        assert!(says(hint("-1", Some("spend")), "refund"));
        assert!(says(hint("-$5", Some("grant")), "refund"));
        assert!(says(hint("claude", Some("exec")), "-- claude"));
        assert!(says(hint("5usd/day", Some("create")), "--limit 5usd/day"));
        assert_eq!(hint("--tz", Some("set")), None);
        assert_eq!(hint("more", Some("status")), None);
        assert_eq!(meant("something else", Some("exec")), None);
    }
}
