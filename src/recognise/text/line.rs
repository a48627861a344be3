//! What stands in one line of text: headers, URLs, quoted values, labelled values, tokens.
//!
//! Most lines have nothing in them, so it is first asked where in the text the few words are without which a kind cannot
//! be.

use memchr::{memchr_iter, memchr2, memchr2_iter};

use super::*;

const AUTHORIZATION: &str = "authorization";

/// Where the words stand in a text of which a line needs one, so that few lines are looked at closely.
pub(super) struct Marks {
    authorization: Places,
    header: Places,
    url: Places,
}

/// What stands in a line.
pub(super) struct Has {
    authorization: bool,
    header: bool,
    url: bool,
}

/// Places in a text in order, and the first that is not behind us.
struct Places {
    list: Vec<usize>,
    next: usize,
}

impl Marks {
    /// Looks for them in all of a text.
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let places = |list: Vec<usize>| Places { list, next: 0 };
        let all = |word: &str| memmem::find_iter(bytes, word.as_bytes()).collect::<Vec<_>>();
        // Its rarest letter, and around it the word in upper or lower case.
        const Z: usize = 7;
        let whole = |z: usize| bytes.get(z.checked_sub(Z)?..)?.get(..AUTHORIZATION.len());
        let is_whole = |z: &usize| whole(*z).is_some_and(|word| word.eq_ignore_ascii_case(AUTHORIZATION.as_bytes()));
        let mut header = [all("eader"), all("EADER")].concat();
        header.sort_unstable();
        Self {
            authorization: places(memchr2_iter(b'z', b'Z', bytes).filter(is_whole).collect()),
            header: places(header),
            url: places(all("://")),
        }
    }

    /// What of them stands in a line; to be asked line after line.
    pub fn in_line(&mut self, line: Span) -> Has {
        let has = |places: &mut Places| {
            while places.list.get(places.next).is_some_and(|at| *at < line.start) {
                places.next += 1;
            }
            places.list.get(places.next).is_some_and(|at| *at < line.end)
        };
        Has { authorization: has(&mut self.authorization), header: has(&mut self.header), url: has(&mut self.url) }
    }
}

const SCHEMES: &[&str] = &["bearer", "basic", "dpop", "token"];

/// Parameters that hold a token, or ask for one.
const TELLING: &[&str] =
    &["access_token=", "id_token=", "refresh_token=", "client_secret=", "code=", "token=", "jwt=", "response_type="];

/// What stands in a line, the larger things first.
pub(super) fn spots(line: &str, has: &Has) -> Vec<Spot> {
    let mut spots = Vec::new();
    if has.authorization || has.header {
        let lower = line.to_ascii_lowercase();
        headers(line, &lower, &mut spots);
        quoted_values(line, &lower, &mut spots);
    }
    if has.url {
        urls(line, &mut spots);
    }
    labelled(line, &mut spots);
    tokens(line, &mut spots);
    spots
}

/// The length of the scheme that a text begins with, if a blank or nothing follows it.
pub(in crate::recognise) fn scheme(text: &str) -> Option<usize> {
    let word = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let known = SCHEMES.contains(&text.get(..word)?.to_ascii_lowercase().as_str());
    (known && text.get(word..).is_some_and(|r| r.is_empty() || r.starts_with(' '))).then_some(word)
}

/// `Authorization` and what follows it: `: Bearer x`, `": "Bearer x"`, `', 'Bearer x'`, `=Bearer x`.
fn headers(line: &str, lower: &str, spots: &mut Vec<Spot>) {
    for (at, _) in lower.match_indices(AUTHORIZATION).take(20) {
        let begins = line.get(..at).and_then(|b| b.chars().next_back());
        if begins.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-' && !lower[..at].ends_with("proxy-"))
        {
            continue;
        }
        let name = Span::new(at, at + AUTHORIZATION.len());
        let after = line.get(name.end..).unwrap_or_default();
        let rest = after.trim_start_matches(['"', '\'', '`', '\\', ']']).trim_start();
        // `Unexpected char 0x0a at 47 in Authorization value: Bearer x`
        let rest = rest.strip_prefix("value").map_or(rest, str::trim_start);
        let rest = match ["=>", ":", "=", ","].iter().find_map(|sign| rest.strip_prefix(sign)) {
            Some(rest) => rest.trim_start(),
            None => continue,
        };
        let start = line.len() - rest.len();
        if let Some((value, open)) = quoted(line, start) {
            let text = line.get(value.range()).unwrap_or_default();
            // Code may put the token behind the scheme; in a finished object nothing follows any more.
            let behind = line.get(value.end + 1..).unwrap_or_default().trim_start();
            let ends = behind.is_empty() || behind.starts_with('}');
            let has_token = scheme(text).is_some_and(|n| ends || !text.get(n..).unwrap_or_default().trim().is_empty());
            if !open && (has_token || jwt::form(text).is_some()) {
                spots.push(Spot::Header { name: Some(name), value, quoted: true });
            }
        } else {
            // The quotes around the whole line end the value too.
            let limit =
                begins.filter(|c| matches!(c, '"' | '\'' | '`')).and_then(|q| rest.find(q)).unwrap_or(rest.len());
            if let Some(length) = unquoted(rest.get(..limit).unwrap_or_default()) {
                spots.push(Spot::Header { name: Some(name), value: Span::new(start, start + length), quoted: false });
            }
        }
    }
}

