//! Tables of code, value, what stands in the cell: the specification's examples and Excel's documented behaviour.

use super::DateSystem::{From1900, From1904};
use super::*;

fn shown(code: &str, value: f64) -> String {
    NumberFormat::parse(code).number(value, From1900).text
}

fn check(cases: &[(&str, f64, &str)]) {
    for (code, value, expected) in cases {
        assert_eq!(shown(code, *value), *expected, "{code} of {value}");
    }
}

#[test]
fn general_is_the_shortest_within_eleven_characters() {
    for (value, expected) in [
        (0.0, "0"),
        (-0.0, "0"),
        (1.0, "1"),
        (-1.5, "-1.5"),
        (0.1 + 0.2, "0.3"),
        (1.0 / 3.0, "0.333333333"),
        (-1.0 / 3.0, "-0.333333333"),
        (1_234.567_891_234, "1234.567891"),
        (123_456_789.123_4, "123456789.1"),
        (12_345_678_901.0, "12345678901"),
        (12_345_678_901.5, "12345678902"),
        (123_456_789_012.0, "1.23457E+11"),
        (99_999_999_999.9, "1E+11"),
        (1e20, "1E+20"),
        (1.5e300, "1.5E+300"),
        (0.0001, "0.0001"),
        (0.000_123_456_789, "0.000123457"),
        (0.00001, "0.00001"),
        (0.000_012_345_678, "1.23457E-05"),
        (1e-9, "0.000000001"),
        (1e-10, "1E-10"),
        (-1.234_567e-12, "-1.23457E-12"),
        (f64::NAN, "#NUM!"),
        (f64::MIN_POSITIVE, "2.22507E-308"),
    ] {
        assert_eq!(general(value), expected, "{value:e}");
        assert_eq!(shown("General", value), expected, "{value:e}");
    }
}

#[test]
fn digits_take_their_places() {
    check(&[
        ("0", 1234.567, "1235"),
        ("0.00", 1234.567, "1234.57"),
        ("#,##0", 1234.567, "1,235"),
        ("#,##0", 1_234_567.0, "1,234,567"),
        ("#,##0", 12.0, "12"),
        ("0,000", 5.0, "0,005"),
        ("#,###", 0.0, ""),
        ("####.#", 1234.59, "1234.6"),
        ("#.000", 8.9, "8.900"),
        ("0.#", 0.631, "0.6"),
        ("#.0#", 12.0, "12.0"),
        ("#.0#", 1234.568, "1234.57"),
        ("#.##", 0.0, "."),
        ("0.##", 5.0, "5."),
        (".00", 5.5, "5.50"),
        ("???.???", 44.398, " 44.398"),
        ("???.???", 2.8, "  2.8  "),
        ("00000", 123.0, "00123"),
        ("0#", 5.0, "05"),
        ("000-00-0000", 123_456_789.0, "123-45-6789"),
        ("(###) ###-####", 5_551_234.0, "() 555-1234"),
        ("[<=9999999]###-####;(###) ###-####", 5_551_234_567.0, "(555) 123-4567"),
        ("0", 1e21, "1000000000000000000000"),
        ("0", 123_456_789_012_345_678.0, "123456789012346000"),
        ("0.00", -0.001, "-0.00"),
        ("0.0000000000000000", 1.1, "1.1000000000000000"),
    ]);
}

#[test]
fn rounding_is_away_from_zero_on_decimal_digits() {
    check(&[
        ("0", 2.5, "3"),
        ("0", -2.5, "-3"),
        ("0", 0.5, "1"),
        ("0", 0.49, "0"),
        ("0.00", 0.285, "0.29"),
        ("0.00", 1.005, "1.01"),
        ("0.00", 2.675, "2.68"),
        ("0.0", 0.05, "0.1"),
        ("0.0", 9.95, "10.0"),
        ("0.0", 0.04, "0.0"),
        ("#,##0", 999.5, "1,000"),
    ]);
}

