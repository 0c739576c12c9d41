//! The words of the interface, in Dutch and English, and how dates and numbers are written.
//!
//! The texts live in `locales/<language>/*.ftl` (Fluent) and are embedded. Texts without arguments
//! are formatted once at start, so that a view costs one hash look-up per text. A missing text
//! shows its key and never panics. Which language a *page* is in is not decided here.

use std::sync::LazyLock;

use fluent::FluentArgs;
use fluent::FluentResource;
use fluent::FluentValue;
use fluent::concurrent::FluentBundle;
use polder_core::spelling::{self, Tongue};
use polder_core::value::Date;
use polder_core::version::LabelFault;
use rustc_hash::FxHashMap;
use unic_langid::LanguageIdentifier;

/// Languages read from one `Accept-Language` header; browsers send fewer than ten.
const ACCEPT_MAX: usize = 20;

/// Numbers in texts stop here, where an f64 (which Fluent counts in) is still exact.
const COUNT_MAX: u64 = 1 << 53;

/// A language that the interface speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lang {
    Nl,
    En,
}

impl Lang {
    pub const ALL: [Lang; 2] = [Lang::Nl, Lang::En];

    /// The code for `lang` attributes and cookies.
    pub fn code(self) -> &'static str {
        match self {
            Lang::Nl => "nl",
            Lang::En => "en",
        }
    }

    /// How values are spelled in it.
    pub fn tongue(self) -> Tongue {
        match self {
            Lang::Nl => Tongue::Dutch,
            Lang::En => Tongue::English,
        }
    }

    /// The language's name in itself, for the language switch.
    pub fn own_name(self) -> &'static str {
        match self {
            Lang::Nl => "Nederlands",
            Lang::En => "English",
        }
    }

    /// Reads `nl`, `nl-BE`, `EN_us`; the region makes no difference here.
    pub fn parse(code: &str) -> Option<Lang> {
        let primary = code.trim().split(['-', '_']).next()?;
        Lang::ALL.into_iter().find(|lang| lang.code().eq_ignore_ascii_case(primary))
    }

    /// The language to answer in: the reader's own choice, else the browser's preference
    /// (`Accept-Language`, RFC 9110 §12.5.4), else the site's language.
    pub fn from_accept(header: Option<&str>, choice: Option<&str>, site: Lang) -> Lang {
        choice.and_then(Lang::parse).or_else(|| header.and_then(preferred)).unwrap_or(site)
    }
}

/// The known language with the highest weight; the first of equals.
fn preferred(header: &str) -> Option<Lang> {
    let mut best: Option<(f32, Lang)> = None;
    for part in header.split(',').take(ACCEPT_MAX) {
        let (tag, rest) = part.split_once(';').unwrap_or((part, ""));
        let weight = match rest.trim().strip_prefix("q=") {
            Some(number) => number.trim().parse::<f32>().unwrap_or(0.0),
            None => 1.0,
        };
        if let Some(lang) = Lang::parse(tag)
            && weight > 0.0
            && best.is_none_or(|(most, _)| weight > most)
        {
            best = Some((weight, lang));
        }
    }
    best.map(|(_, lang)| lang)
}

/// A value that fills a place in a text.
#[derive(Clone, Copy, Debug)]
pub enum Arg<'a> {
    Text(&'a str),
    /// Written with the language's thousands sign, and able to choose a plural.
    Count(u64),
}

/// A moment and the clock it was noted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Seconds since 1970-01-01 UTC.
    pub unix_seconds: i64,
    /// Seconds east of UTC.
    pub offset_seconds: i32,
}

/// All texts of one language.
pub struct Words {
    pub lang: Lang,
    plain: FxHashMap<String, String>,
    bundle: FluentBundle<FluentResource>,
    keys: Vec<String>,
    /// What is wrong with the files: syntax, a key given twice. Empty, or a test fails.
    pub faults: Vec<String>,
}

