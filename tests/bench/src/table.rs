//! The lines of the table, and whether each reached what it should.

use std::fmt::Write as _;

/// Which way a figure is good.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wanted {
    AtLeast {
        floor: f64,
        aim: f64,
    },
    AtMost {
        floor: f64,
        aim: f64,
    },
    /// Only stated.
    Stated,
}

/// One line.
#[derive(Clone, Debug)]
pub struct Line {
    pub what: String,
    pub ours: String,
    pub against: String,
    /// The figure that counts, and how it is written.
    pub figure: f64,
    pub unit: &'static str,
    pub wanted: Wanted,
}

impl Line {
    fn verdict(&self) -> &'static str {
        let (aim, floor) = match self.wanted {
            Wanted::AtLeast { floor, aim } => (self.figure >= aim, self.figure >= floor),
            Wanted::AtMost { floor, aim } => (self.figure <= aim, self.figure <= floor),
            Wanted::Stated => return "stated",
        };
        match (aim, floor) {
            (true, _) => "aim",
            (false, true) => "floor",
            (false, false) => "**missed**",
        }
    }

    pub fn row(&self) -> String {
        let unit = self.unit;
        let (floor, aim) = match self.wanted {
            Wanted::AtLeast { floor, aim } => (format!("≥ {floor}{unit}"), format!("≥ {aim}{unit}")),
            Wanted::AtMost { floor, aim } => (format!("≤ {floor}{unit}"), format!("≤ {aim}{unit}")),
            Wanted::Stated => ("–".to_owned(), "–".to_owned()),
        };
        let figure = match self.figure {
            figure if figure >= 100.0 => format!("{figure:.0}"),
            figure if figure >= 10.0 => format!("{figure:.1}"),
            figure => format!("{figure:.2}"),
        };
        format!(
            "| {} | {} | {} | {figure}{unit} | {floor} | {aim} | {} |",
            self.what,
            self.ours,
            self.against,
            self.verdict()
        )
    }
}

pub const HEAD: &str =
    "| what | Polder | against | figure | floor | aim | reached |\n| --- | --- | --- | --- | --- | --- | --- |";

/// The whole table, with what it was measured on.
pub fn whole(conditions: &str, lines: &[Line]) -> String {
    let mut out = format!("{conditions}\n\n{HEAD}\n");
    for line in lines {
        let _ = writeln!(out, "{}", line.row());
    }
    out
}

/// The middle one; of an even number the mean of the two in the middle. 0 of none.
pub fn median(values: &[f64]) -> f64 {
    percentile(values, 0.5)
}

/// The value below which this part of all lies, by interpolation. 0 of none.
pub fn percentile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let at = part * last as f64;
    let (low, high) = (at.floor() as usize, at.ceil() as usize);
    sorted[low] + (sorted[high] - sorted[low]) * (at - low as f64)
}