#[test]
fn thousands_and_percent_scale() {
    check(&[
        ("#,", 12000.0, "12"),
        ("0.0,,", 12_200_000.0, "12.2"),
        ("#,##0,\"k\"", 1_234_567.0, "1,235k"),
        ("0.00,", 1234.0, "1.23"),
        ("0,.0", 1234.0, "1.2"),
        ("0%", 0.285, "29%"),
        ("0.00%", 0.123_456, "12.35%"),
        ("0%%", 0.5, "5000%%"),
        ("%0", 0.5, "%50"),
        ("0%", -0.05, "-5%"),
    ]);
}

#[test]
fn exponents_are_multiples_of_the_places() {
    check(&[
        ("0.00E+00", 12345.0, "1.23E+04"),
        ("0.00E+00", 0.0, "0.00E+00"),
        ("0.00E+00", 9.996, "1.00E+01"),
        ("0.00E-00", 12345.0, "1.23E04"),
        ("0.00E-00", 0.000_123, "1.23E-04"),
        ("##0.0E+0", 12345.0, "12.3E+3"),
        ("##0.0E+0", 999_960.0, "1.0E+6"),
        ("##0.0E+0", 0.001, "1.0E-3"),
        ("0E+0", 15_000_000.0, "2E+7"),
        ("#0.0E+0", 123_456.0, "12.3E+4"),
        (".00E+00", 123.0, ".12E+03"),
        ("0.0e+00", -123.0, "-1.2E+02"),
    ]);
}

#[test]
fn sections_are_chosen_by_sign_and_condition() {
    check(&[
        ("0;(0)", 5.0, "5"),
        ("0;(0)", -5.0, "(5)"),
        ("0;(0);\"zero\"", 0.0, "zero"),
        ("0.0;-0.0;;@", 0.0, ""),
        ("0;;", -1.0, ""),
        ("0;-0;0;\"text: \"@", -3.0, "-3"),
        ("[>=100]\"big\";[<0]\"below\";0.0", 100.0, "big"),
        ("[>=100]\"big\";[<0]\"below\";0.0", -7.0, "below"),
        ("[>=100]\"big\";[<0]\"below\";0.0", 7.0, "7.0"),
        ("[<100]0;0.0", -5.0, "-5"),
        ("[=1]\"Yes\";[=0]\"No\";\"?\"", 0.0, "No"),
        ("[=1]\"Yes\";[=0]\"No\";\"?\"", 2.0, "?"),
        ("[>5]0", 3.25, "3.25"),
        ("[>100]0;0.0", -1.0, "-1.0"),
        ("$0.00", -5.0, "-$5.00"),
        ("General;[Red]-General", -1.25, "-1.25"),
        ("\"x \"General", -1.25, "-x 1.25"),
    ]);
}

#[test]
fn literals_are_shown_and_fillers_are_not() {
    check(&[
        ("\"$\"#,##0.00", 1234.5, "$1,234.50"),
        ("[$€-407] #,##0.00", 1234.5, "€ 1,234.50"),
        ("#,##0.00 [$EUR]", 1.0, "1.00 EUR"),
        ("0\\ \\k\\g", 5.0, "5 kg"),
        ("0\" m\"\"²\"", 5.0, "5 m²"),
        ("_(* #,##0_)", 1234.0, " 1,234 "),
        ("_(\"$\"* #,##0.00_);_(\"$\"* \\(#,##0.00\\);_(\"$\"* \"-\"??_);_(@_)", -7.0, " $(7.00)"),
        ("_(\"$\"* #,##0.00_);_(\"$\"* \\(#,##0.00\\);_(\"$\"* \"-\"??_);_(@_)", 0.0, " $-   "),
        ("\"unclosed", 5.0, "unclosed"),
        ("0.0 m", 5.0, "5.0 m"),
        ("[DBNum1]0", 5.0, "5"),
        ("+0;-0", 5.0, "+5"),
        ("", 5.0, "5"),
    ]);
}

