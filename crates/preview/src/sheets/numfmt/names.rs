//! Names of months and weekdays in the languages that formats ask for (`[$-407]`).

/// A language's names, each list in one text; months may have a short form of their own letters.
pub(super) struct Names {
    months: [&'static str; 12],
    /// As they are said beside a day, where that differs: "5 августа".
    dated_months: Option<[&'static str; 12]>,
    short_months: Short<12>,
    weekdays: [&'static str; 7],
    short_weekdays: Short<7>,
}

enum Short<const N: usize> {
    /// The first characters of the long ones.
    First(usize),
    Own([&'static str; N]),
}

impl Names {
    /// Of a month from 1 on.
    pub(super) fn month(&self, month: usize) -> &'static str {
        month.checked_sub(1).and_then(|index| self.months.get(index)).copied().unwrap_or_default()
    }

    /// Beside a day.
    pub(super) fn dated_month(&self, month: usize) -> &'static str {
        let dated = self.dated_months.as_ref().unwrap_or(&self.months);
        month.checked_sub(1).and_then(|index| dated.get(index)).copied().unwrap_or_default()
    }

    pub(super) fn short_month(&self, month: usize) -> &'static str {
        match &self.short_months {
            Short::First(count) => first(self.month(month), *count),
            Short::Own(names) => {
                month.checked_sub(1).and_then(|index| names.get(index)).copied().unwrap_or_default()
            }
        }
    }

    /// 0 = Sunday.
    pub(super) fn weekday(&self, weekday: usize) -> &'static str {
        self.weekdays.get(weekday).copied().unwrap_or_default()
    }

    pub(super) fn short_weekday(&self, weekday: usize) -> &'static str {
        match &self.short_weekdays {
            Short::First(count) => first(self.weekday(weekday), *count),
            Short::Own(names) => names.get(weekday).copied().unwrap_or_default(),
        }
    }
}

fn first(text: &'static str, count: usize) -> &'static str {
    text.char_indices().nth(count).map_or(text, |(end, _)| &text[..end])
}

/// The names of a locale ([MS-LCID]); the language is in its lowest ten bits. English where it is not known here.
pub(super) const fn names(locale: u32) -> &'static Names {
    match locale & 0x3ff {
        0x04 => &CHINESE,
        0x05 => &CZECH,
        0x06 => &DANISH,
        0x07 => &GERMAN,
        0x0a => &SPANISH,
        0x0b => &FINNISH,
        0x0c => &FRENCH,
        0x0e => &HUNGARIAN,
        0x10 => &ITALIAN,
        0x11 => &JAPANESE,
        0x12 => &KOREAN,
        0x13 => &DUTCH,
        0x14 => &NORWEGIAN,
        0x15 => &POLISH,
        0x16 => &PORTUGUESE,
        0x19 => &RUSSIAN,
        0x1d => &SWEDISH,
        0x1f => &TURKISH,
        0x22 => &UKRAINIAN,
        _ => &ENGLISH,
    }
}

static ENGLISH: Names = Names {
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    dated_months: None,
    short_months: Short::First(3),
    weekdays: ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
    short_weekdays: Short::First(3),
};

static GERMAN: Names = Names {
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    dated_months: None,
    short_months: Short::Own([
        "Jan", "Feb", "Mrz", "Apr", "Mai", "Jun", "Jul", "Aug", "Sep", "Okt", "Nov", "Dez",
    ]),
    weekdays: ["Sonntag", "Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"],
    short_weekdays: Short::First(2),
};

static FRENCH: Names = Names {
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    dated_months: None,
    short_months: Short::Own([
        "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
    ]),
    weekdays: ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"],
    short_weekdays: Short::Own(["dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."]),
};

