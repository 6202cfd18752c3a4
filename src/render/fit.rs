//! Prose made to fit the columns there are. Owns no table.

use super::table::columns_of;

/// Pieces side by side, each line at most so wide and so far in; the first line follows what is
/// there already. A piece is broken, at its blanks, only where it is wider than a line.
pub fn wrapped(pieces: &[String], width: usize, indent: usize) -> String {
    let room = width.saturating_sub(indent).max(1);
    let margin = " ".repeat(indent);
    let mut lines = vec![String::new()];
    let mut put = |piece: &str| {
        let line = lines.last_mut().map(|line| (columns_of(line), line));
        match line {
            Some((0, line)) => line.push_str(piece),
            Some((taken, line)) if taken + 1 + columns_of(piece) <= room => {
                line.push(' ');
                line.push_str(piece);
            }
            _ => lines.push(piece.to_owned()),
        }
    };
    for piece in pieces {
        if columns_of(piece) <= room {
            put(piece);
        } else {
            piece.split(' ').for_each(&mut put);
        }
    }
    let lines = lines.iter().map(|line| format!("{margin}{line}"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The words of a sentence, with what stands between backticks as one.
pub fn words_of(sentence: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut is_open = false;
    for word in sentence.split(' ') {
        match words.last_mut().filter(|_| is_open) {
            Some(last) => {
                last.push(' ');
                last.push_str(word);
            }
            None => words.push(word.to_owned()),
        }
        is_open ^= word.matches('`').count() % 2 == 1;
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_stay_whole_where_they_can() {
        let pieces = ["$1.00 spent,", "$4.00 left,", "resets in 12h"].map(str::to_owned);
        let shown = wrapped(&pieces, 24, 2);
        assert_eq!(shown, "  $1.00 spent,\n  $4.00 left,\n  resets in 12h");
        let shown = wrapped(&pieces, 80, 0);
        assert_eq!(shown, "$1.00 spent, $4.00 left, resets in 12h");
        let shown = wrapped(&pieces, 10, 0);
        assert_eq!(shown, "$1.00\nspent,\n$4.00\nleft,\nresets in\n12h");
    }

    #[test]
    fn a_command_is_one_word() {
        let words = words_of("correct it with `budget commit 1 AMOUNT`, soon");
        let expected = ["correct", "it", "with", "`budget commit 1 AMOUNT`,", "soon"];
        assert_eq!(words, expected);
    }
}
