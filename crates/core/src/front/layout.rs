//! Where every part of a frontmatter stands, down to its dashes and colons, for `write`.
//!
//! The parser tells where scalars stand; between two of them are only blanks, comments and YAML's
//! own signs, so the places of the signs are found by walking from one scalar to the next. Where
//! that walk meets something else there is no layout, and nothing is written. Only for YAML that
//! `read` takes without a problem: no anchors, aliases or tags, and within the limits.

use std::ops::Range;

use granit_parser::{Event, ScalarStyle, Span, StructureStyle};

use super::NewValue;

/// The root of a frontmatter and what is no comment in it.
pub(super) struct Layout<'a> {
    pub yaml: &'a str,
    /// None when there are no fields, only blanks and comments.
    pub root: Option<Node>,
    /// The bytes of all scalars and keys, in the order of the file: a `#` in them is text.
    leaves: Vec<Range<usize>>,
}

/// A value with the bytes from its first to its last sign. A block scalar begins with its `|` or
/// `>` and ends before the line end of its last line; what is absent is an empty range.
pub(super) struct Node {
    pub span: Range<usize>,
    pub shape: Shape,
}

pub(super) enum Shape {
    Scalar { text: String, style: Style },
    Empty,
    List { frame: Frame, parts: Vec<Part> },
    Map { frame: Frame, parts: Vec<Part> },
}

/// How a scalar is written in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Block,
}

/// How a list or map is written in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    Block,
    /// In brackets or braces.
    Flow,
    /// A map of one pair within brackets, without braces of its own: `[a: b]`.
    Pair,
}

/// One item of a list or one entry of a map.
pub(super) struct Part {
    /// The byte of its dash, of its key, or (in brackets) of its value.
    pub start: usize,
    pub key: Option<Key>,
    /// The byte after its dash or colon. None in a list in brackets, and for a key without colon.
    pub after: Option<usize>,
    pub value: Node,
}

pub(super) struct Key {
    pub text: String,
    /// Written with a question mark before it, which stands at the part's start.
    pub asked: bool,
}

/// One comment, from its `#` to the end of its line.
pub(super) struct Comment {
    pub span: Range<usize>,
    /// Nothing but blanks stands before it on its line.
    pub alone: bool,
}

impl Part {
    pub fn end(&self) -> usize {
        self.value.span.end
    }
}

impl Node {
    /// What the value says, without its places.
    pub fn said(&self) -> NewValue {
        match &self.shape {
            Shape::Scalar { text, .. } => NewValue::Scalar(text.clone()),
            Shape::Empty => NewValue::Empty,
            Shape::List { parts, .. } => NewValue::List(parts.iter().map(|part| part.value.said()).collect()),
            Shape::Map { parts, .. } => {
                let entry = |part: &Part| Some((part.key.as_ref()?.text.clone(), part.value.said()));
                NewValue::Map(parts.iter().filter_map(entry).collect())
            }
        }
    }
}

impl<'a> Layout<'a> {
    /// None when a sign stands where none was expected.
    pub fn of(yaml: &'a str) -> Option<Layout<'a>> {
        let mut walk = Walk { yaml, at: 0, leaves: Vec::new() };
        let mut events = super::events(yaml).map_while(Result::ok);
        let root = loop {
            match events.next() {
                None | Some((Event::StreamEnd, _)) => break None,
                Some((Event::MappingStart(style, ..), span)) => break Some(walk.map(style, &span, &mut events)?),
                // The parser gives a document without anything in it one absent scalar.
                Some(_) => {}
            }
        };
        Some(Layout { yaml, root, leaves: walk.leaves })
    }

    /// The comments in a range that begins and ends outside of scalars.
    pub fn comments(&self, range: Range<usize>) -> Vec<Comment> {
        let mut comments = Vec::new();
        let mut leaf = self.leaves.partition_point(|leaf| leaf.end <= range.start);
        let mut at = range.start;
        while at < range.end {
            if let Some(next) = self.leaves.get(leaf).filter(|next| next.start <= at) {
                at = at.max(next.end);
                leaf += 1;
            } else if self.yaml.as_bytes()[at] == b'#' {
                let end = line_stop(self.yaml, at);
                comments.push(Comment { span: at..end, alone: begins_line(self.yaml, at) });
                at = end;
            } else {
                at += 1;
            }
        }
        comments
    }
}

/// The walk through the text beside the parser's events.
struct Walk<'a> {
    yaml: &'a str,
    /// Everything before this byte has been placed.
    at: usize,
    leaves: Vec<Range<usize>>,
}