static SPANISH: Names = Names {
    months: [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    dated_months: None,
    short_months: Short::First(3),
    weekdays: ["domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"],
    short_weekdays: Short::First(3),
};

static ITALIAN: Names = Names {
    months: [
        "gennaio",
        "febbraio",
        "marzo",
        "aprile",
        "maggio",
        "giugno",
        "luglio",
        "agosto",
        "settembre",
        "ottobre",
        "novembre",
        "dicembre",
    ],
    dated_months: None,
    short_months: Short::First(3),
    weekdays: ["domenica", "lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato"],
    short_weekdays: Short::First(3),
};

static PORTUGUESE: Names = Names {
    months: [
        "janeiro",
        "fevereiro",
        "março",
        "abril",
        "maio",
        "junho",
        "julho",
        "agosto",
        "setembro",
        "outubro",
        "novembro",
        "dezembro",
    ],
    dated_months: None,
    short_months: Short::First(3),
    weekdays: [
        "domingo",
        "segunda-feira",
        "terça-feira",
        "quarta-feira",
        "quinta-feira",
        "sexta-feira",
        "sábado",
    ],
    short_weekdays: Short::First(3),
};

static DUTCH: Names = Names {
    months: [
        "januari",
        "februari",
        "maart",
        "april",
        "mei",
        "juni",
        "juli",
        "augustus",
        "september",
        "oktober",
        "november",
        "december",
    ],
    dated_months: None,
    short_months: Short::Own([
        "jan", "feb", "mrt", "apr", "mei", "jun", "jul", "aug", "sep", "okt", "nov", "dec",
    ]),
    weekdays: ["zondag", "maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"],
    short_weekdays: Short::First(2),
};

static DANISH: Names = Names {
    months: [
        "januar",
        "februar",
        "marts",
        "april",
        "maj",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "december",
    ],
    dated_months: None,
    short_months: Short::First(3),
    weekdays: ["søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"],
    short_weekdays: Short::First(3),
};

static NORWEGIAN: Names = Names {
    months: [
        "januar",
        "februar",
        "mars",
        "april",
        "mai",
        "juni",
        "juli",
        "august",
        "september",
        "oktober",
        "november",
        "desember",
    ],
    dated_months: None,
    short_months: Short::First(3),
    weekdays: ["søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"],
    short_weekdays: Short::First(3),
};

static SWEDISH: Names = Names {
    months: [
        "januari",
        "februari",
        "mars",
        "april",
        "maj",
        "juni",
        "juli",
        "augusti",
        "september",
        "oktober",
        "november",
        "december",
    ],
    dated_months: None,
    short_months: Short::First(3),
    weekdays: ["söndag", "måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag"],
    short_weekdays: Short::First(3),
};

static FINNISH: Names = Names {
    months: [
        "tammikuu",
        "helmikuu",
        "maaliskuu",
        "huhtikuu",
        "toukokuu",
        "kesäkuu",
        "heinäkuu",
        "elokuu",
        "syyskuu",
        "lokakuu",
        "marraskuu",
        "joulukuu",
    ],
    dated_months: Some([
        "tammikuuta",
        "helmikuuta",
        "maaliskuuta",
        "huhtikuuta",
        "toukokuuta",
        "kesäkuuta",
        "heinäkuuta",
        "elokuuta",
        "syyskuuta",
        "lokakuuta",
        "marraskuuta",
        "joulukuuta",
    ]),
    short_months: Short::Own([
        "tammi", "helmi", "maalis", "huhti", "touko", "kesä", "heinä", "elo", "syys", "loka", "marras",
        "joulu",
    ]),
    weekdays: ["sunnuntai", "maanantai", "tiistai", "keskiviikko", "torstai", "perjantai", "lauantai"],
    short_weekdays: Short::First(2),
};

static POLISH: Names = Names {
    months: [
        "styczeń",
        "luty",
        "marzec",
        "kwiecień",
        "maj",
        "czerwiec",
        "lipiec",
        "sierpień",
        "wrzesień",
        "październik",
        "listopad",
        "grudzień",
    ],
    dated_months: Some([
        "stycznia",
        "lutego",
        "marca",
        "kwietnia",
        "maja",
        "czerwca",
        "lipca",
        "sierpnia",
        "września",
        "października",
        "listopada",
        "grudnia",
    ]),
    short_months: Short::Own([
        "sty", "lut", "mar", "kwi", "maj", "cze", "lip", "sie", "wrz", "paź", "lis", "gru",
    ]),
    weekdays: ["niedziela", "poniedziałek", "wtorek", "środa", "czwartek", "piątek", "sobota"],
    short_weekdays: Short::Own(["niedz.", "pon.", "wt.", "śr.", "czw.", "pt.", "sob."]),
};

static CZECH: Names = Names {
    months: [
        "leden",
        "únor",
        "březen",
        "duben",
        "květen",
        "červen",
        "červenec",
        "srpen",
        "září",
        "říjen",
        "listopad",
        "prosinec",
    ],
    dated_months: Some([
        "ledna",
        "února",
        "března",
        "dubna",
        "května",
        "června",
        "července",
        "srpna",
        "září",
        "října",
        "listopadu",
        "prosince",
    ]),
    short_months: Short::Own([
        "led", "úno", "bře", "dub", "kvě", "čvn", "čvc", "srp", "zář", "říj", "lis", "pro",
    ]),
    weekdays: ["neděle", "pondělí", "úterý", "středa", "čtvrtek", "pátek", "sobota"],
    short_weekdays: Short::First(2),
};

static HUNGARIAN: Names = Names {
    months: [
        "január",
        "február",
        "március",
        "április",
        "május",
        "június",
        "július",
        "augusztus",
        "szeptember",
        "október",
        "november",
        "december",
    ],
    dated_months: None,
    short_months: Short::Own([
        "jan.", "febr.", "márc.", "ápr.", "máj.", "jún.", "júl.", "aug.", "szept.", "okt.", "nov.", "dec.",
    ]),
    weekdays: ["vasárnap", "hétfő", "kedd", "szerda", "csütörtök", "péntek", "szombat"],
    short_weekdays: Short::Own(["V", "H", "K", "Sze", "Cs", "P", "Szo"]),
};

static TURKISH: Names = Names {
    months: [
        "Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran", "Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım",
        "Aralık",
    ],
    dated_months: None,
    short_months: Short::First(3),
    weekdays: ["Pazar", "Pazartesi", "Salı", "Çarşamba", "Perşembe", "Cuma", "Cumartesi"],
    short_weekdays: Short::Own(["Paz", "Pzt", "Sal", "Çar", "Per", "Cum", "Cmt"]),
};

static RUSSIAN: Names = Names {
    months: [
        "Январь",
        "Февраль",
        "Март",
        "Апрель",
        "Май",
        "Июнь",
        "Июль",
        "Август",
        "Сентябрь",
        "Октябрь",
        "Ноябрь",
        "Декабрь",
    ],
    dated_months: Some([
        "января",
        "февраля",
        "марта",
        "апреля",
        "мая",
        "июня",
        "июля",
        "августа",
        "сентября",
        "октября",
        "ноября",
        "декабря",
    ]),
    short_months: Short::Own([
        "янв", "фев", "мар", "апр", "май", "июн", "июл", "авг", "сен", "окт", "ноя", "дек",
    ]),
    weekdays: ["воскресенье", "понедельник", "вторник", "среда", "четверг", "пятница", "суббота"],
    short_weekdays: Short::Own(["вс", "пн", "вт", "ср", "чт", "пт", "сб"]),
};

static UKRAINIAN: Names = Names {
    months: [
        "січень",
        "лютий",
        "березень",
        "квітень",
        "травень",
        "червень",
        "липень",
        "серпень",
        "вересень",
        "жовтень",
        "листопад",
        "грудень",
    ],
    dated_months: Some([
        "січня",
        "лютого",
        "березня",
        "квітня",
        "травня",
        "червня",
        "липня",
        "серпня",
        "вересня",
        "жовтня",
        "листопада",
        "грудня",
    ]),
    short_months: Short::Own([
        "січ", "лют", "бер", "кві", "тра", "чер", "лип", "сер", "вер", "жов", "лис", "гру",
    ]),
    weekdays: ["неділя", "понеділок", "вівторок", "середа", "четвер", "п'ятниця", "субота"],
    short_weekdays: Short::Own(["нд", "пн", "вт", "ср", "чт", "пт", "сб"]),
};

static JAPANESE: Names = Names {
    months: ["1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月"],
    dated_months: None,
    short_months: Short::First(3),
    weekdays: ["日曜日", "月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日"],
    short_weekdays: Short::First(1),
};

static CHINESE: Names = Names {
    months: [
        "一月",
        "二月",
        "三月",
        "四月",
        "五月",
        "六月",
        "七月",
        "八月",
        "九月",
        "十月",
        "十一月",
        "十二月",
    ],
    dated_months: None,
    short_months: Short::Own([
        "1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月", "12月",
    ]),
    weekdays: ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"],
    short_weekdays: Short::Own(["周日", "周一", "周二", "周三", "周四", "周五", "周六"]),
};

static KOREAN: Names = Names {
    months: ["1월", "2월", "3월", "4월", "5월", "6월", "7월", "8월", "9월", "10월", "11월", "12월"],
    dated_months: None,
    short_months: Short::First(3),
    weekdays: ["일요일", "월요일", "화요일", "수요일", "목요일", "금요일", "토요일"],
    short_weekdays: Short::First(1),
};
