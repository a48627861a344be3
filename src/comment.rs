//! Comments that speak to tokenlint: `tokenlint: allow time/expired -- the sample is from the documents`.
//!
//! Any language's comments do, and no language is read: a comment is what follows a comment mark that stands outside
//! of quotes on its line. So a string that holds the same words is none. A comment behind something is about its own
//! line; one that stands alone is about the line below it.

use crate::source::Span;

/// A comment that allows something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// From `tokenlint:` to the end of the reason.
    pub span: Span,
    /// The rules that it names, as written, and where each stands.
    pub rules: Vec<(String, Span)>,
    /// True if it says why.
    pub has_reason: bool,
    /// The line that it is about.
    pub line: Span,
}

/// What such a comment begins with.
const NAME: &str = "tokenlint:";
/// What it says.
const WORD: &str = "allow";
/// A comment further from the beginning of its line is not looked for.
const FAR: usize = 4096;
/// As many comments of one text are listened to.
const MOST: usize = 10_000;
/// As many rules are heard of one comment.
const MOST_RULES: usize = 32;

/// The comments in a text, in order.
pub fn find(text: &str) -> Vec<Comment> {
    text.match_indices(NAME).filter_map(|(at, _)| read(text, at)).take(MOST).collect()
}

fn read(text: &str, at: usize) -> Option<Comment> {
    let start = line_start(text, at)?;
    // What is said further away is not heard.
    let end = line_end(text, at).min((at..at + FAR).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(at));
    let mark = mark(text.get(start..at)?)?;
    let after = at + NAME.len();
    let rest = text.get(after..end)?;
    let said = rest.trim_start().strip_prefix(WORD).filter(|said| !said.starts_with(|c: char| !c.is_whitespace()))?;
    // `said` is the end of the line: from here on everything has its place by what is left of it.
    let closed = mark.closes.and_then(|close| said.find(close));
    let behind = closed.and_then(|i| said.get(i + mark.closes.map_or(0, str::len)..)).unwrap_or_default();
    let said_at = end - said.len();
    let said = said.get(..closed.unwrap_or(said.len()))?.trim_end();
    let (named, reason) = match separator(said) {
        Some(i) => (said.get(..i)?, said.get(i + 2..)?.trim()),
        None => (said, ""),
    };
    let mut rules = Vec::new();
    let mut from = said_at;
    for part in named.split(',').take(MOST_RULES) {
        if let Some(word) = part.split_whitespace().next() {
            // `allow <rule> -- reason` explains how to write one.
            if !word.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '*') {
                return None;
            }
            let begin = from + part.find(word)?;
            rules.push((word.to_owned(), Span::new(begin, begin + word.len())));
        }
        from += part.len() + 1;
    }
    let stands_alone = mark.is_first && behind.trim().is_empty();
    let line = if stands_alone { below(text, end) } else { Span::new(start, end) };
    Some(Comment { span: Span::new(at, said_at + said.len()), rules, has_reason: !reason.is_empty(), line })
}

/// Where the two hyphens before the reason stand.
fn separator(said: &str) -> Option<usize> {
    let stands_free = |i: &usize| {
        let before = said.get(..*i).unwrap_or_default();
        let after = said.get(i + 2..).unwrap_or_default();
        before.ends_with(char::is_whitespace) && (after.is_empty() || after.starts_with(char::is_whitespace))
    };
    said.match_indices("--").map(|(i, _)| i).find(stands_free)
}

/// What makes a comment of the text behind it.
struct Mark {
    /// What ends the comment before its line ends.
    closes: Option<&'static str>,
    /// True if nothing stands before it on its line.
    is_first: bool,
}