impl Walk<'_> {
    /// The value that an event begins; `self.at` is right after its dash, colon or comma.
    fn node<'b>(
        &mut self,
        event: Event<'b>,
        span: &Span,
        events: &mut dyn Iterator<Item = (Event<'b>, Span)>,
    ) -> Option<Node> {
        match event {
            Event::Scalar(text, style, ..) => self.scalar(&text, style, span),
            Event::SequenceStart(style, ..) => self.list(style, span, events),
            Event::MappingStart(style, ..) => self.map(style, span, events),
            _ => None,
        }
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, span: &Span) -> Option<Node> {
        let bytes = span.byte_range()?;
        if style == ScalarStyle::Plain && bytes.is_empty() {
            return Some(Node { span: self.at..self.at, shape: Shape::Empty });
        }
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Single,
            ScalarStyle::DoubleQuoted => Style::Double,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        };
        let start = self.next_sign();
        let span = match style {
            Style::Block => self.block_span(start, &bytes, text)?,
            _ if start == bytes.start => bytes.clone(),
            _ => return None,
        };
        self.at = bytes.end;
        self.leaves.push(bytes);
        Some(Node { span, shape: Shape::Scalar { text: text.to_owned(), style } })
    }

    /// From the sign of a block scalar to its last line. Blank lines after it are its own only
    /// where a `+` says so.
    fn block_span(&self, start: usize, content: &Range<usize>, text: &str) -> Option<Range<usize>> {
        if !self.yaml[start..].starts_with(['|', '>']) || start >= content.start {
            return None;
        }
        let head = self.yaml[start..line_stop(self.yaml, start)].split('#').next()?;
        let whole = &self.yaml[start..content.end];
        let ends_blank = text.trim_end_matches('\n').ends_with([' ', '\t']);
        let kept = match head.contains('+') {
            true => whole.strip_suffix('\n').map_or(whole, |text| text.strip_suffix('\r').unwrap_or(text)),
            // Blanks in its last line are text.
            false if ends_blank => whole.trim_end_matches(['\r', '\n']),
            false => whole.trim_end_matches([' ', '\t', '\r', '\n']),
        };
        Some(start..start + kept.len())
    }

    fn list<'b>(
        &mut self,
        style: StructureStyle,
        span: &Span,
        events: &mut dyn Iterator<Item = (Event<'b>, Span)>,
    ) -> Option<Node> {
        let (frame, start) = self.open(style, span, b'[')?;
        let mut parts = Vec::new();
        loop {
            let (event, span) = events.next()?;
            if matches!(event, Event::SequenceEnd) {
                break;
            }
            let (start, after) = match frame {
                Frame::Block => {
                    let dash = self.take(b'-')?;
                    (dash, Some(dash + 1))
                }
                Frame::Flow | Frame::Pair => (self.next_sign(), None),
            };
            let value = self.node(event, &span, events)?;
            self.pass_comma(frame);
            parts.push(Part { start, key: None, after, value });
        }
        let span = self.close(frame, start, b']', &parts)?;
        Some(Node { span, shape: Shape::List { frame, parts } })
    }

    fn map<'b>(
        &mut self,
        style: StructureStyle,
        span: &Span,
        events: &mut dyn Iterator<Item = (Event<'b>, Span)>,
    ) -> Option<Node> {
        let (frame, start) = self.open(style, span, b'{')?;
        let mut parts = Vec::new();
        loop {
            let (event, span) = events.next()?;
            let text = match event {
                Event::MappingEnd => break,
                Event::Scalar(text, ..) => text.into_owned(),
                _ => return None,
            };
            let bytes = span.byte_range()?;
            let start = self.next_sign();
            let asked = start != bytes.start;
            if asked && self.yaml.as_bytes().get(start) != Some(&b'?') {
                return None;
            }
            self.at = bytes.end;
            self.leaves.push(bytes);
            let after = self.take(b':').map(|colon| colon + 1);
            let (event, span) = events.next()?;
            let value = self.node(event, &span, events)?;
            self.pass_comma(frame);
            parts.push(Part { start, key: Some(Key { text, asked }), after, value });
        }
        let span = self.close(frame, start, b'}', &parts)?;
        Some(Node { span, shape: Shape::Map { frame, parts } })
    }

    /// Steps into a list or map; gives its frame and first byte.
    fn open(&mut self, style: StructureStyle, span: &Span, sign: u8) -> Option<(Frame, usize)> {
        let start = self.next_sign();
        match style {
            StructureStyle::Block => Some((Frame::Block, start)),
            StructureStyle::Flow
                if self.yaml.as_bytes().get(start) == Some(&sign) && !span.byte_range()?.is_empty() =>
            {
                self.at = start + 1;
                Some((Frame::Flow, start))
            }
            StructureStyle::Flow => Some((Frame::Pair, start)),
        }
    }

    fn close(&mut self, frame: Frame, start: usize, sign: u8, parts: &[Part]) -> Option<Range<usize>> {
        match frame {
            Frame::Flow => Some(start..self.take(sign)? + 1),
            Frame::Block | Frame::Pair => Some(start..parts.last()?.end()),
        }
    }

    fn pass_comma(&mut self, frame: Frame) {
        if frame == Frame::Flow {
            let _ = self.take(b',');
        }
    }

    /// Passes one sign, if it is the next one.
    fn take(&mut self, sign: u8) -> Option<usize> {
        let at = self.next_sign();
        (self.yaml.as_bytes().get(at) == Some(&sign)).then(|| {
            self.at = at + 1;
            at
        })
    }

    fn next_sign(&self) -> usize {
        next_sign(self.yaml, self.at)
    }
}

