//! What a name stands for where it is used, if the code leaves no doubt.
//!
//! In one file the same name may be a constant, a parameter and the variable of a loop. So a name stands for a value only
//! if nothing else is called so, the value is given to it once, before the use, and in a block that holds the use too.

use std::collections::HashMap;

use super::language::Language;
use super::range::Range;
use super::reader::Code;

/// What is known of all names of a text.
pub(super) struct Names<'a> {
    uses: HashMap<&'a str, Uses>,
    /// Where blocks are told by indentation: the lines that begin a statement, in order.
    lines: Vec<Line>,
}

/// What else is done with a name than to give it a value and to read it.
#[derive(Debug, Clone, Copy, Default)]
struct Uses {
    /// It is a parameter, the variable of a loop, an import, or is changed where it stands.
    is_bound: bool,
    /// Its value may be changed: a member of it is used, or a function gets it.
    is_touched: bool,
}

/// The first line of a statement.
struct Line {
    first: usize,
    indent: usize,
    /// The first token that stands in no block with it any more.
    end: usize,
}

impl<'a> Names<'a> {
    /// Looks at every name of a text once.
    pub fn new(code: &Code<'a>) -> Self {
        let mut uses: HashMap<&str, Uses> = HashMap::new();
        for i in 0..code.len() {
            let name = code.word(i);
            if name.is_empty() || matches!(before(code, i), "." | "?." | "->" | "::" | "@") {
                continue;
            }
            let (is_bound, is_touched) = (is_bound(code, i), is_touched(code, i));
            if is_bound || is_touched {
                let known = uses.entry(name).or_default();
                known.is_bound |= is_bound;
                known.is_touched |= is_touched;
            }
        }
        let by_indent = matches!(code.language, Language::Python | Language::Ruby);
        Self { uses, lines: if by_indent { lines(code) } else { Vec::new() } }
    }

    /// What a name stands for at a token.
    pub fn value(&self, code: &Code, name: &str, at: usize) -> Option<Range> {
        let is_bound = self.uses.get(name).is_some_and(|uses| uses.is_bound);
        let value = code.value_of(name).filter(|value| !is_bound && value.end <= at)?;
        let block = code.around(value.start).map(|open| code.partner(open));
        let is_in_block = block.is_none_or(|close| close.is_some_and(|close| at < close));
        let line = self.lines.partition_point(|line| line.first <= value.start).checked_sub(1);
        let ends = line.and_then(|line| self.lines.get(line)).map(|line| line.end);
        let is_seen = is_in_block && ends.is_none_or(|end| at < end);
        // Names that stand for names could go on for ever.
        (is_seen && code.may_go_on()).then_some(value)
    }

    /// As [`Names::value`], for an object whose members nobody can have changed since.
    pub fn object(&self, code: &Code, name: &str, at: usize) -> Option<Range> {
        let is_touched = self.uses.get(name).is_some_and(|uses| uses.is_touched);
        self.value(code, name, at).filter(|_| !is_touched)
    }
}

fn before<'a>(code: &Code<'a>, i: usize) -> &'a str {
    i.checked_sub(1).map_or("", |i| code.sign(i))
}

/// True if something else than an assignment gives the name a value here.
fn is_bound(code: &Code, i: usize) -> bool {
    const BINDERS: &[&str] =
        &["for", "foreach", "as", "import", "catch", "except", "lambda", "global", "nonlocal", "range", "del"];
    let previous = i.checked_sub(1).map_or("", |i| code.word(i));
    let next = code.sign(i + 1);
    let is_changed = matches!(next, "+=" | "-=" | "*=" | "/=" | "**=" | "<<")
        || matches!(next, "|" | "||" | "??" | "&&" | "%" | "." | "&") && code.sign(i + 2) == "="
        || code.language == Language::Ruby && next == "." && changes_receiver(code, i + 2);
    // `flag.StringVar(&token, …)`, `foreach ($all as &$token)`.
    let is_lent = before(code, i) == "&" && matches!(code.language, Language::Go | Language::Php);
    let is_arrow = next == "=>" && code.language == Language::JavaScript;
    let in_block = code.language == Language::Ruby && (before(code, i) == "|" || next == "|");
    let is_tuple = next == ","
        && code.is_first(i)
        && matches!(code.language, Language::Python | Language::Ruby | Language::Go)
        && code.around(i).is_none_or(|open| code.sign(open) == "{");
    BINDERS.contains(&previous)
        || matches!(code.word(i + 1), "of" | "in")
        || is_changed
        || is_arrow
        || in_block
        || is_tuple
        || is_lent
        || is_of_loop(code, i)
        || is_set_inside(code, i)
        || around(code, i).any(|open| is_pattern(code, open))
}