/// The text within the quotes that stand at `start`, and whether code goes on putting the value together behind them.
fn quoted(line: &str, start: usize) -> Option<(Span, bool)> {
    let rest = line.get(start..)?;
    let prefix = rest.find(['"', '\'', '`']).filter(|n| *n <= 2)?;
    if !rest.get(..prefix)?.bytes().all(|b| b.is_ascii_alphabetic() || b == b'$' || b == b'\\') {
        return None;
    }
    let quote = rest.get(prefix..)?.chars().next()?;
    let inner = rest.get(prefix + 1..)?;
    let mut escaped = false;
    // `\"…\"` within a quoted message ends at the next `\"`.
    let outer = rest.get(..prefix).is_some_and(|p| p.ends_with('\\'));
    let end = inner.char_indices().take(LONGEST).find(|(at, c)| {
        if outer {
            let before = inner.get(..*at).filter(|_| *c == quote).unwrap_or_default();
            return before.len() - before.trim_end_matches('\\').len() == 1;
        }
        let closes = *c == quote && !escaped;
        escaped = *c == '\\' && !escaped;
        closes
    });
    let end = end.map(|(at, _)| at)?;
    // An f-string, a template or a raw string has holes of its own: they are told by their marks.
    let after = inner.get(end + 1..).unwrap_or_default().trim_start();
    let open = after.starts_with(['+', '.', '%', '&', '~', '|']);
    let first = start + prefix + 1;
    // `\"…\"`: the backslash before the closing quote is not the value's.
    let last = if rest.starts_with('\\') && inner.get(..end)?.ends_with('\\') { end - 1 } else { end };
    Some((Span::new(first, first + last), open))
}

/// The length of `Bearer x` at the beginning of a text: a scheme, perhaps once more, and one word.
fn unquoted(text: &str) -> Option<usize> {
    let mut at = 0;
    for _ in 0..2 {
        let rest = text.get(at..).unwrap_or_default();
        match scheme(rest) {
            Some(n) => at = text.len() - rest.get(n..).unwrap_or_default().trim_start_matches(' ').len(),
            None => break,
        }
    }
    let rest = text.get(at..)?;
    // `Bearer "x"`: the quotes are sent.
    if let Some(quote) = rest.chars().next().filter(|c| at > 0 && matches!(c, '"' | '\'')) {
        let inner = rest.get(1..).and_then(|r| r.split(quote).next()).unwrap_or_default();
        let closes = rest.get(1 + inner.len()..).is_some_and(|r| r.starts_with(quote));
        return (closes && jwt::form(inner).is_some()).then_some(at + inner.len() + 2);
    }
    let word = rest.split([' ', '\t', '"', '\'', '`', ',', '\\']).next().unwrap_or_default();
    // A closing bracket that nothing opens belongs to the text around.
    let own = |c: char| matches!(c, ')' | ']' | '}' | '>') && word.contains(['(', '[', '{', '<']);
    let dots = word.ends_with("..");
    let word =
        word.trim_end_matches(|c| matches!(c, ',' | ';' | ')' | ']' | '}' | '.') && !own(c) && !(dots && c == '.'));
    let is_value = if at == 0 { jwt::form(word).is_some() && word.matches('.').count() >= 2 } else { !word.is_empty() };
    (is_value && word.len() < LONGEST).then_some(at + word.len())
}

/// What stands farther behind a complaint is not what it is about.
const FAR: usize = 400;

