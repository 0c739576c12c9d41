//! The fields of a form as the view draws them: controls, choices, rows, hints, and what is wrong.

use polder_core::form::{self, Fault, Holds, Part};
use polder_core::spelling;
use polder_core::types::{Allow, Kind};
use polder_core::value::{Currency, Money};
use rustc_hash::FxHashMap;

use crate::guard::Ask;
use crate::pages::form::{Draft, field_label, is_in_address};
use crate::views::form::{FormControl, FormField, FormList, FormOption};
use crate::words::{Arg, Words};

/// References are chosen from a list up to this many; more are searched by typing.
const CHOICES_MAX: usize = 200;

/// Pages suggested while typing.
const SUGGESTED_MAX: usize = 2_000;

/// Texts that may be longer than this get an area to write in, in characters.
const LINE_MAX_CHARS: usize = 200;

/// Turns parts into what the view draws.
pub(super) struct Drawer<'a> {
    pub(super) ask: &'a Ask,
    pub(super) draft: &'a Draft<'a>,
    pub(super) faults: FxHashMap<String, &'a Fault>,
    /// Pages that may be referred to, by the types asked for.
    pub(super) targets: FxHashMap<Vec<u16>, Targets>,
    pub(super) lists: Vec<FormList>,
}

/// Pages that a reference may be chosen from.
#[derive(Clone)]
pub(super) enum Targets {
    Few(Vec<FormOption>),
    /// The id of their list.
    Many(String),
}

