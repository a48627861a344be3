//! The grammar of JSON as a machine with an explicit stack, which goes on after every trouble.
//!
//! Each step looks at one character in the light of what is expected, and either takes something away or expects
//! something else that will, so reading ends. What a wrong character most likely stands for is decided here; where a
//! string with wrong quotes ends is decided in `text.rs`, and which troubles are worth telling in `trouble.rs`.

use super::escapes::unescape;
use super::text::{Opening, Quote, Role, Text};
use super::trouble::{Kind, Troubles};
use super::{Document, Name, Node};
use crate::facts::Value;
use crate::source::{Hole, Span};

/// Brackets may nest this deep.
pub(super) const DEPTH: usize = 128;

/// What the grammar wants next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Expect {
    /// A value: the root, or that of a member.
    Value,
    /// An element; `after` is the comma before it, if there is one.
    Element { after: Option<Span> },
    /// A name; `after` is the comma before it, if there is one.
    Name { after: Option<Span> },
    /// The colon behind a name.
    Colon,
    /// A comma or the closing bracket.
    Comma,
    /// The end of the text.
    End,
}

/// An object or array that is still open.
pub(super) struct Frame {
    pub(super) node: usize,
    pub(super) object: bool,
    pub(super) opened: Span,
    /// Its brackets were left out by the writer; see [`Kind::MissingBraces`].
    pub(super) bare: bool,
}

