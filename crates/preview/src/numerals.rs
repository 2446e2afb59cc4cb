//! Numbers as lists, notes and pages show them (ST_NumberFormat, ECMA-376 part 1 §17.18.59).

/// Digits and letters beyond this many are no label any more: a damaged file counted them.
const LONGEST: usize = 30;

/// `number` in a number format; what is not known is shown in decimal.
pub(crate) fn numeral(number: i64, format: &str) -> String {
    match format {
        "none" | "bullet" => String::new(),
        "decimalZero" => format!("{number:02}"),
        "upperRoman" => roman(number),
        "lowerRoman" => roman(number).to_lowercase(),
        "upperLetter" => repeated(number, b'A'),
        "lowerLetter" => repeated(number, b'a'),
        "ordinal" => format!("{number}{}", ordinal_ending(number)),
        "cardinalText" => capital(&cardinal(number)),
        "ordinalText" => capital(&ordinal(number)),
        "hex" => format!("{number:X}"),
        "chicago" => chicago(number),
        "numberInDash" => format!("- {number} -"),
        "decimalEnclosedCircle" | "decimalEnclosedCircleChinese" => enclosed(number, 0x2460, 20),
        "decimalEnclosedParen" => enclosed(number, 0x2474, 20),
        "decimalEnclosedFullstop" => enclosed(number, 0x2488, 20),
        "ideographEnclosedCircle" => enclosed(number, 0x3280, 10),
        "decimalFullWidth" | "decimalFullWidth2" => digits(number, "０１２３４５６７８９"),
        _ => eastern(number, format).or_else(|| listed(number, format)).unwrap_or_else(|| number.to_string()),
    }
}

/// A custom format by its example: `001, 002, 003, ...` ([MS-DOCX] 2.2.1).
pub(crate) fn custom(number: i64, example: &str) -> String {
    let first = example.split(',').next().unwrap_or_default().trim();
    let width = if first.starts_with('0') { first.len().min(LONGEST) } else { 1 };
    format!("{number:0width$}")
}