/// The comment mark at the end of this beginning of a line, if there is one outside of quotes.
fn mark(before: &str) -> Option<Mark> {
    const MARKS: &[(&str, Option<&str>)] =
        &[("<!--", Some("-->")), ("/*", Some("*/")), ("//", None), ("--", None), ("#", None), (";", None), ("%", None)];
    let before = before.trim_end();
    let is_remark = |word: &str| word.eq_ignore_ascii_case("rem") || word.eq_ignore_ascii_case("@rem");
    if is_remark(before.trim_start()) {
        return Some(Mark { closes: None, is_first: true });
    }
    // `##`, `///`, `;;` and `/**` are as good.
    let last = before.chars().next_back()?;
    let bare = before.trim_end_matches(last);
    let run = before.len() - bare.len();
    let head = |mark: &'static str| mark.trim_end_matches(last);
    let fits = |mark: &'static str| (1..=run).contains(&(mark.len() - head(mark).len())) && bare.ends_with(head(mark));
    let (mark, closes) = MARKS.iter().find(|(mark, _)| fits(mark))?;
    let code = bare.strip_suffix(head(mark))?;
    let stands_free = code.is_empty() || code.ends_with(|c: char| c.is_whitespace() || ";,(){}[]>".contains(c));
    if !stands_free || is_quoted(code) {
        return None;
    }
    Some(Mark { closes: *closes, is_first: code.trim().is_empty() })
}

/// True if a quote that is opened in this beginning of a line is not closed in it.
fn is_quoted(code: &str) -> bool {
    let mut open = None;
    let mut previous = ' ';
    let mut chars = code.chars();
    while let Some(c) = chars.next() {
        match (open, c) {
            (Some(_), '\\') => {
                chars.next();
            }
            (Some(quote), c) if quote == c => open = None,
            // Not the apostrophe in `don't`.
            (None, '\'') if !previous.is_alphanumeric() => open = Some(c),
            (None, '"' | '`') => open = Some(c),
            _ => {}
        }
        previous = c;
    }
    open.is_some()
}

/// The next line, but for further comments to tokenlint and the fence around code.
fn below(text: &str, mut end: usize) -> Span {
    const MOST_BETWEEN: usize = 16;
    let mut line = Span::empty(text.len());
    for _ in 0..MOST_BETWEEN {
        let Some(start) = end.checked_add(1).filter(|start| *start <= text.len()) else { break };
        end = line_end(text, start);
        line = Span::new(start, end);
        let words = text.get(start..end).unwrap_or_default().trim_start();
        if !(words.starts_with("```") || words.starts_with("~~~") || words.contains(NAME)) {
            break;
        }
    }
    line
}

fn line_start(text: &str, at: usize) -> Option<usize> {
    let from = at.saturating_sub(FAR);
    let before = text.as_bytes().get(from..at)?;
    match before.iter().rposition(|b| *b == b'\n') {
        Some(i) => Some(from + i + 1),
        None => (from == 0).then_some(0),
    }
}