/// The first byte from `at` on that is neither blank, nor line end, nor in a comment.
pub(super) fn next_sign(yaml: &str, mut at: usize) -> usize {
    let bytes = yaml.as_bytes();
    loop {
        match bytes.get(at) {
            Some(b' ' | b'\t' | b'\r' | b'\n') => at += 1,
            Some(b'#') => at = line_stop(yaml, at),
            _ => return at,
        }
    }
}

/// Where the line of a byte begins. A lone CR ends a line in YAML too.
pub(super) fn line_start(yaml: &str, at: usize) -> usize {
    yaml.as_bytes()[..at].iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).map_or(0, |end| end + 1)
}

/// Where the line of a byte stops, before its line end.
pub(super) fn line_stop(yaml: &str, at: usize) -> usize {
    let end = yaml.as_bytes()[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    end.map_or(yaml.len(), |end| at + end)
}

/// Where the line after that of a byte begins.
pub(super) fn next_line(yaml: &str, at: usize) -> usize {
    let stop = line_stop(yaml, at);
    match yaml.as_bytes().get(stop..) {
        Some([b'\r', b'\n', ..]) => stop + 2,
        Some([_, ..]) => stop + 1,
        _ => stop,
    }
}

/// Whether only blanks stand between the begin of the line and this byte.
pub(super) fn begins_line(yaml: &str, at: usize) -> bool {
    yaml[line_start(yaml, at)..at].bytes().all(|byte| matches!(byte, b' ' | b'\t'))
}

/// How many bytes stand before this one on its line. Before a dash or key of a block these are
/// blanks and signs, so that bytes are columns.
pub(super) fn column(yaml: &str, at: usize) -> usize {
    at - line_start(yaml, at)
}
