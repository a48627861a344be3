//! Where the code blocks of a document are, and in which language.

use crate::recognise::http::is_start_line;
use crate::source::Span;

/// A block of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Its language in lower case; empty if it is not said.
    pub language: String,
    /// Its lines, without those that delimit it.
    pub span: Span,
    /// True if `>` stands before each line.
    pub is_quoted: bool,
}

/// How a block ends.
enum End {
    /// A line of this character, as many or more.
    Fence(char, usize),
    /// A line that is this.
    Line(String),
    /// The first line that is indented no more than this.
    Indent(usize),
    /// The first blank line.
    Paragraph,
}

/// All blocks of a text, in order.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut lines = Lines { text, at: 0 };
    let mut after_blank = true;
    // What an attribute line or a directive said about the block that follows.
    let mut announced: Option<String> = None;
    while let Some((start, line)) = lines.next() {
        let (bare, is_quoted) = unquoted(line);
        if bare.trim().is_empty() {
            after_blank = true;
            continue;
        }
        let opened = opening(line, bare, announced.as_deref());
        if let Some((language, end)) = opened {
            announced = None;
            found.extend(lines.block(language, end, is_quoted));
            after_blank = true;
            continue;
        }
        if let Some(language) = attribute(bare) {
            announced = Some(language);
            continue;
        }
        // A title may stand between the attributes and the block.
        let is_title = bare.starts_with('.') && !bare.starts_with("..");
        if let Some(language) = announced.take_if(|_| !is_title) {
            lines.at = start;
            found.extend(lines.block(language, End::Paragraph, false));
        } else if after_blank && indent(line) >= 4 && is_start_line(bare.trim()) {
            lines.at = start;
            found.extend(lines.block("http".to_owned(), End::Indent(0), false));
        }
        after_blank = false;
    }
    found
}

/// A block that begins with this line: its language and its end.
fn opening(line: &str, bare: &str, announced: Option<&str>) -> Option<(String, End)> {
    let trimmed = bare.trim();
    for mark in ['`', '~'] {
        let rest = trimmed.trim_start_matches(mark);
        let count = trimmed.len() - rest.len();
        if count >= 3 && !(mark == '`' && rest.contains('`')) {
            return Some((language(rest), End::Fence(mark, count)));
        }
    }
    // AsciiDoc.
    let is_delimiter = trimmed.len() >= 4 && ['-', '.'].iter().any(|c| trimmed.trim_matches(*c).is_empty());
    if let Some(language) = announced.filter(|_| is_delimiter) {
        return Some((language.to_owned(), End::Line(trimmed.to_owned())));
    }
    // reStructuredText.
    if let Some((name, argument)) = trimmed.strip_prefix(".. ").and_then(|directive| directive.split_once("::")) {
        let is_code = matches!(name, "code" | "code-block" | "sourcecode");
        return is_code.then(|| (language(argument), End::Indent(indent(line))));
    }
    // Org.
    let org = trimmed.get(..11).filter(|t| t.eq_ignore_ascii_case("#+begin_src"));
    org.map(|begin| (language(trimmed.get(begin.len()..).unwrap_or_default()), End::Line("#+end_src".to_owned())))
}

/// The language that `[source,http]` announces.
fn attribute(line: &str) -> Option<String> {
    let inner = line.trim().strip_prefix('[')?.strip_suffix(']')?;
    let (style, rest) = inner.split_once(',')?;
    let style = style.split(['%', '#', '.']).next().unwrap_or_default();
    matches!(style, "source" | "").then(|| language(rest.split(',').next().unwrap_or_default()))
}

/// The first word of what is said about a block: `http`, `{.http}`, `{code-block} http`, `sh title="x"`.
fn language(info: &str) -> String {
    let info = info.trim();
    let info = info.strip_prefix("{code-block}").unwrap_or(info).trim_start();
    let word = info.trim_start_matches(['{', '.', ' ']).split([' ', '\t', '{', '}', ',', ':', '=']).next();
    word.unwrap_or_default().to_ascii_lowercase()
}

/// The line behind the mark of a quotation.
fn unquoted(line: &str) -> (&str, bool) {
    match line.trim_start().strip_prefix('>') {
        Some(rest) => (rest, true),
        None => (line, false),
    }
}

fn indent(line: &str) -> usize {
    let blanks = line.bytes().take_while(|b| matches!(b, b' ' | b'\t'));
    blanks.map(|b| if b == b'\t' { 4 } else { 1 }).sum()
}

struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<(usize, &'a str)> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let line = rest.split_inclusive('\n').next()?;
        let start = self.at;
        self.at += line.len();
        Some((start, line.trim_end_matches(['\n', '\r'])))
    }

    /// The lines from here to the end of a block; what ends it is read too, unless it belongs to the text below.
    fn block(&mut self, language: String, end: End, is_quoted: bool) -> Option<Block> {
        let start = self.at;
        let mut last = start;
        while let Some((begin, line)) = self.next() {
            let (bare, quoted) = unquoted(line);
            let trimmed = if is_quoted { bare.trim() } else { line.trim() };
            let ends = match &end {
                End::Fence(mark, count) => {
                    trimmed.len() >= *count && trimmed.chars().all(|c| c == *mark) || is_quoted && !quoted
                }
                End::Line(delimiter) => trimmed.eq_ignore_ascii_case(delimiter),
                End::Indent(least) => {
                    let is_out = !trimmed.is_empty() && indent(line) <= *least;
                    if is_out {
                        self.at = begin;
                    }
                    is_out
                }
                End::Paragraph => trimmed.is_empty(),
            };
            if ends {
                break;
            }
            last = self.at;
        }
        let span = Span::new(start, last);
        // The options of a directive are no code.
        let written = self.text.get(span.range()).unwrap_or_default();
        let options = match end {
            End::Indent(_) => {
                let is_option =
                    |l: &&str| l.trim().starts_with(':') && l.trim().get(1..).is_some_and(|r| r.contains(':'));
                written.split_inclusive('\n').take_while(is_option).map(str::len).sum()
            }
            _ => 0,
        };
        let span = Span::new(start + options, last);
        (!span.is_empty()).then_some(Block { language, span, is_quoted })
    }
}