/// True for `b` in `for a, b, c in rows:`.
fn is_of_loop(code: &Code, i: usize) -> bool {
    const MOST: usize = 12;
    let is_listed = code.language == Language::Python && before(code, i) == ",";
    let mut line =
        (i.saturating_sub(MOST)..i).rev().take_while(|k| code.is_first(*k) || code.sign(*k) == "," || code.is_word(*k));
    is_listed && line.any(|k| code.word(k) == "for")
}

/// `if ((token = read()))`, `.then(r => (token = r.token))`, `if (token := read())`: what is no statement is no
/// assignment. In Python `f(token=x)` is an argument, and sets nothing here.
fn is_set_inside(code: &Code, i: usize) -> bool {
    let next = code.sign(i + 1);
    let is_set = next == ":=" || next == "=" && code.language != Language::Python;
    is_set && code.around(i).is_some_and(|open| code.sign(open) == "(")
}

/// True for a method of Ruby that changes the string it is called upon.
fn changes_receiver(code: &Code, method: usize) -> bool {
    matches!(code.word(method), "concat" | "replace" | "insert" | "prepend") || code.sign(method + 1) == "!"
}

/// The brackets that a pattern may have around a name, from the innermost on: patterns nest.
fn around<'c, 'a>(code: &'c Code<'a>, i: usize) -> impl Iterator<Item = usize> + use<'c, 'a> {
    const DEEPEST: usize = 4;
    std::iter::successors(code.around(i), |open| code.around(*open).filter(|_| code.sign(*open) != "(")).take(DEEPEST)
}

/// True for a bracket around names that are given values: what is unpacked, the parameters of a function.
fn is_pattern(code: &Code, open: usize) -> bool {
    let behind = code.partner(open).map_or(code.len(), |close| close + 1);
    code.sign(behind) == "=" || code.word(behind) == "of" || holds_parameters(code, open)
}

/// True for the bracket that opens the parameters of a function.
fn holds_parameters(code: &Code, open: usize) -> bool {
    const STATEMENTS: &[&str] = &["if", "while", "switch", "for", "with"];
    let Some(close) = code.partner(open).filter(|_| code.sign(open) == "(") else { return false };
    let back = |n: usize| open.checked_sub(n).map_or("", |i| code.word(i));
    match code.language {
        Language::Python | Language::Ruby => back(2) == "def",
        Language::Php => back(1) == "function" || back(1) == "fn" || back(2) == "function",
        Language::Go => {
            let receiver = open.checked_sub(2).and_then(|i| code.partner(i)).and_then(|i| i.checked_sub(1));
            back(1) == "func" || back(2) == "func" || receiver.is_some_and(|i| code.word(i) == "func")
        }
        _ => {
            let after = code.sign(close + 1);
            after == "=>" || matches!(after, "{" | ":") && !STATEMENTS.contains(&back(1))
        }
    }
}

/// True if the value of the name may be changed here.
fn is_touched(code: &Code, i: usize) -> bool {
    let next = code.sign(i + 1);
    let call = code.around(i).filter(|open| code.sign(*open) == "(");
    let is_argument = matches!(before(code, i), "(" | ",") && matches!(next, ")" | ",");
    is_argument && call.is_some_and(|open| !only_reads(code, open)) || matches!(next, "." | "?." | "->" | "[")
}

/// True for a function that sends or prints what it gets.
fn only_reads(code: &Code, open: usize) -> bool {
    const READERS: &[&str] = &[
        "axios",
        "delete",
        "dumps",
        "fetch",
        "get",
        "head",
        "json_encode",
        "log",
        "options",
        "patch",
        "post",
        "print",
        "put",
        "Request",
        "request",
        "stringify",
    ];
    open.checked_sub(1).is_some_and(|name| READERS.contains(&code.word(name)))
}

/// The lines that begin a statement, each with the end of the blocks it stands in.
fn lines(code: &Code) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    // Those whose block has not ended, each further to the right than the one before.
    let mut open: Vec<usize> = Vec::new();
    for first in (0..code.len()).filter(|i| code.is_first(*i) && code.around(*i).is_none()) {
        let before = code.text.as_bytes().get(..code.span(first).start).unwrap_or_default();
        let indent = before.iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
        while let Some(line) = open.last().and_then(|i| lines.get_mut(*i)).filter(|line| line.indent > indent) {
            line.end = first;
            open.pop();
        }
        open.push(lines.len());
        lines.push(Line { first, indent, end: code.len() });
    }
    lines
}
