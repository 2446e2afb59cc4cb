//! Long texts in pieces: what is shown of a hit is marked piece by piece, and a book would be marked for a second.

/// Bytes of a piece, about five pages: words that are looked for together are found within one.
const PASSAGE_BYTES: usize = 16 * 1024;

/// `text` in pieces that end at a line's or word's end where there is one.
pub(crate) fn passages(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text.trim();
    while rest.len() > PASSAGE_BYTES {
        let (piece, after) = rest.split_at(end_of_piece(rest));
        pieces.push(piece.trim());
        rest = after.trim_start();
    }
    pieces.push(rest);
    pieces.retain(|piece| !piece.is_empty());
    pieces
}

fn end_of_piece(text: &str) -> usize {
    let most = (0..=PASSAGE_BYTES).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    let least = most / 2;
    let piece = &text[..most];
    let line = piece.rfind('\n').filter(|at| *at > least);
    let word = || piece.rfind(char::is_whitespace).filter(|at| *at > least);
    line.or_else(word).unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_where_words_do() {
        assert_eq!(passages("  one two\n "), ["one two"]);
        assert!(passages(" \n ").is_empty());
        let lines = "a line of text\n".repeat(5_000);
        let pieces = passages(&lines);
        assert_eq!(pieces.len(), 5);
        assert!(pieces.iter().all(|piece| piece.starts_with("a line") && piece.ends_with("of text")));
        let wall = "漢".repeat(20_000);
        assert_eq!(passages(&wall).concat(), wall);
        assert!(passages(&wall).iter().all(|piece| piece.len() <= PASSAGE_BYTES));
    }
}