/// A reader half-way.
pub(super) struct Reader<'a> {
    pub(super) text: Text<'a>,
    pub(super) at: usize,
    /// The end of what was taken last.
    pub(super) last: usize,
    pub(super) expect: Expect,
    pub(super) stack: Vec<Frame>,
    /// The name that waits for its value, and whether it has a hole.
    pub(super) name: Option<(Name, bool)>,
    pub(super) nodes: Vec<Node>,
    pub(super) troubles: Troubles,
    /// See [`super::text::Text::string`].
    pub(super) barren: usize,
    /// Quotes were seen, of whatever kind.
    pub(super) quotes: bool,
    /// The whole text stands in quotes; see [`Kind::Quoted`].
    pub(super) quoted: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, holes: &'a [Hole]) -> Self {
        Self {
            text: Text { text, holes },
            at: 0,
            last: 0,
            expect: Expect::Value,
            stack: Vec::new(),
            name: None,
            nodes: Vec::new(),
            troubles: Troubles::default(),
            barren: 0,
            quotes: false,
            quoted: false,
        }
    }

    pub(super) fn read(mut self) -> Document {
        self.begin();
        loop {
            self.skip_space();
            let Some(c) = self.text.char(self.at) else { break };
            match self.expect {
                Expect::Value => self.value(c, None),
                Expect::Element { after } => self.value(c, after),
                Expect::Name { after } => self.name(c, after),
                Expect::Colon => self.colon(c),
                Expect::Comma => self.comma(c),
                Expect::End => {
                    self.end(c);
                    break;
                }
            }
        }
        self.finish()
    }

    /// Moves past `len` bytes.
    pub(super) fn take(&mut self, len: usize) {
        self.at += len;
        self.last = self.at;
    }

    /// The span of the character `c` here.
    pub(super) fn here(&self, c: char) -> Span {
        Span::new(self.at, self.at + c.len_utf8())
    }

    /// Skips spaces and comments.
    fn skip_space(&mut self) {
        loop {
            self.at = self.text.after_space(self.at);
            let start = self.at;
            let rest = self.text.rest(start);
            let line = || rest.find('\n').unwrap_or(rest.len());
            match self.text.char(start) {
                Some(_) if self.text.hole_at(start).is_some() => return,
                Some('#') => self.at += line(),
                Some('/') if rest.starts_with("//") => self.at += line(),
                Some('/') if rest.starts_with("/*") => self.at += rest.find("*/").map_or(rest.len(), |end| end + 2),
                Some(c) if is_odd_space(c) => {
                    self.at += c.len_utf8();
                    self.troubles.add(Kind::OddSpace, Span::new(start, self.at));
                    continue;
                }
                _ => return,
            }
            let comment = self.text.slice(Span::new(start, self.at)).trim_end().len();
            self.troubles.add(Kind::Comment, Span::new(start, start + comment));
        }
    }

    fn role(&self) -> Role {
        match self.stack.last() {
            None => Role::Root,
            Some(frame) if frame.object => Role::Member,
            Some(_) => Role::Element,
        }
    }

    /// A value is expected, behind the comma `after`.
    fn value(&mut self, c: char, after: Option<Span>) {
        let role = self.role();
        match c {
            _ if self.text.hole_at(self.at).is_some() => self.word(role),
            '{' | '[' => self.open(c),
            '}' | ']' | ',' if role == Role::Root => self.no_json(),
            '}' | ']' if role == Role::Element => self.close_after(c, after),
            ',' if role == Role::Element => self.extra_comma(c),
            '}' | ']' | ',' => {
                // The colon promised a value.
                self.troubles.add(Kind::MissingValue, Span::empty(self.last));
                self.name = None;
                self.expect = Expect::Comma;
            }
            _ => {
                if let Some(quote) = self.quote() {
                    let start = self.at;
                    let (text, hole) = self.string(quote, role);
                    if role == Role::Root && self.text.char(self.text.after_space(self.at)) == Some(':') {
                        return self.bare_member(start, text, hole);
                    }
                    self.add(Value::Text(text), Span::new(start, self.last), hole);
                } else if !self.left_out() {
                    self.word(role);
                }
            }
        }
    }

    /// The quote that opens a string here. Python writes `u'…'` and `b'…'`.
    fn quote(&mut self) -> Option<(Quote, usize)> {
        let rest = self.text.rest(self.at);
        if let Some(marked) = rest.strip_prefix(['u', 'b']).filter(|r| r.starts_with(['\'', '"'])) {
            self.troubles.add(Kind::PythonLiteral, Span::new(self.at, self.at + 1));
            self.at += 1;
            return Quote::opening(marked);
        }
        Quote::opening(rest)
    }

    /// Reads a string: its text, and whether it has a hole.
    fn string(&mut self, (quote, width): (Quote, usize), role: Role) -> (String, bool) {
        self.quotes = true;
        let opening = Opening { at: self.at, begin: self.at + width, quote, role, depth: self.stack.len() };
        let found = self.text.string(opening, &mut self.barren);
        if let Some(kind) = quote.trouble() {
            self.troubles.add(kind, Span::new(opening.at, opening.begin));
        }
        let hole = self.text.has_hole(found.content);
        let (built, wrong) = unescape(self.text, found.content, quote);
        if let Some((kind, span)) = found.trouble.or(wrong) {
            self.troubles.add(kind, span);
        }
        self.take(found.after - self.at);
        (built.finish().0, hole)
    }

    /// A name is expected, behind the comma `after`.
    fn name(&mut self, c: char, after: Option<Span>) {
        let start = self.at;
        let hole = self.text.hole_at(start).is_some();
        match c {
            '}' | ']' => self.close_after(c, after),
            ',' => self.extra_comma(c),
            '{' | '[' if !hole => {
                self.troubles.add(Kind::MissingName, self.here(c));
                self.open(c);
            }
            ':' => {
                self.troubles.add(Kind::MissingName, self.here(c));
                self.expect = Expect::Colon;
            }
            _ => {
                let (text, hole) = match self.quote().filter(|_| !hole) {
                    Some(quote) => self.string(quote, Role::Name),
                    None if self.left_out() => return,
                    None => self.bare_name(),
                };
                self.name = Some((Name { text, span: Span::new(start, self.last) }, hole));
                self.expect = Expect::Colon;
            }
        }
    }

    fn colon(&mut self, c: char) {
        match c {
            _ if self.text.hole_at(self.at).is_some() => {}
            ':' => self.take(1),
            '=' => {
                let arrow = if self.text.rest(self.at).starts_with("=>") { 2 } else { 1 };
                self.troubles.add(Kind::MissingColon, Span::new(self.at, self.at + arrow));
                self.take(arrow);
            }
            ',' | '}' | ']' => {
                // A name that is all hole may stand for several members.
                if !self.name.take().is_some_and(|(_, hole)| hole) {
                    self.troubles.add(Kind::MissingColon, Span::empty(self.last));
                }
                self.expect = Expect::Comma;
                return;
            }
            _ => self.troubles.add(Kind::MissingColon, Span::empty(self.last)),
        }
        self.expect = Expect::Value;
    }

    /// A comma or a closing bracket is expected.
    fn comma(&mut self, c: char) {
        let span = self.here(c);
        if let Some(hole) = self.text.hole_at(self.at) {
            // It may bring its own commas.
            return self.take(hole.end - self.at);
        }
        match c {
            ',' | ';' => {
                if c == ';' {
                    self.troubles.add(Kind::MissingComma, span);
                }
                self.take(1);
                self.troubles.member_ends();
                self.next_member(Some(span));
            }
            '}' | ']' => self.close(c),
            ':' if self.array_without_end() => {}
            ':' => {
                self.troubles.add(Kind::StrayColon, span);
                self.take(1);
                self.expect = Expect::Value;
            }
            _ => {
                if self.left_out() {
                    return;
                }
                let starts = matches!(c, '{' | '[' | '_' | '$' | '-') || c.is_alphanumeric();
                if starts || Quote::opening(self.text.rest(self.at)).is_some() {
                    self.troubles.add(Kind::MissingComma, Span::empty(self.last));
                    self.troubles.member_ends();
                    return self.next_member(None);
                }
                let (end, _) = self.run(|c| matches!(c, ',' | '}' | ']' | '\r' | '\n'));
                let stray = self.text.slice(Span::new(self.at, end)).trim_end().len();
                self.troubles.add(Kind::StrayText, Span::new(self.at, self.at + stray));
                self.take(stray);
            }
        }
    }

    pub(super) fn next_member(&mut self, after: Option<Span>) {
        self.expect = match self.role() {
            Role::Element => Expect::Element { after },
            _ => Expect::Name { after },
        };
    }

    fn extra_comma(&mut self, c: char) {
        let span = self.here(c);
        self.troubles.add(Kind::ExtraComma, span);
        self.take(1);
        // Told once: a bracket behind it is no second trouble.
        self.next_member(None);
    }

    /// Adds a node; after a value, the next thing is a comma.
    pub(super) fn add(&mut self, value: Value, span: Span, hole: bool) {
        let (name, unnamed) = self.name.take().map_or((None, false), |(name, hole)| (Some(name), hole));
        let parent = self.stack.last().map(|f| f.node);
        let after = self.nodes.len() + 1;
        self.nodes.push(Node { parent, name, value, span, hole: hole || unnamed, duplicate: false, after });
        self.expect = if self.stack.is_empty() { Expect::End } else { Expect::Comma };
    }
}

/// Spaces that come from web pages and word processors, and control characters between tokens.
pub(super) fn is_odd_space(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}')
}