#[test]
fn colors_come_from_the_format() {
    for (code, value, color) in [
        ("0;[Red]-0", -1.0, Some("#ff0000")),
        ("0;[Red]-0", 1.0, None),
        ("[Color12]0", 1.0, Some("#808000")),
        ("[color 10]0", 1.0, Some("#008000")),
        ("[BLUE][>1]0;0", 2.0, Some("#0000ff")),
        ("[Color57]0", 1.0, None),
    ] {
        let shown = NumberFormat::parse(code).number(value, From1900);
        assert_eq!(shown.color.as_ref().map(Color::as_str), color, "{code}");
    }
}

#[test]
fn fractions_come_nearest() {
    check(&[
        ("# ?/?", 1.25, "1 1/4"),
        ("# ?/?", 0.3, " 2/7"),
        ("# ??/??", 5.3, "5  3/10"),
        ("# ??/??", 1.5, "1  1/2 "),
        ("# ?/?", 5.0, "5    "),
        ("# ?/?", 0.0, "0    "),
        ("# ?/?", 0.99, "1    "),
        ("?/?", 1.25, "5/4"),
        ("# ?/4", 2.26, "2 1/4"),
        ("# ??/16", 0.5, "  8/16"),
        ("# ?/100", 0.07, " 7/100"),
        ("# ???/???", std::f64::consts::PI, "3  16/113"),
        ("# ?/?", -1.75, "-1 3/4"),
        ("0 0/0", 0.5, "0 1/2"),
    ]);
}

#[test]
fn dates_and_times_are_taken_apart() {
    // 2019-08-05 (a Monday) 15:07:09.25
    let moment = 43_682.629_968_171_3;
    check(&[
        ("yyyy-mm-dd", moment, "2019-08-05"),
        ("m/d/yy", moment, "8/5/19"),
        ("m/d/yyyy h:mm", moment, "8/5/2019 15:07"),
        ("d-mmm-yy", moment, "5-Aug-19"),
        ("dddd, mmmm dd, yyyy", moment, "Monday, August 05, 2019"),
        ("ddd mmmmm", moment, "Mon A"),
        ("h:mm AM/PM", moment, "3:07 PM"),
        ("hh:mm:ss am/pm", moment, "03:07:09 pm"),
        ("h A/P", moment, "3 P"),
        ("h AM/PM", 0.0, "12 AM"),
        ("h AM/PM", 0.5, "12 PM"),
        ("mm:ss", moment, "07:09"),
        ("mm:ss.0", moment, "07:09.3"),
        ("hh:mm:ss.000", moment, "15:07:09.250"),
        ("h \"h\" m \"min\"", moment, "15 h 7 min"),
        ("[$-409]m/d/yy h:mm AM/PM;@", moment, "8/5/19 3:07 PM"),
        ("yyyy\\-mm\\-dd\\Thh:mm", moment, "2019-08-05T15:07"),
        ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", moment, "Monday, August 5, 2019"),
        ("[$-F400]h:mm:ss\\ AM/PM", moment, "3:07:09 PM"),
        ("hh:mm", 59.999_999_9 / 86_400.0, "00:01"),
        ("yyyy-mm-dd hh:mm:ss", 43_682.999_999_999, "2019-08-06 00:00:00"),
        ("B1yyyy", moment, "2019"),
        ("bbbb", moment, "2562"),
    ]);
}

#[test]
fn elapsed_times_go_past_a_day() {
    check(&[
        ("[h]:mm:ss", 1.5, "36:00:00"),
        ("[hh]:mm", 0.125, "03:00"),
        ("[mm]:ss", 0.1, "144:00"),
        ("[ss]", 0.001, "86"),
        ("[ss].00", 0.001, "86.40"),
        ("[h]:mm", -0.0625, "-1:30"),
        ("[h]:mm:ss;@", 2.25, "54:00:00"),
    ]);
}

