//! Environment files: `.env` as dotenv libraries and compose read it, and lists for `docker run --env-file`.
//!
//! The readers do not agree. Libraries take quotes, comments and `export` away; Docker takes everything behind the `=`
//! for the value. Which of them reads a file is known only if the file says so (its name, or a command in a comment),
//! and only then is a difference between them a mistake.

use crate::recognise::setting::{self, Setting};
use crate::recognise::{Found, text};
use crate::source::{Place, Sources, Span};

/// A longer value is no credential.
const LONGEST: usize = 20_000;

/// An assignment, as offsets in the text.
struct Line {
    /// `export ` before the name.
    export: Option<Span>,
    name: Span,
    /// From the end of the name to the beginning of the value.
    sign: Span,
    /// The value with its quotes.
    value: Span,
    /// The blanks before a comment, and the comment.
    comment: Option<Span>,
    /// Where the next line begins.
    next: usize,
}

/// All settings of the file at `place` that are credentials, and what else there is in its values.
pub fn find(sources: &mut Sources, place: Place) -> Vec<Found> {
    let text = sources.text(place).to_owned();
    let is_docker = is_for_docker(&text, &sources.get(place.source).name);
    let mut found = Vec::new();
    let mut at = 0;
    let mut has_line_end = false;
    while at < text.len() && found.len() < text::MOST {
        let Some(line) = line(&text, at) else {
            at = next_line(&text, at);
            continue;
        };
        at = line.next;
        let name = text.get(line.name.range()).unwrap_or_default();
        let written = text.get(line.value.range()).unwrap_or_default();
        let bare = setting::bare(written);
        if !setting::says_credential(name) || !setting::is_value(bare) {
            if bare.len() >= 20 {
                let inner = usize::from(bare.len() < written.len());
                let (start, end) = (line.value.start + inner, line.value.end - inner);
                found.extend(text::find(sources, place.part(start, end)));
            }
            continue;
        }
        let part = |span: Span| place.part(span.start, span.end);
        let quote = usize::from(!is_docker && bare.len() < written.len());
        let value = part(Span::new(line.value.start + quote, line.value.end - quote));
        let form = if is_docker { "docker env file" } else { "env file" };
        let mut setting = Setting::new(form, part(line.name), value);
        if is_docker {
            let sign = text.get(line.sign.range()).unwrap_or_default();
            let blanks = Some(line.sign).filter(|_| sign != "=");
            for (trouble, span) in [("export", line.export), ("blank-around-sign", blanks), ("comment", line.comment)] {
                setting.troubles.extend(span.map(|span| (trouble, part(span))));
            }
        } else if !has_line_end && text.get(..line.next).is_some_and(|t| t.ends_with("\r\n")) {
            // Once is enough: a file has the same line ends everywhere.
            has_line_end = true;
            setting.troubles.push(("carriage-return", place.part(line.next - 2, line.next - 1)));
        }
        found.push(setting.found());
    }
    found
}

/// True for two or more assignments, and nothing else but comments.
pub fn looks_like(text: &str) -> bool {
    let mut count = 0;
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, _)) = line.split_once('=') else { return false };
        if !is_name(name) || !name.bytes().any(|b| b.is_ascii_uppercase()) {
            return false;
        }
        count += 1;
    }
    count > 1
}

/// True if the file says that Docker reads it. (Compose and Node.js, which have an option of that name, know quotes.)
fn is_for_docker(text: &str, name: &str) -> bool {
    let is_command = |line: &str| {
        line.contains("--env-file")
            && !line.contains("compose")
            && ["docker run", "docker create", "docker container", "docker exec"].iter().any(|c| line.contains(c))
    };
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    file == "env.list" || text.lines().filter(|line| line.trim_start().starts_with('#')).any(is_command)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
}

fn next_line(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |n| at + n + 1)
}

/// The assignment in the line that begins at `at`, which may go on over several lines if its value is in quotes.
fn line(text: &str, at: usize) -> Option<Line> {
    let next = next_line(text, at);
    let line = text.get(at..next)?.trim_end_matches(['\r', '\n']);
    let blank = |from: usize| line.get(from..).map_or(0, |r| r.len() - r.trim_start_matches([' ', '\t']).len());
    let start = blank(0);
    let rest = line.get(start..).filter(|rest| !rest.starts_with('#'))?;
    let keyword =
        rest.strip_prefix("export").filter(|r| r.starts_with([' ', '\t'])).map_or(0, |_| 6 + blank(start + 6));
    let sign = line.get(start + keyword..)?.find(['=', ':'])? + start + keyword;
    let written = line.get(start + keyword..sign)?;
    let name = written.trim_end();
    if !is_name(name) {
        return None;
    }
    let name = Span::new(start + keyword, start + keyword + name.len());
    let value = sign + 1 + blank(sign + 1);
    let spans = |value: Span, comment: Option<Span>, next: usize| Line {
        export: (keyword > 0).then(|| Span::new(at + start, at + start + keyword)),
        name: name.shifted(at),
        sign: Span::new(at + name.end, value.start),
        value,
        comment,
        next,
    };
    let from = at + value;
    let quote = line.get(value..).and_then(|rest| rest.chars().next()).filter(|c| matches!(c, '"' | '\'' | '`'));
    if let Some(end) = quote.and_then(|quote| closing(text, from + 1, quote)) {
        let next = next_line(text, end);
        let after = text.get(end..next).unwrap_or_default();
        let comment = after.find('#').map(|_| Span::new(end, end + after.trim_end().len()));
        return Some(spans(Span::new(from, end), comment, next));
    }
    let rest = line.get(value..).unwrap_or_default();
    let end = [" #", "\t#"].iter().filter_map(|mark| rest.find(mark)).min().unwrap_or(rest.len());
    let word = rest.get(..end).unwrap_or_default().trim_end();
    let comment = (end < rest.len()).then(|| Span::new(from + word.len(), from + rest.trim_end().len()));
    Some(spans(Span::new(from, from + word.len()), comment, next))
}

/// Where the quotes that were opened before `at` end, behind the closing one.
fn closing(text: &str, at: usize, quote: char) -> Option<usize> {
    let mut escaped = false;
    let rest = text.get(at..)?;
    let mut characters = rest.char_indices().take(LONGEST);
    let end = characters.find(|(_, c)| {
        let closes = *c == quote && !escaped;
        escaped = *c == '\\' && !escaped;
        closes
    });
    end.map(|(n, _)| at + n + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_delimited_as_their_readers_do() {
        let text = "# x=y\nA=1\n  export B = 'two #' # c\nC=\"a\nb\" \nD=x y # z\r\nE='\nF: \"\\\"f\"\nno\nG=";
        let mut at = 0;
        let mut found = Vec::new();
        while at < text.len() {
            match line(text, at) {
                Some(line) => {
                    found.push((&text[line.name.range()], &text[line.value.range()]));
                    at = line.next;
                }
                None => at = next_line(text, at),
            }
        }
        assert_eq!(
            found,
            [("A", "1"), ("B", "'two #'"), ("C", "\"a\nb\""), ("D", "x y"), ("E", "'"), ("F", "\"\\\"f\""), ("G", "")]
        );
        assert!(looks_like("A=1\n# c\nexport B=2\n"));
        assert!(!looks_like("A=1\ncurl x\n") && !looks_like("A=1") && !looks_like("a=1\nb=2"));
    }
}