pub(crate) fn roman(number: i64) -> String {
    const STEPS: [(i64, &str); 13] = [
        (1000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    if !(1..=32_767).contains(&number) {
        return number.to_string();
    }
    let (mut left, mut text) = (number, String::new());
    for (value, letters) in STEPS {
        while left >= value {
            text.push_str(letters);
            left -= value;
        }
    }
    text
}

/// a … z, aa, bb … zz, aaa: one letter again and again.
pub(crate) fn repeated(number: i64, first: u8) -> String {
    let Some(index) = number.checked_sub(1).and_then(|index| usize::try_from(index).ok()) else {
        return number.to_string();
    };
    let letter = char::from(first + (index % 26) as u8);
    String::from(letter).repeat((index / 26 + 1).min(LONGEST))
}

fn chicago(number: i64) -> String {
    let Some(index) = number.checked_sub(1).and_then(|index| usize::try_from(index).ok()) else {
        return number.to_string();
    };
    ["*", "†", "‡", "§"][index % 4].repeat((index / 4 + 1).min(LONGEST))
}

fn enclosed(number: i64, first: u32, count: i64) -> String {
    let character =
        (1..=count).contains(&number).then(|| char::from_u32(first + number as u32 - 1)).flatten();
    character.map_or_else(|| number.to_string(), String::from)
}

/// Place by place, in other digits.
fn digits(number: i64, shapes: &str) -> String {
    let digit = |digit: char| digit.to_digit(10).and_then(|digit| shapes.chars().nth(digit as usize));
    number.to_string().chars().map(|character| digit(character).unwrap_or(character)).collect()
}

/// Series of letters: after the last, again from the first.
fn listed(number: i64, format: &str) -> Option<String> {
    let letters = match format {
        "ideographTraditional" => "甲乙丙丁戊己庚辛壬癸",
        "ideographZodiac" => "子丑寅卯辰巳午未申酉戌亥",
        "aiueo" | "aiueoFullWidth" => {
            "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
        }
        "iroha" | "irohaFullWidth" => {
            "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセスン"
        }
        "ganada" => "가나다라마바사아자차카타파하",
        "chosung" => "ㄱㄴㄷㄹㅁㅂㅅㅇㅈㅊㅋㅌㅍㅎ",
        "hebrew1" | "hebrew2" => "אבגדהוזחטיכלמנסעפצקרשת",
        "arabicAlpha" => "أبتثجحخدذرزسشصضطظعغفقكلمنهوي",
        "arabicAbjad" => "أبجدهوزحطيكلمنسعفصقرشتثخذضظغ",
        "thaiLetters" => "กขคงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ",
        "hindiVowels" => "अआइईउऊऋऌऍऎएऐऑऒओऔ",
        "hindiConsonants" => "कखगघङचछजझञटठडढणतथदधनपफबभमयरलवशषसह",
        "russianUpper" => "АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЫЭЮЯ",
        "russianLower" => "абвгдежзиклмнопрстуфхцчшщыэюя",
        _ => return None,
    };
    let index = usize::try_from(number.checked_sub(1)?).ok()?;
    let count = letters.chars().count();
    let letter = letters.chars().nth(index % count)?;
    Some(String::from(letter).repeat((index / count + 1).min(LONGEST)))
}

/// Digits and words for numbers in eastern scripts.
fn eastern(number: i64, format: &str) -> Option<String> {
    /// Plain and legal digits with the words for ten, hundred, thousand and ten thousand.
    const CHINESE: Counting =
        Counting { digits: "〇一二三四五六七八九", units: "十百千", myriad: "万", one: false };
    const LEGAL: Counting =
        Counting { digits: "零壹贰叁肆伍陆柒捌玖", units: "拾佰仟", myriad: "万", one: true };
    const TRADITIONAL: Counting =
        Counting { digits: "零壹貳參肆伍陸柒捌玖", units: "拾佰仟", myriad: "萬", one: true };
    const JAPANESE_LEGAL: Counting =
        Counting { digits: "〇壱弐参四五六七八九", units: "拾百阡", myriad: "萬", one: true };
    const KOREAN: Counting =
        Counting { digits: "영일이삼사오육칠팔구", units: "십백천", myriad: "만", one: false };
    Some(match format {
        "ideographDigital" | "japaneseDigitalTenThousand" | "taiwaneseDigital" => {
            digits(number, CHINESE.digits)
        }
        "koreanDigital" => digits(number, KOREAN.digits),
        "koreanDigital2" => digits(number, "零一二三四五六七八九"),
        "thaiNumbers" => digits(number, "๐๑๒๓๔๕๖๗๘๙"),
        "hindiNumbers" => digits(number, "०१२३४५६७८९"),
        "japaneseCounting" | "chineseCountingThousand" | "taiwaneseCountingThousand" => {
            CHINESE.say(number)?
        }
        // Up to 99 in words, then digit by digit.
        "chineseCounting" | "taiwaneseCounting" if number > 99 => digits(number, "○一二三四五六七八九"),
        "chineseCounting" | "taiwaneseCounting" => CHINESE.say(number)?,
        "chineseLegalSimplified" => LEGAL.say(number)?,
        "ideographLegalTraditional" => TRADITIONAL.say(number)?,
        "japaneseLegal" => JAPANESE_LEGAL.say(number)?,
        "koreanCounting" => KOREAN.say(number)?,
        "koreanLegal" => korean_native(number)?,
        _ => return None,
    })
}

/// How a script counts with words for the powers of ten.
struct Counting {
    digits: &'static str,
    units: &'static str,
    myriad: &'static str,
    /// Ten is "one ten".
    one: bool,
}

impl Counting {
    fn say(&self, number: i64) -> Option<String> {
        if !(1..100_000_000).contains(&number) {
            return None;
        }
        let (high, low) = (number / 10_000, number % 10_000);
        let mut text = String::new();
        if high > 0 {
            self.below_myriad(high, &mut text)?;
            text.push_str(self.myriad);
        }
        self.below_myriad(low, &mut text)?;
        Some(text)
    }

    fn below_myriad(&self, number: i64, text: &mut String) -> Option<()> {
        for power in (0..4u32).rev() {
            let digit = number / 10_i64.pow(power) % 10;
            if digit == 0 {
                continue;
            }
            if digit > 1 || power == 0 || self.one || power > 1 && self.digits.starts_with('〇') {
                text.push(self.digits.chars().nth(digit as usize)?);
            }
            if let Some(unit) = power.checked_sub(1) {
                text.push(self.units.chars().nth(unit as usize)?);
            }
        }
        Some(())
    }
}

/// 하나, 둘 … of Korean, up to 99.
fn korean_native(number: i64) -> Option<String> {
    const TENS: [&str; 10] = ["", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔"];
    const ONES: [&str; 10] = ["", "하나", "둘", "셋", "넷", "다섯", "여섯", "일곱", "여덟", "아홉"];
    let number = usize::try_from(number).ok().filter(|number| (1..100).contains(number))?;
    Some(format!("{}{}", TENS.get(number / 10)?, ONES.get(number % 10)?))
}

fn ordinal_ending(number: i64) -> &'static str {
    match (number.unsigned_abs() % 10, number.unsigned_abs() % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    }
}

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

fn cardinal(number: i64) -> String {
    let word = |list: &[&'static str], index: i64| -> &'static str {
        usize::try_from(index).ok().and_then(|index| list.get(index).copied()).unwrap_or_default()
    };
    match number {
        0..20 => word(&ONES, number).to_owned(),
        20..100 if number % 10 == 0 => word(&TENS, number / 10).to_owned(),
        20..100 => format!("{}-{}", word(&TENS, number / 10), word(&ONES, number % 10)),
        100..1000 => with_rest(format!("{} hundred", word(&ONES, number / 100)), number % 100),
        1000..1_000_000 => with_rest(format!("{} thousand", cardinal(number / 1000)), number % 1000),
        _ => number.to_string(),
    }
}

fn with_rest(words: String, rest: i64) -> String {
    if rest == 0 { words } else { format!("{words} {}", cardinal(rest)) }
}

fn ordinal(number: i64) -> String {
    const IRREGULAR: [(&str, &str); 7] = [
        ("one", "first"),
        ("two", "second"),
        ("three", "third"),
        ("five", "fifth"),
        ("eight", "eighth"),
        ("nine", "ninth"),
        ("twelve", "twelfth"),
    ];
    let words = cardinal(number);
    let start = words.rfind([' ', '-']).map_or(0, |at| at + 1);
    let (front, last) = words.split_at(start);
    let ending = match IRREGULAR.iter().find(|(word, _)| *word == last) {
        Some((_, ordinal)) => (*ordinal).to_owned(),
        None => match last.strip_suffix('y') {
            Some(stem) => format!("{stem}ieth"),
            None => format!("{last}th"),
        },
    };
    format!("{front}{ending}")
}

fn capital(words: &str) -> String {
    let mut characters = words.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_their_format_says() {
        for (number, format, expected) in [
            (7, "decimal", "7"),
            (7, "decimalZero", "07"),
            (12, "decimalZero", "12"),
            (1994, "upperRoman", "MCMXCIV"),
            (4, "lowerRoman", "iv"),
            (0, "lowerRoman", "0"),
            (i64::MAX, "upperRoman", "9223372036854775807"),
            (1, "lowerLetter", "a"),
            (26, "upperLetter", "Z"),
            (27, "lowerLetter", "aa"),
            (54, "lowerLetter", "bbb"),
            (-3, "lowerLetter", "-3"),
            (i64::MIN, "chicago", "-9223372036854775808"),
            (1, "ordinal", "1st"),
            (12, "ordinal", "12th"),
            (23, "ordinal", "23rd"),
            (21, "cardinalText", "Twenty-one"),
            (1305, "cardinalText", "One thousand three hundred five"),
            (1, "ordinalText", "First"),
            (32, "ordinalText", "Thirty-second"),
            (40, "ordinalText", "Fortieth"),
            (112, "ordinalText", "One hundred twelfth"),
            (31, "hex", "1F"),
            (5, "chicago", "**"),
            (3, "decimalEnclosedCircle", "③"),
            (21, "decimalEnclosedCircle", "21"),
            (12, "decimalFullWidth", "１２"),
            (12, "chineseCounting", "十二"),
            (21, "japaneseCounting", "二十一"),
            (110, "chineseCountingThousand", "一百十"),
            (12, "koreanCounting", "십이"),
            (12, "chineseLegalSimplified", "壹拾贰"),
            (10, "ideographDigital", "一〇"),
            (11, "ideographTraditional", "甲甲"),
            (2, "aiueo", "イ"),
            (3, "hebrew1", "ג"),
            (21, "koreanLegal", "스물하나"),
            (5, "numberInDash", "- 5 -"),
            (5, "none", ""),
            (5, "whatIsThis", "5"),
        ] {
            assert_eq!(numeral(number, format), expected, "{number} {format}");
        }
        assert_eq!(custom(7, "001, 002, 003, ..."), "007");
        assert_eq!(custom(7, ""), "7");
    }
}