#[test]
fn serial_dates_begin_where_the_workbook_says() {
    for (value, dates, expected) in [
        (0.0, From1900, "1900-01-00 Sat"),
        (1.0, From1900, "1900-01-01 Sun"),
        (59.0, From1900, "1900-02-28 Tue"),
        (60.0, From1900, "1900-02-29 Wed"),
        (61.0, From1900, "1900-03-01 Thu"),
        (-1.0, From1900, "1899-12-29 Fri"),
        (2_958_465.0, From1900, "9999-12-31 Fri"),
        (3_000_000.5, From1900, "10113-09-19 Tue"),
        (12_345_678.0, From1900, "12345678"),
        (0.0, From1904, "1904-01-01 Fri"),
        (42_220.0, From1904, "2019-08-05 Mon"),
        (1e300, From1900, "1E+300"),
    ] {
        let shown = NumberFormat::parse("yyyy-mm-dd ddd").number(value, dates);
        assert_eq!(shown.text, expected, "{value}");
    }
}

#[test]
fn locales_name_months_days_and_eras() {
    let day = 43_682.0;
    check(&[
        ("[$-407]dddd, d. mmmm yyyy", day, "Montag, 5. August 2019"),
        ("[$-40C]ddd d mmm", 43_700.0, "ven. 23 août"),
        ("[$-C0A]dddd d \"de\" mmmm", day, "lunes 5 de agosto"),
        ("[$-410]mmm", day, "ago"),
        ("[$-416]mmmm", day, "agosto"),
        ("[$-413]ddd mmm", day, "ma aug"),
        ("[$-419]mmmm", day, "Август"),
        ("[$-FC19]d mmmm", day, "5 августа"),
        ("[$-804]mmmm aaaa", day, "八月 星期一"),
        ("[$-411]ggge\"年\"m\"月\"d\"日\"", day, "令和1年8月5日"),
        ("[$-411]gge.m.d", 43_585.0, "平31.4.30"),
        ("[$-1030411]yyyy e", day, "2019 1"),
        ("[$-404]e/m/d", day, "108/8/5"),
        ("[$-107041E]d/m/yyyy", day, "5/8/2562"),
        ("e", day, "2019"),
        ("[$-fffff]mmm", day, "Aug"),
    ]);
}

#[test]
fn texts_have_a_section_of_their_own() {
    for (code, expected) in [
        ("General", "abc"),
        ("0.00", "abc"),
        ("@", "abc"),
        ("\"<\"@\">\"", "<abc>"),
        ("0;-0;0;\"text: \"@", "text: abc"),
        ("0;-0;0;", ""),
        (";;;", ""),
        ("0;@", "abc"),
        ("_(@_)", " abc "),
        ("0;0;0;\"hidden\"", "hidden"),
    ] {
        assert_eq!(NumberFormat::parse(code).text("abc").text, expected, "{code}");
    }
    check(&[("@", 1.5, "1.5"), ("\"<\"@\">\"", -2.0, "<-2>"), ("0.0;@", 2.0, "2.0")]);
}

#[test]
fn formats_without_a_code_are_those_of_the_united_states() {
    for (id, value, expected) in [
        (0, 1.5, "1.5"),
        (5, -1234.0, "($1,234)"),
        (9, 0.5, "50%"),
        (12, 0.5, " 1/2"),
        (14, 43_682.0, "8/5/2019"),
        (22, 43_682.5, "8/5/2019 12:00"),
        (37, 1234.0, "1,234 "),
        (45, 0.01, "14:24"),
        (46, 2.0, "48:00:00"),
        (47, 0.01, "14:24.0"),
        (48, 12345.0, "12.3E+3"),
        (58, 43_682.0, "8/5/2019"),
    ] {
        let code = NumberFormat::builtin(id).expect("a code");
        assert_eq!(shown(code, value), expected, "{id}");
    }
    assert_eq!(NumberFormat::builtin(23), None);
    assert_eq!(NumberFormat::builtin(164), None);
}