static DUTCH: LazyLock<Words> = LazyLock::new(|| {
    Words::read(
        Lang::Nl,
        &[
            include_str!("../locales/nl/frame.ftl"),
            include_str!("../locales/nl/page.ftl"),
            include_str!("../locales/nl/edit.ftl"),
            include_str!("../locales/nl/form.ftl"),
            include_str!("../locales/nl/history.ftl"),
            include_str!("../locales/nl/blame.ftl"),
            include_str!("../locales/nl/find.ftl"),
            include_str!("../locales/nl/problem.ftl"),
            include_str!("../locales/nl/accessibility.ftl"),
            include_str!("../locales/nl/act.ftl"),
            include_str!("../locales/nl/query.ftl"),
            include_str!("../locales/nl/compare.ftl"),
            include_str!("../locales/nl/command.ftl"),
            include_str!("../locales/nl/doctor.ftl"),
            include_str!("../locales/nl/version.ftl"),
            include_str!("../locales/nl/cite.ftl"),
            include_str!("../locales/nl/people.ftl"),
            include_str!("../locales/nl/mirrors.ftl"),
        ],
    )
});

static ENGLISH: LazyLock<Words> = LazyLock::new(|| {
    Words::read(
        Lang::En,
        &[
            include_str!("../locales/en/frame.ftl"),
            include_str!("../locales/en/page.ftl"),
            include_str!("../locales/en/edit.ftl"),
            include_str!("../locales/en/form.ftl"),
            include_str!("../locales/en/history.ftl"),
            include_str!("../locales/en/blame.ftl"),
            include_str!("../locales/en/find.ftl"),
            include_str!("../locales/en/problem.ftl"),
            include_str!("../locales/en/accessibility.ftl"),
            include_str!("../locales/en/act.ftl"),
            include_str!("../locales/en/query.ftl"),
            include_str!("../locales/en/compare.ftl"),
            include_str!("../locales/en/command.ftl"),
            include_str!("../locales/en/doctor.ftl"),
            include_str!("../locales/en/version.ftl"),
            include_str!("../locales/en/cite.ftl"),
            include_str!("../locales/en/people.ftl"),
            include_str!("../locales/en/mirrors.ftl"),
        ],
    )
});

/// Every key of a language, sorted: for the test that finds missing and unused texts.
pub fn all_keys(lang: Lang) -> &'static [String] {
    &Words::get(lang).keys
}