/// A header value that an error message quotes: `invalid header field value "Bearer x\n"`.
fn quoted_values(line: &str, lower: &str, spots: &mut Vec<Spot>) {
    const COMPLAINTS: &[&str] = &["illegal", "invalid", "unexpected", "malformed", "not valid", "bad "];
    let Some(complaint) = COMPLAINTS.iter().filter_map(|word| lower.find(word)).min() else { return };
    // `… header value: Bearer x`, without quotes.
    if let Some(at) = lower.get(complaint..).and_then(|rest| rest.find("value: ")).map(|i| complaint + i + 7) {
        let value = Span::new(at, line.trim_end_matches([' ', '\t']).len().max(at));
        if line.get(value.range()).is_some_and(|text| scheme(text).is_some_and(|n| n < text.len())) {
            spots.push(Spot::Header { name: None, value, quoted: true });
        }
    }
    let mut at = 0;
    while let Some(start) = line.get(at..).and_then(|rest| rest.find(['"', '\'', '`'])).map(|i| at + i) {
        // Within a quoted message the quotes are escaped.
        let escaped = line.get(..start).is_some_and(|b| b.ends_with('\\'));
        let start = if escaped { start - 1 } else { start };
        let Some((value, open)) = quoted(line, start).filter(|_| escaped || start > complaint) else {
            at = start + 1 + usize::from(escaped);
            continue;
        };
        let text = line.get(value.range()).unwrap_or_default();
        // In code the value would be an argument.
        let before = line.get(..start).unwrap_or_default();
        let before = before.strip_suffix('b').unwrap_or(before);
        let is_near = start.checked_sub(complaint).is_some_and(|distance| (1..=FAR).contains(&distance));
        let quotes = is_near && (before.is_empty() || before.ends_with([' ', ':', '=', '[']));
        // `"token"` alone is a word like any other.
        let has_blank = scheme(text).is_some_and(|n| n < text.len());
        if quotes && has_blank && !open {
            spots.push(Spot::Header { name: None, value, quoted: true });
        }
        at = value.end + 1;
    }
}

/// True for a URL one of whose parameters holds a token or asks for one, if no part of it only stands for something.
pub(in crate::recognise) fn tells(url: &str, shortest: usize) -> bool {
    let Some(mark) = url.find(['?', '#']) else { return false };
    let pairs = || url.get(mark + 1..).unwrap_or_default().split(['&', '#']);
    let is_telling =
        |pair: &str| TELLING.iter().any(|name| pair.strip_prefix(name).is_some_and(|value| value.len() >= shortest));
    let stands_in = |pair: &str| pair.split_once('=').is_some_and(|(_, v)| paste::leftover(v).is_some());
    pairs().any(is_telling)
        && !pairs().any(stands_in)
        && !url.contains(['{', '}', '$', '…', '*'])
        && !url.contains("...")
}

/// URLs whose parameters hold a token, or that ask for one.
fn urls(line: &str, spots: &mut Vec<Spot>) {
    for (at, _) in line.match_indices("://").take(50) {
        let before = line.get(..at).unwrap_or_default();
        let scheme = before.len() - before.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len();
        let start = at - scheme;
        if !matches!(line.get(start..at), Some("http" | "https" | "ws" | "wss")) {
            continue;
        }
        let rest = line.get(start..).unwrap_or_default();
        let end = rest.find(|c: char| c.is_whitespace() || "\"'`<>()[]|\\^".contains(c)).unwrap_or(rest.len());
        let text = rest.get(..end).unwrap_or_default().trim_end_matches(['.', ',', ';', ':', '!']);
        if tells(text, 1) {
            spots.push(Spot::Url(Span::new(start, start + text.len())));
        }
    }
}

/// `token: x`, `API_TOKEN="x"`: a value whose name says that it is a credential.
fn labelled(line: &str, spots: &mut Vec<Spot>) {
    let text = line.trim_start();
    let text = text.strip_prefix("- ").unwrap_or(text);
    let text = text.strip_prefix("export ").unwrap_or(text);
    let name = text.as_bytes().get(..=60).unwrap_or(text.as_bytes());
    let Some(sign) = memchr2(b':', b'=', name) else { return };
    let name = text.get(..sign).unwrap_or_default().trim().trim_matches(['"', '\'']);
    let value = text.get(sign + 1..).unwrap_or_default().trim();
    let word = setting::bare(value.trim_end_matches([',', ';']));
    if setting::says_credential(name) && setting::is_value(word) {
        let start = word.as_ptr() as usize - line.as_ptr() as usize;
        spots.push(Spot::Token(Span::new(start, start + word.len())));
    }
}

/// A shorter token is none.
const SHORTEST: usize = 36;

/// JWTs.
fn tokens(line: &str, spots: &mut Vec<Spot>) {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b"-_.=".contains(&b);
    let bytes = line.as_bytes();
    if bytes.len() < SHORTEST || memchr_iter(b'.', bytes).nth(1).is_none() {
        return;
    }
    let mut at = 0;
    while let Some(start) = bytes.get(at..).and_then(|rest| rest.iter().position(|b| is_part(*b))).map(|i| at + i) {
        let length = bytes.get(start..).map_or(0, |rest| rest.iter().take_while(|b| is_part(**b)).count());
        at = start + length;
        let word = line.get(start..at).unwrap_or_default();
        // `TOKEN=eyJ…`: the name and its sign are no part of it.
        let name = word.rfind('=').filter(|i| word.get(i + 1..).is_some_and(|r| r.contains('.'))).map_or(0, |i| i + 1);
        let token = word.get(name..).unwrap_or_default().trim_end_matches('.');
        let parts = token.split('.').count();
        if token.len() >= SHORTEST && matches!(parts, 3 | 5) && !token.contains("...") && jwt::form(token).is_some() {
            spots.push(Spot::Token(Span::new(start + name, start + name + token.len())));
        }
    }
}