fn line_end(text: &str, from: usize) -> usize {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    rest.iter().position(|b| *b == b'\n').map_or(text.len(), |i| from + i)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rules, whether there is a reason, and the line it is about.
    fn one(text: &str) -> Option<(String, bool, String)> {
        let found = find(text);
        assert!(found.len() < 2, "{found:?}");
        let comment = found.first()?;
        for (name, span) in &comment.rules {
            assert_eq!(text.get(span.range()), Some(name.as_str()));
        }
        let names: Vec<&str> = comment.rules.iter().map(|(name, _)| name.as_str()).collect();
        Some((names.join(" "), comment.has_reason, text[comment.line.range()].to_owned()))
    }

    fn is(text: &str, rules: &str, has_reason: bool, line: &str) {
        assert_eq!(one(text), Some((rules.to_owned(), has_reason, line.to_owned())), "{text}");
    }

    #[test]
    fn every_style_of_comment_is_understood() {
        for alone in [
            "# tokenlint: allow a/b -- why\nT=1\nx",
            "  ## tokenlint: allow a/b -- why\nT=1",
            "// tokenlint: allow a/b -- why\nT=1\n",
            "/// tokenlint: allow a/b -- why\r\nT=1",
            "-- tokenlint: allow a/b -- why\nT=1",
            "; tokenlint: allow a/b -- why\nT=1",
            "% tokenlint: allow a/b -- why\nT=1",
            "REM tokenlint: allow a/b -- why\nT=1",
            "@rem tokenlint: allow a/b -- why\nT=1",
            "<!-- tokenlint: allow a/b -- why -->\nT=1",
            "/* tokenlint: allow a/b -- why */\nT=1",
            "/** tokenlint: allow a/b -- why */\nT=1",
            "#tokenlint: allow a/b -- why\nT=1",
            "#tokenlint:allow a/b -- why\nT=1",
        ] {
            is(alone, "a/b", true, "T=1");
        }
        for behind in [
            "T=1 # tokenlint: allow a/b -- why",
            "f(); // tokenlint: allow a/b -- why",
            "f();// tokenlint: allow a/b -- why",
            "f(\"x\", 'y') /* tokenlint: allow a/b -- why */",
            "/* tokenlint: allow a/b -- why */ f()",
            "don't # tokenlint: allow a/b -- why",
            "<a>x</a><!-- tokenlint: allow a/b -- why -->",
        ] {
            is(&format!("x\n{behind}\ny"), "a/b", true, behind);
        }
    }

    #[test]
    fn rules_and_reasons_are_told_apart() {
        is("# tokenlint: allow a/b, c-d/e-f -- why -- really\nx", "a/b c-d/e-f", true, "x");
        is("# tokenlint: allow a/b\nx", "a/b", false, "x");
        is("# tokenlint: allow a/b --\nx", "a/b", false, "x");
        is("# tokenlint: allow a/b because of it\nx", "a/b", false, "x");
        is("# tokenlint: allow a/b--why\nx", "a/b--why", false, "x");
        is("# tokenlint: allow -- why\nx", "", true, "x");
        is("# tokenlint: allow\nx", "", false, "x");
        is("<!-- tokenlint: allow a/b -->\nx", "a/b", false, "x");
        is("# tokenlint: allow a/b -- why", "a/b", true, "");
        is("<!-- tokenlint: allow a/b -- why -->\n```sh\ncurl\n```", "a/b", true, "curl");
    }

    #[test]
    fn comments_above_each_other_are_about_the_same_line() {
        let found = find("# tokenlint: allow a/b -- why\n# tokenlint: allow c/d -- why\nT=1\n");
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].line, found[1].line);
    }

    #[test]
    fn what_only_looks_like_one_is_none() {
        for text in [
            "\"# tokenlint: allow a/b -- why\"",
            "{\"tokenlint: allow\": \"a/b -- why\"}",
            "{\"note\": \"// tokenlint: allow a/b -- why\"}",
            "print('# tokenlint: allow a/b -- why')",
            "write `# tokenlint: allow a/b -- why` there",
            "say \"a \\\" b # tokenlint: allow a/b -- why\"",
            "tokenlint: allow a/b -- why",
            "https://tokenlint: allow a/b -- why",
            "x# tokenlint: allow a/b -- why",
            "# tokenlint: allow <rule> -- reason",
            "# tokenlint: allowed a/b -- why",
            "# tokenlint: a linter",
            "# see tokenlint: allow a/b -- why",
            &format!("{}# tokenlint: allow a/b -- why", " ".repeat(FAR)),
        ] {
            assert_eq!(one(text), None, "{text}");
        }
    }

    #[test]
    fn many_of_them_take_no_time() {
        let named = find(&format!("# tokenlint: allow {} -- why\nx", "a/b, ".repeat(MOST_RULES * 2)));
        assert_eq!(named.iter().map(|comment| comment.rules.len()).collect::<Vec<_>>(), [MOST_RULES]);
        assert!(find(&"# tokenlint: allow ".repeat(10_000)).len() < 300);
        assert_eq!(find(&"# tokenlint: allow a/b -- c\n".repeat(MOST + 1)).len(), MOST);
    }
}
