//! Tables as CSV: one writer for the rows of queries and for comparisons.
//!
//! What stands in a cell is the caller's business; how a cell is quoted, and that a text can't be taken
//! for a formula where a spreadsheet opens it, is decided here.

/// For whom a file is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// RFC 4180 as other programs read it: texts stand as they are.
    Plain,
    /// Semicolons, decimal commas, a byte order mark, and texts that can't be taken for formulas.
    DutchExcel,
}

/// A cell of a file.
pub enum Field {
    /// Digits with a point.
    Number(String),
    Text(String),
    /// A word of the file's own format, which nobody wrote: never guarded.
    Mark(String),
}

impl Variant {
    /// What `variant=` names; anything else is plain.
    pub fn named(name: Option<&str>) -> Variant {
        match name {
            Some("excel-nl") => Variant::DutchExcel,
            _ => Variant::Plain,
        }
    }

    fn separator(self) -> char {
        match self {
            Variant::Plain => ',',
            Variant::DutchExcel => ';',
        }
    }
}

/// A file being written.
pub struct Writer {
    variant: Variant,
    pub text: String,
}

impl Writer {
    pub fn new(variant: Variant) -> Writer {
        let mark = if variant == Variant::DutchExcel { "\u{feff}" } else { "" };
        Writer { variant, text: mark.to_owned() }
    }

    pub fn line(&mut self, fields: &[Field]) {
        for (at, field) in fields.iter().enumerate() {
            if at > 0 {
                self.text.push(self.variant.separator());
            }
            match (field, self.variant) {
                (Field::Number(digits), Variant::DutchExcel) => self.cell(&digits.replace('.', ",")),
                (Field::Text(text), Variant::DutchExcel) if begins_formula(text) => self.cell(&format!("'{text}")),
                (Field::Number(text) | Field::Text(text) | Field::Mark(text), _) => self.cell(text),
            }
        }
        self.text.push_str("\r\n");
    }

    fn cell(&mut self, text: &str) {
        if !text.contains([self.variant.separator(), '"', '\r', '\n']) {
            self.text.push_str(text);
            return;
        }
        self.text.push('"');
        self.text.push_str(&text.replace('"', "\"\""));
        self.text.push('"');
    }
}

/// Whether spreadsheets may compute what begins so.
fn begins_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '|', '\t', '\r', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f5_texts_are_no_formulas_where_a_spreadsheet_opens_them() {
        let written = |variant| {
            let mut writer = Writer::new(variant);
            for text in ["=1+1", "+1", "-1", "@x", "|x", "\tx", "\r=x", "a=b", "'x", ""] {
                writer.line(&[Field::Text(text.to_owned())]);
            }
            writer.line(&[Field::Number("-1.50".to_owned()), Field::Mark("+++".to_owned()), Field::Text("a;b".into())]);
            writer.text
        };
        let dutch = written(Variant::DutchExcel);
        let lines = "'=1+1\r\n'+1\r\n'-1\r\n'@x\r\n'|x\r\n'\tx\r\n\"'\r=x\"\r\na=b\r\n'x\r\n\r\n-1,50;+++;\"a;b\"\r\n";
        assert_eq!(dutch, format!("\u{feff}{lines}"));
        let plain = written(Variant::Plain);
        assert!(plain.starts_with("=1+1\r\n+1\r\n") && plain.ends_with("-1.50,+++,a;b\r\n"), "{plain}");
    }
}
