//! Which known words a mistyped one may have meant. It knows no words itself.

/// Insertions, deletions and replacements of one character that turn `left` into `right`.
pub(crate) fn edits(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, l) in left.chars().enumerate() {
        let mut diagonal = line;
        let mut before = line.saturating_add(1);
        for (cell, r) in row.iter_mut().skip(1).zip(&right) {
            let replaced = diagonal.saturating_add(usize::from(l != *r));
            diagonal = *cell;
            let added = diagonal.min(before).saturating_add(1);
            before = replaced.min(added);
            *cell = before;
        }
        if let Some(first) = row.first_mut() {
            *first = line.saturating_add(1);
        }
    }
    row.last().copied().unwrap_or_default()
}

/// The known words that a typed one may have meant, at most three.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut near: Vec<_> = known
        .map(|candidate| (edits(word, candidate), candidate))
        .filter(|(distance, candidate)| is_near(*distance, word, candidate))
        .collect();
    near.sort_unstable();
    near.into_iter()
        .take(3)
        .map(|(_, candidate)| candidate.to_owned())
        .collect()
}

/// A short word is near to few others: two of three letters may not differ.
fn is_near(distance: usize, word: &str, candidate: &str) -> bool {
    let most = match word.chars().count() {
        ..=3 => 1,
        _ => 2,
    };
    distance <= most || candidate.starts_with(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_counted() {
        for (left, right, count) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("kitten", "sitting", 3),
            ("ab", "ba", 2),
        ] {
            assert_eq!(edits(left, right), count, "{left} {right}");
        }
    }

    #[test]
    fn a_short_word_is_near_to_few() {
        let known = ["list", "log", "limits", "status", "statusline"];
        let near = |word: &str| nearest(word, known.into_iter());
        assert_eq!(near("lg"), ["log"]);
        assert_eq!(near("limts"), ["limits", "list"]);
        assert_eq!(near("statu"), ["status", "statusline"]);
        assert!(near("xyz").is_empty());
    }
}