impl Words {
    pub fn get(lang: Lang) -> &'static Words {
        match lang {
            Lang::Nl => &DUTCH,
            Lang::En => &ENGLISH,
        }
    }

    /// A text without arguments.
    pub fn t<'a>(&'a self, key: &'a str) -> &'a str {
        self.plain.get(key).map_or(key, String::as_str)
    }

    /// A text with arguments.
    pub fn f(&self, key: &str, args: &[(&str, Arg<'_>)]) -> String {
        self.filled(key, args).unwrap_or_else(|| key.to_owned())
    }

    /// The sentence for a problem with content: `problem-<code>`, or a general one that names the
    /// code.
    pub fn problem(&self, code: &str, args: &[(String, String)]) -> String {
        // A text can choose its words by whether there is a near name, but not by emptiness.
        let named = args.iter().map(|(name, value)| match (name.as_str(), value.as_str()) {
            ("near", "") => ("near", Arg::Text("none")),
            (name, value) => (name, Arg::Text(value)),
        });
        let named: Vec<(&str, Arg<'_>)> = named.collect();
        if code == "rule" {
            return self.rule(args).unwrap_or_else(|| self.f("problem-rule-broken", &named));
        }
        self.filled(&format!("problem-{code}"), &named)
            .unwrap_or_else(|| self.f("problem-other", &[("code", Arg::Text(code))]))
    }

    /// What a rule of a type says itself, in this language or the first that it has.
    fn rule(&self, args: &[(String, String)]) -> Option<String> {
        let get = |key: &str| args.iter().find(|arg| arg.0 == key).map(|arg| arg.1.as_str());
        let first = || {
            let is_language = |name: &str| !matches!(name, "id" | "field") && name.parse::<usize>().is_err();
            args.iter().find(|arg| is_language(&arg.0)).map(|arg| arg.1.as_str())
        };
        let mut rest = get(self.lang.code()).or_else(first)?;
        let mut text = String::with_capacity(rest.len());
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let value = after.split_once('}').and_then(|(number, after)| Some((get(number)?, after)));
            rest = match value {
                Some((value, after)) => {
                    text.push_str(&crate::values::written(Words::get(self.lang), value));
                    after
                }
                None => {
                    text.push('{');
                    after
                }
            };
        }
        text.push_str(rest);
        Some(text)
    }

    fn filled(&self, key: &str, args: &[(&str, Arg<'_>)]) -> Option<String> {
        let pattern = self.bundle.get_message(key)?.value()?;
        let mut values = FluentArgs::with_capacity(args.len());
        for (name, arg) in args {
            match arg {
                Arg::Text(text) => values.set(*name, FluentValue::from(*text)),
                Arg::Count(count) => values.set(*name, FluentValue::from((*count).min(COUNT_MAX))),
            }
        }
        let mut errors = Vec::new();
        Some(self.bundle.format_pattern(pattern, Some(&values), &mut errors).into_owned())
    }

    /// Why a text is no label of a version, and what to write.
    pub fn label_fault(&self, fault: LabelFault) -> &str {
        self.t(match fault {
            LabelFault::Empty => "label-empty",
            LabelFault::Long => "label-long",
            LabelFault::Letters => "label-letters",
            LabelFault::Git => "label-git",
            LabelFault::Date => "label-date",
        })
    }

    /// `24 november 2026, 10:05`, with a space that doesn't break between day and month.
    pub fn date(&self, at: Moment) -> String {
        match local(at) {
            Some(when) => format!("{}, {:02}:{:02}", self.day_month_year(when), when.hour(), when.minute()),
            None => self.t("date-unknown").to_owned(),
        }
    }

    /// `dinsdag 24 november 2026`, as the heading over a day's changes.
    pub fn day(&self, at: Moment) -> String {
        match local(at) {
            Some(when) => format!("{} {}", self.weekday(when.weekday()), self.day_month_year(when)),
            None => self.t("date-unknown").to_owned(),
        }
    }

    /// `10:05`.
    pub fn clock(&self, at: Moment) -> String {
        local(at).map_or_else(String::new, |when| format!("{:02}:{:02}", when.hour(), when.minute()))
    }

    /// A day of the calendar: `1 september 2009`.
    pub fn civil(&self, day: jiff::civil::Date) -> String {
        spelling::date(self.lang.tongue(), Date::of_day(day))
    }

    fn day_month_year(&self, when: jiff::civil::DateTime) -> String {
        spelling::date(self.lang.tongue(), Date::of_day(when.date()))
    }

    /// Short and full names of the days of a week, from Monday.
    pub fn weekdays(&self) -> Vec<(String, String)> {
        let days = jiff::civil::Weekday::Monday.cycle_forward().take(7);
        days.map(|day| {
            let full = self.weekday(day);
            (full.chars().take(2).collect(), full.to_owned())
        })
        .collect()
    }

    fn weekday(&self, weekday: jiff::civil::Weekday) -> &str {
        match weekday {
            jiff::civil::Weekday::Monday => self.t("date-monday"),
            jiff::civil::Weekday::Tuesday => self.t("date-tuesday"),
            jiff::civil::Weekday::Wednesday => self.t("date-wednesday"),
            jiff::civil::Weekday::Thursday => self.t("date-thursday"),
            jiff::civil::Weekday::Friday => self.t("date-friday"),
            jiff::civil::Weekday::Saturday => self.t("date-saturday"),
            jiff::civil::Weekday::Sunday => self.t("date-sunday"),
        }
    }

    /// `14.000` in Dutch, `14,000` in English.
    pub fn count(&self, count: u64) -> String {
        spelling::number(self.lang.tongue(), count.into())
    }

    /// `812 bytes`, `12,3 kB`, `4,1 MB`: decimal units, one digit behind the sign.
    pub fn size(&self, bytes: u64) -> String {
        let (unit, divisor) = match bytes {
            0..1_000 => return self.f("size-bytes", &[("count", Arg::Count(bytes))]),
            1_000..1_000_000 => ("kB", 1_000),
            1_000_000..1_000_000_000 => ("MB", 1_000_000),
            _ => ("GB", 1_000_000_000),
        };
        let (_, sign) = self.lang.tongue().signs();
        format!("{}{sign}{}\u{a0}{unit}", self.count(bytes / divisor), bytes % divisor * 10 / divisor)
    }

    fn read(lang: Lang, files: &[&str]) -> Words {
        let mut faults = Vec::new();
        let mut bundle = FluentBundle::new_concurrent(vec![identifier(lang)]);
        // Invisible isolating marks would end up in page titles and feeds; views isolate with <bdi>.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(match lang {
            Lang::Nl => |value, _| grouped_number(value, Lang::Nl),
            Lang::En => |value, _| grouped_number(value, Lang::En),
        }));
        let mut keys = Vec::new();
        for file in files {
            let resource = FluentResource::try_new((*file).to_owned()).unwrap_or_else(|(readable, errors)| {
                faults.extend(errors.iter().map(ToString::to_string));
                readable
            });
            keys.extend(message_keys(&resource));
            if let Err(errors) = bundle.add_resource(resource) {
                faults.extend(errors.iter().map(ToString::to_string));
            }
        }
        keys.sort();
        let plain = plain_texts(&bundle, &keys);
        Words { lang, plain, bundle, keys, faults }
    }
}

