//! Glyphs of symbol fonts as their Unicode likeness.

/// What a character of a symbol font looks like; none for other fonts and for glyphs without a likeness.
pub(crate) fn likeness(character: char, font: &str) -> Option<char> {
    let code = match character as u32 {
        code @ 0xf020..=0xf0ff => code - 0xf000,
        code @ 0x20..=0xff => code,
        _ => return None,
    };
    let font = font.to_ascii_lowercase();
    if font.starts_with("wingdings 2") || font.starts_with("wingdings 3") {
        return Some(other_wingdings(code, font.ends_with('3')));
    }
    if font.starts_with("wingdings") {
        return Some(wingdings(code));
    }
    if font.starts_with("symbol") {
        return symbol(code);
    }
    None
}

fn wingdings(code: u32) -> char {
    match code {
        0x20 => ' ',
        0x22 => '✂',
        0x28 => '☎',
        0x2a => '✉',
        0x46 => '☞',
        0x4a => '☺',
        0x4c => '☹',
        0x6c => '●',
        0x6d => '❍',
        0x6e => '■',
        0x6f | 0x71 => '❑',
        0x70 => '□',
        0x72 => '❒',
        0x73 => '⬧',
        0x74 => '⧫',
        0x75 => '◆',
        0x76 => '❖',
        0x77 => '⬥',
        0x9f => '•',
        0xa0 | 0xa7 => '▪',
        0xa1 => '○',
        0xa8 => '◻',
        0xab => '★',
        0xd8 => '➢',
        0xdc => '➲',
        0xdf => '←',
        0xe0 | 0xe8 => '→',
        0xe1 => '↑',
        0xe2 => '↓',
        0xf0 => '⇨',
        0xfb => '✗',
        0xfc => '✓',
        0xfd => '☒',
        0xfe => '☑',
        _ => '▪',
    }
}

fn other_wingdings(code: u32, third: bool) -> char {
    match (third, code) {
        (_, 0x20) => ' ',
        (true, 0x22) => '→',
        (true, _) => '▶',
        (false, 0x4f) => '✗',
        (false, 0x50) => '✓',
        (false, 0xa3) => '□',
        (false, _) => '▪',
    }
}

fn symbol(code: u32) -> Option<char> {
    const GREEK: &str = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ";
    const SMALL: &str = "αβχδεφγηιϕκλμνοπθρστυϖωξψζ";
    Some(match code {
        0x41..=0x5a => GREEK.chars().nth(code as usize - 0x41)?,
        0x61..=0x7a => SMALL.chars().nth(code as usize - 0x61)?,
        0xa3 => '≤',
        0xa5 => '∞',
        0xab => '↔',
        0xac => '←',
        0xad => '↑',
        0xae => '→',
        0xaf => '↓',
        0xb0 => '°',
        0xb1 => '±',
        0xb3 => '≥',
        0xb4 => '×',
        0xb7 => '•',
        0xb8 => '÷',
        0xb9 => '≠',
        0xbb => '≈',
        0xce => '∈',
        0xd5 => '∏',
        0xd6 => '√',
        0xde => '⇒',
        0xe5 => '∑',
        0xf2 => '∫',
        _ => char::from_u32(code)?,
    })
}

/// Text with glyphs of its fonts replaced: `font` draws all of it, `symbols` what stands in the private area.
pub(super) fn readable(text: &str, font: Option<&str>, symbols: Option<&str>) -> String {
    let private = |character: char| ('\u{f020}'..='\u{f0ff}').contains(&character);
    let font = font.unwrap_or_default();
    let dingbats = font.to_ascii_lowercase().starts_with("wingdings");
    if !dingbats && !text.chars().any(private) {
        return text.to_owned();
    }
    let shown = |character: char| match (private(character), dingbats) {
        (true, _) => likeness(character, symbols.unwrap_or(font)).unwrap_or('▪'),
        (false, true) => likeness(character, font).unwrap_or(character),
        (false, false) => character,
    };
    text.chars().map(shown).collect()
}