impl Drawer<'_> {
    pub(super) fn field(&mut self, part: &Part<'_>) -> FormField {
        let words = self.ask.words;
        let label = part.field.map_or_else(|| words.t("form-title").to_owned(), |field| field_label(words, field));
        let mut field = self.part(part, label, true);
        field.required |= self.draft.page.is_none() && is_in_address(self.draft.kind, &part.name);
        field
    }

    /// `is_told`: hints are given once, not for every row.
    fn part(&mut self, part: &Part<'_>, label: String, is_told: bool) -> FormField {
        let words = self.ask.words;
        let fault = self.faults.get(&part.name).copied();
        let mut field = FormField {
            name: part.name.clone(),
            has_quiet_label: false,
            hint: if is_told { self.hint(part) } else { String::new() },
            required: part.field.is_some_and(|field| field.required && field.default.is_none()),
            error: fault.map(|fault| fault_text(words, &label, fault)),
            label,
            control: FormControl::Group(Vec::new()),
        };
        field.control = match &part.holds {
            Holds::Line(text) => self.line(part, text),
            Holds::Ends { from, to } => {
                let ends = [("from", "form-from", from), ("to", "form-to", to)];
                FormControl::Group(ends.map(|(below, key, value)| self.pair(part, below, key, value)).into())
            }
            Holds::Clock { date, time } => {
                let both = [("date", "form-date", date), ("time", "form-time", time)];
                FormControl::Group(both.map(|(below, key, value)| self.pair(part, below, key, value)).into())
            }
            Holds::Fields(parts) => FormControl::Group(parts.iter().map(|part| self.field(part)).collect()),
            Holds::Rows(rows) => {
                let mut drawn = Vec::with_capacity(rows.len());
                for (nth, row) in (1..).zip(rows) {
                    let args = [("field", Arg::Text(&field.label)), ("number", Arg::Count(nth))];
                    let mut one = self.part(row, words.f("form-row", &args), false);
                    one.has_quiet_label = true;
                    drawn.push(one);
                }
                FormControl::Rows(drawn)
            }
            Holds::Odd(text) => FormControl::Odd(text.clone()),
        };
        field
    }

    /// One of two inputs that make a value.
    fn pair(&mut self, part: &Part<'_>, below: &str, key: &str, value: &str) -> FormField {
        let words = self.ask.words;
        let name = format!("{}.{below}", part.name);
        let label = words.t(key).to_owned();
        FormField {
            error: self.faults.get(&name).map(|fault| fault_text(words, &label, fault)),
            name,
            label,
            has_quiet_label: false,
            hint: String::new(),
            required: false,
            control: FormControl::Line { value: value.to_owned(), mode: "text", list: None, is_locked: part.is_locked },
        }
    }

    fn line(&mut self, part: &Part<'_>, text: &str) -> FormControl {
        let words = self.ask.words;
        let line = |mode: &'static str, list: Option<String>| FormControl::Line {
            value: text.to_owned(),
            mode,
            list,
            is_locked: part.is_locked,
        };
        if part.is_locked {
            return line("text", None);
        }
        match part.kind {
            Kind::Markdown { .. } => FormControl::Area { value: text.to_owned(), rows: 6 },
            Kind::Text { max_chars, .. }
                if text.contains('\n') || max_chars.is_some_and(|most| most > LINE_MAX_CHARS) =>
            {
                FormControl::Area { value: text.to_owned(), rows: 3 }
            }
            Kind::Bool => {
                let has_default = part.field.is_some_and(|field| field.default.is_some());
                match text {
                    "true" | "false" if has_default => FormControl::Check { is_on: text == "true" },
                    _ => {
                        let options = [("", ""), ("true", words.t("form-yes")), ("false", words.t("form-no"))];
                        self.choose(options.map(|(value, label)| option(value, label)).into(), text)
                    }
                }
            }
            Kind::Choice { .. } => {
                let key = part.field.map_or("", |field| &*field.key);
                // Only a field of the page itself has a value before this form.
                let is_own = part.name == form::input_name(key);
                let saved = self.draft.saved.as_ref().filter(|_| is_own).and_then(|saved| saved.text(key));
                let mut options = Vec::new();
                let default = part.field.and_then(|field| field.default.as_deref());
                if text.is_empty() || !part.field.is_some_and(|field| field.required || default.is_some()) {
                    options.push(option("", ""));
                }
                let lang = words.lang.code();
                let next =
                    form::next_choices(part.kind, saved.or(default.filter(|_| is_own && self.draft.page.is_some())));
                options
                    .extend(next.iter().map(|choice| option(&choice.id, choice.label.get(lang).unwrap_or(&choice.id))));
                self.choose(options, text)
            }
            Kind::Ref(targets) => {
                let mut key: Vec<u16> = if targets.any { Vec::new() } else { targets.named.clone() };
                key.sort_unstable();
                let found = match self.targets.get(&key) {
                    Some(found) => found.clone(),
                    None => {
                        let found = self.find_targets(&key);
                        self.targets.insert(key, found.clone());
                        found
                    }
                };
                match found {
                    Targets::Few(pages) => {
                        let mut options = vec![option("", "")];
                        options.extend(pages);
                        // A page of another type, a version, a page that is yet to be made.
                        if !options.iter().any(|option| option.value == *text) {
                            options.push(option(text, text));
                        }
                        FormControl::Choose { options, chosen: text.to_owned() }
                    }
                    Targets::Many(list) => line("text", Some(list)),
                }
            }
            Kind::Int(_) => line("numeric", None),
            Kind::Decimal(_) | Kind::Money { .. } | Kind::Percent(_) => line("decimal", None),
            Kind::Url { .. } => line("url", None),
            Kind::Email => line("email", None),
            _ => line("text", None),
        }
    }

    /// A choice that keeps a value which is not among its options.
    fn choose(&self, mut options: Vec<FormOption>, chosen: &str) -> FormControl {
        if !options.iter().any(|option| option.value == chosen) {
            let label = self.ask.words.f("form-odd-value", &[("value", Arg::Text(chosen))]);
            options.push(FormOption { value: chosen.to_owned(), label });
        }
        FormControl::Choose { options, chosen: chosen.to_owned() }
    }

    /// Records of these types by title; of no types, all pages.
    fn find_targets(&mut self, types: &[u16]) -> Targets {
        let seen = self.ask.seen();
        let pages: Vec<_> = if types.is_empty() {
            seen.readable().map(|(_, page)| page).take(SUGGESTED_MAX).collect()
        } else {
            let records = types.iter().flat_map(|kind| seen.records().of_type(*kind));
            records.filter_map(|page| seen.page(*page)).take(SUGGESTED_MAX).collect()
        };
        let mut named: Vec<(String, &str, &str)> =
            pages.iter().map(|page| (page.title().to_lowercase(), page.title(), page.path.address())).collect();
        named.sort_unstable();
        let mut options: Vec<FormOption> = Vec::with_capacity(named.len());
        for (at, (folded, title, address)) in named.iter().enumerate() {
            let is_twin = |other: Option<&(String, &str, &str)>| other.is_some_and(|other| other.0 == *folded);
            let has_twin =
                is_twin(named.get(at + 1)) || at.checked_sub(1).is_some_and(|before| is_twin(named.get(before)));
            let label = if has_twin { format!("{title} ({address})") } else { (*title).to_owned() };
            options.push(FormOption { value: (*address).to_owned(), label });
        }
        if options.len() <= CHOICES_MAX {
            return Targets::Few(options);
        }
        let id = format!("ui.list-{}", self.lists.len());
        self.lists.push(FormList { id: id.clone(), options });
        Targets::Many(id)
    }

    /// The type's own hint, and an example of how a value is written.
    fn hint(&self, part: &Part<'_>) -> String {
        let words = self.ask.words;
        let own = part.field.and_then(|field| field.hint.get(words.lang.code())).unwrap_or_default();
        let example = if part.is_locked { words.t("form-locked").to_owned() } else { self.example(part.kind) };
        match (own.is_empty(), example.is_empty()) {
            (false, false) => format!("{own} {example}"),
            _ => format!("{own}{example}"),
        }
    }

    fn example(&self, kind: &Kind) -> String {
        let words = self.ask.words;
        let tongue = words.lang.tongue();
        let with = |key: &str, example: &str| words.f(key, &[("example", Arg::Text(example))]);
        match kind {
            Kind::Money { currencies, unknown } => {
                let currency = currencies.first().copied().unwrap_or(Currency::EUR);
                let example = spelling::typed_money(tongue, Money::example(currency));
                match unknown {
                    Allow::Never => with("form-hint-money", &example),
                    _ => words.f(
                        "form-hint-money-unknown",
                        &[("example", Arg::Text(&example)), ("unknown", Arg::Text(tongue.unknown()))],
                    ),
                }
            }
            Kind::Decimal(_) => with("form-hint-number", &format!("0{}5", tongue.signs().1)),
            Kind::Percent(_) => with("form-hint-percent", &format!("12{}5%", tongue.signs().1)),
            Kind::Date => words.t("form-hint-date").to_owned(),
            Kind::Period => words.t("form-hint-period").to_owned(),
            Kind::Moment => words.t("form-hint-moment").to_owned(),
            Kind::Url { prefix: None } => words.t("form-hint-url").to_owned(),
            Kind::Url { prefix: Some(prefix) } => words.f("form-hint-prefix", &[("prefix", Arg::Text(prefix))]),
            Kind::File => words.t("form-hint-file").to_owned(),
            Kind::Language => words.t("form-hint-language").to_owned(),
            Kind::Ref(targets) => {
                let mut key: Vec<u16> = if targets.any { Vec::new() } else { targets.named.clone() };
                key.sort_unstable();
                match self.targets.get(&key) {
                    Some(Targets::Many(_)) => words.t("form-hint-search").to_owned(),
                    _ => String::new(),
                }
            }
            Kind::List { of, .. } => self.example(of),
            _ => String::new(),
        }
    }
}