/// `2026-11-24T10:05:00+01:00`, for `datetime` attributes and feeds; empty when out of range.
pub fn iso(at: Moment) -> String {
    let Some(when) = local(at) else {
        return String::new();
    };
    let minutes = at.offset_seconds.unsigned_abs() / 60;
    let sign = if at.offset_seconds < 0 { '-' } else { '+' };
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{sign}{:02}:{:02}",
        when.year(),
        when.month(),
        when.day(),
        when.hour(),
        when.minute(),
        when.second(),
        minutes / 60,
        minutes % 60
    )
}

fn local(at: Moment) -> Option<jiff::civil::DateTime> {
    let offset = jiff::tz::Offset::from_seconds(at.offset_seconds).ok()?;
    Some(offset.to_datetime(jiff::Timestamp::from_second(at.unix_seconds).ok()?))
}

fn identifier(lang: Lang) -> LanguageIdentifier {
    lang.code().parse().unwrap_or_default()
}

fn message_keys(resource: &FluentResource) -> Vec<String> {
    resource
        .source()
        .lines()
        .filter(|line| line.starts_with(|first: char| first.is_ascii_alphabetic()))
        .filter_map(|line| line.split_once('=').map(|(key, _)| key.trim().to_owned()))
        .collect()
}

/// The texts that need no argument. Those that do are left to `f`, and `t` shows their key.
fn plain_texts(bundle: &FluentBundle<FluentResource>, keys: &[String]) -> FxHashMap<String, String> {
    let mut plain = FxHashMap::default();
    for key in keys {
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            continue;
        };
        let mut errors = Vec::new();
        let text = bundle.format_pattern(pattern, None, &mut errors).into_owned();
        if errors.is_empty() {
            plain.insert(key.clone(), text);
        }
    }
    plain
}

fn grouped_number(value: &FluentValue<'_>, lang: Lang) -> Option<String> {
    match value {
        // `COUNT_MAX` keeps the way through f64 exact.
        FluentValue::Number(number) if number.value >= 0.0 && number.value.fract() == 0.0 => {
            Some(spelling::number(lang.tongue(), (number.value as u64).into()))
        }
        _ => None,
    }
}