#[test]
fn values_are_edited_as_they_are() {
    for (code, value, expected) in [
        ("General", 17.0, None),
        ("General", 0.1 + 0.2, None),
        ("General", 1.0 / 3.0, Some("0.333333333333333")),
        ("General", 123_456_789_012.0, Some("123456789012")),
        ("0", 435.84, Some("435.84")),
        ("000", 7.0, Some("7")),
        ("#,##0", 17_500.0, Some("17500")),
        ("$#,##0.00", -1234.5, Some("-1234.5")),
        ("0\" ft\"", 2717.0, Some("2717")),
        ("0%", 0.2, None),
        ("0%", 0.012_345, Some("1.2345%")),
        ("0.00%", 5.0 / 23.0, Some("21.7391304347826%")),
        ("# ?/?", 1.25, Some("1.25")),
        ("0.00E+00", 120_000.0, Some("120000")),
        ("0.00E+00", 2e19, Some("2E+19")),
        ("0.00", 1.5e-12, Some("1.5E-12")),
        ("0.00", 3.506_852_389_569_22e-6, Some("0.00000350685238956922")),
        (";;;", 5.0, Some("5")),
        ("m/d/yyyy", 43_525.0, Some("03/01/2019")),
        ("mm/dd/yyyy", 43_525.0, None),
        ("mmm-yy", 43_525.75, Some("03/01/2019 18:00:00")),
        ("yyyy-mm-dd", 43_525.0, None),
        ("yyyy-mm-dd", 43_525.5, Some("2019-03-01 12:00:00")),
        ("m/d/yyyy", 43_524.999_999_999, Some("03/01/2019 00:00:00")),
        ("h:mm", 0.75, Some("06:00:00 PM")),
        ("h:mm", 43_525.75, Some("03/01/2019 18:00:00")),
        ("h:mm", 1.5, Some("36:00:00")),
        ("h:mm", -1.5, Some("-36:00:00")),
        ("h:mm:ss", 123.456_01, Some("2962:56:39.26")),
        ("m/d/yy h:mm", 43_525.0, Some("03/01/2019 00:00:00")),
        ("yyyy-mm-dd h:mm:ss", 43_525.0, Some("2019-03-01 00:00:00")),
        ("[h]:mm", 1.5, Some("36:00:00")),
        ("m/d/yyyy", 1e10, None),
        ("m/d/yyyy", f64::NAN, None),
    ] {
        let format = NumberFormat::parse(code);
        let shown = format.number(value, From1900).text;
        assert_eq!(edited(value, Some(&format), From1900, &shown).as_deref(), expected, "{code} of {value}");
    }
    assert_eq!(edited(1.5, None, From1900, "1.5"), None);
    let month = NumberFormat::parse("mmm");
    assert_eq!(edited(0.0, Some(&month), From1904, "Jan").as_deref(), Some("01/01/1904"));
}

#[test]
fn any_text_is_a_format() {
    let long = "0".repeat(1_000_000);
    let deep = "[".repeat(100_000);
    let many = ";".repeat(100_000);
    let letters = "y".repeat(100_000);
    for code in [
        &*long,
        &deep,
        &many,
        &letters,
        "\\",
        "_",
        "*",
        "[",
        "[$",
        "[>",
        "[>x]0",
        "E+",
        "0E+",
        "/",
        "0/",
        "/0",
        "?/?/?",
        "0.0.0",
        ",,,",
        "0,,,,,,,,,,,,,,,,,,,",
        "%%%%%%",
        "@@@",
        "General General",
        "AM/P",
        "[$-zz]d",
        "0/99999999999",
        "ゟ\u{0}",
        "gggggggg",
        "eeee",
        "[h][m][s]",
        "s.s.s",
        ".",
        "#",
        "0/0",
        "# 0/0 0/0",
    ] {
        let format = NumberFormat::parse(code);
        for value in
            [0.0, -0.0, 1.0, -1.5, 1e308, -1e308, 5e-324, 2_958_465.999_999_999, -2_958_466.0, f64::INFINITY]
        {
            for dates in [From1900, From1904] {
                let shown = format.number(value, dates).text;
                assert!(shown.len() < 8192, "{value} in {code}");
                edited(value, Some(&format), dates, &shown);
            }
        }
        format.text("abc");
    }
}