fn option(value: &str, label: &str) -> FormOption {
    FormOption { value: value.to_owned(), label: label.to_owned() }
}

/// What is wrong, in words that name the field as the form does.
pub(super) fn fault_text(words: &Words, label: &str, fault: &Fault) -> String {
    let key = match fault.code.as_str() {
        "form-required" | "field-required" | "field-required-when" => "fault-required",
        "value-number" => "fault-number",
        "value-whole" => "fault-whole",
        "value-percent" => "fault-percent",
        "value-money" => "fault-money",
        "value-money-bare" => "fault-money-bare",
        "value-money-cents" => "fault-money-cents",
        "value-date" | "value-period" => "fault-date",
        "value-period-order" => "fault-period-order",
        "value-moment" => "fault-moment",
        "value-bool" => "fault-bool",
        "value-too-large" => "fault-too-large",
        "value-long" => "fault-long",
        "value-pattern" => "fault-pattern",
        "value-currency" => "fault-currency",
        "value-unknown" => "fault-unknown",
        "value-choice" => "fault-choice",
        "value-low" => "fault-low",
        "value-high" => "fault-high",
        "value-prefix" => "fault-prefix",
        "value-url" => "fault-url",
        "value-email" => "fault-email",
        "value-language" => "fault-language",
        "list-few" => "fault-few",
        "list-many" => "fault-many",
        "list-twice" => "fault-twice",
        "form-ref" => "fault-ref",
        "field-transition" | "field-final" => "fault-transition",
        "field-immutable" => "fault-immutable",
        "form-ref-many" => "fault-ref-many",
        "form-locked" => "fault-locked",
        "form-long" => "fault-bytes",
        "form-entangled" => "fault-entangled",
        "form-path" => "fault-path",
        "form-taken" | "field-unique" => "fault-taken",
        code => {
            let args: Vec<(String, String)> = fault
                .args
                .iter()
                .map(|(name, value)| (name.clone(), if name == "field" { label.to_owned() } else { value.clone() }))
                .collect();
            let problem = words.problem(code, &args);
            return words.f("fault-other", &[("field", Arg::Text(label)), ("problem", Arg::Text(&problem))]);
        }
    };
    let mut args = vec![("field", Arg::Text(label))];
    args.extend(
        fault.args.iter().filter(|arg| arg.0 != "field").map(|(name, value)| (name.as_str(), Arg::Text(value))),
    );
    words.f(key, &args)
}
