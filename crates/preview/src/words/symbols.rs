//! What the glyphs of symbol fonts look like in Unicode: documents name them by their place in the font, and the user
//! interface has none of these fonts.

/// From 0x21 on, as the font Symbol has them.
const SYMBOL_LOW: &str =
    "!∀#∃%&∋()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_‾αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼";
/// From 0xA0 on.
const SYMBOL_HIGH: &str =
    "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…⏐⎯↵ℵℑℜ℘⊗⊕∅∩∪⊃⊇⊄⊂⊆∈∉∠∇®©™∏√⋅¬∧∨⇔⇐⇑⇒⇓◊〈®©™∑⎛⎜⎝⎡⎢⎣⎧⎨⎩⎪ 〉∫⌠⎮⌡⎞⎟⎠⎤⎥⎦⎫⎬⎭";

/// From 0x21 on, as Wingdings has them.
const WINGDINGS: &str = "✏✂✁👓🔔📖🕯☎✆✉📧📪📫📬📭📁📂📄🗏🗐🗄⌛⌨🖰🖲💻🖴💾🖬✇✍🖎✌👌👍👎☜☞☝☟✋☺😐☹💣☠⚐🏱✈☼💧❄✞✞🕈✠✡☪☯ॐ☸♈♉♊♋♌♍♎♏♐♑♒♓&&●❍■□◻❑❒◆⧫◆❖◆⌧⍓⌘❀✿❝❞▯⓪①②③④⑤⑥⑦⑧⑨⑩⓿❶❷❸❹❺❻❼❽❾❿❦❧❦❧❧❦❧❦·•\u{a0}○⭘◉◉◎◦▪◻▲✦★✶✴✹✵⌑⌖✧⌑◈✪✰🕐🕑🕒🕓🕔🕕🕖🕗🕘🕙🕚🕛↰↱↲↳↴↵↶↷❦❧❦❧❧❦❧❦❧❦⌫⌦➤➢▲▼➲➲▲▼←→↑↓↖↗↙↘⬅➔⬆⬇⬉⬈⬋⬊⇦⇨⇧⇩⬄⇳⬁⬀⬃⬂▭▫✗✓☒☑⊞";

/// The most used of the others, by their place.
const WINGDINGS_2: [(u8, char); 14] = [
    (0x4f, '✗'),
    (0x50, '✓'),
    (0x51, '☒'),
    (0x52, '☑'),
    (0x53, '☒'),
    (0x54, '☒'),
    (0x97, '●'),
    (0x98, '•'),
    (0x9e, '•'),
    (0xa2, '■'),
    (0xa3, '□'),
    (0xae, '◆'),
    (0xc5, '★'),
    (0xed, '✦'),
];
const WINGDINGS_3: [(u8, char); 12] = [
    (0x22, '↔'),
    (0x66, '←'),
    (0x67, '→'),
    (0x68, '↑'),
    (0x69, '↓'),
    (0x70, '▲'),
    (0x71, '▼'),
    (0x74, '◀'),
    (0x75, '▶'),
    (0x7d, '▶'),
    (0x84, '◂'),
    (0x86, '▸'),
];
const WEBDINGS: [(u8, char); 12] = [
    (0x33, '◀'),
    (0x34, '▶'),
    (0x35, '▲'),
    (0x36, '▼'),
    (0x3c, '■'),
    (0x3d, '▶'),
    (0x61, '✓'),
    (0x63, '□'),
    (0x67, '■'),
    (0x6e, '●'),
    (0x72, '✗'),
    (0x78, '⊗'),
];

/// The characters of this font are pictures.
pub(crate) fn is_symbol_font(font: &str) -> bool {
    let lower = font.to_ascii_lowercase();
    lower == "symbol" || lower.starts_with("wingdings") || lower == "webdings" || lower == "zapfdingbats"
}

/// What a character looks like in this font; itself where that is not known. Symbol fonts stand at U+F020 to U+F0FF as well.
pub(crate) fn likeness(font: &str, character: char) -> char {
    let private = matches!(character, '\u{f000}'..='\u{f0ff}');
    let place = match u32::from(character) {
        code @ 0..=0xff => code as u8,
        code if private => (code & 0xff) as u8,
        _ => return character,
    };
    let unknown = if private { '•' } else { character };
    if place <= 0x20 {
        return if private { ' ' } else { character };
    }
    match font.to_ascii_lowercase().as_str() {
        "symbol" if place < 0xa0 => SYMBOL_LOW.chars().nth(usize::from(place) - 0x21).unwrap_or(unknown),
        "symbol" => SYMBOL_HIGH.chars().nth(usize::from(place) - 0xa0).unwrap_or(unknown),
        "wingdings" => WINGDINGS.chars().nth(usize::from(place) - 0x21).unwrap_or(unknown),
        "wingdings 2" => listed(&WINGDINGS_2, place).unwrap_or(unknown),
        "wingdings 3" => listed(&WINGDINGS_3, place).unwrap_or(unknown),
        "webdings" => listed(&WEBDINGS, place).unwrap_or(unknown),
        // Other fonts: what Word itself puts at private places is as in Symbol.
        _ if private && place == 0xb7 => '•',
        _ if private && place.is_ascii_graphic() => char::from(place),
        _ => unknown,
    }
}

fn listed(table: &[(u8, char)], place: u8) -> Option<char> {
    table.iter().find(|(known, _)| *known == place).map(|(_, character)| *character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glyphs_of_symbol_fonts_look_alike() {
        for (font, character, expected) in [
            ("Symbol", '\u{f0b7}', '•'),
            ("Symbol", 'a', 'α'),
            ("Symbol", '\u{f061}', 'α'),
            ("Symbol", 'W', 'Ω'),
            ("Symbol", '\u{f0ae}', '→'),
            ("Symbol", '\u{f0fe}', '⎭'),
            ("Wingdings", '\u{f0a7}', '▪'),
            ("Wingdings", '\u{f0fc}', '✓'),
            ("Wingdings", '\u{f0fe}', '☑'),
            ("Wingdings", '\u{f0a8}', '◻'),
            ("Wingdings", '\u{f0d8}', '➢'),
            ("Wingdings", '\u{f076}', '❖'),
            ("Wingdings", '\u{f06c}', '●'),
            ("Wingdings", '\u{f0e0}', '→'),
            ("Wingdings", 'J', '☺'),
            ("Wingdings 2", 'R', '☑'),
            ("Arial", 'J', 'J'),
            ("Courier New", 'o', 'o'),
            ("Calibri", '\u{f0b7}', '•'),
        ] {
            assert_eq!(likeness(font, character), expected, "{font} {character:?}");
        }
    }
}
