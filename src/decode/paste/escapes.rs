//! Escapes of other languages that were left in a value: each run of them, and what it stands for.

use crate::decode::paste::Cut;
use crate::source::Span;

/// What an escape stands for, as one of the layers `percent`, `double_percent`, `html`, `json` has taken it away; empty
/// for what is only taken away. For fixers: the text to write instead.
pub fn unescaped(layer: &str, text: &str) -> String {
    let cuts = match layer {
        "percent" | "double_percent" => return decoded(text),
        "html" => html(text),
        "json" => json(text),
        "dash" => dashes(text),
        _ => Vec::new(),
    };
    cuts.into_iter().map(|c| c.instead).collect()
}

/// `%XX`, a run of them at a time.
pub fn percent(text: &str) -> Vec<Cut> {
    runs(text, "%", |rest| is_hex(rest.get(1..3)?).then_some(3))
}

/// `%25XX`: what was encoded twice.
pub fn double_percent(text: &str) -> Vec<Cut> {
    runs(text, "%25", |rest| is_hex(rest.get(3..5)?).then_some(5))
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Runs of escapes that begin with `mark`, decoded.
fn runs(text: &str, mark: &str, length: fn(&str) -> Option<usize>) -> Vec<Cut> {
    let mut cuts = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find(mark)) {
        let start = at + found;
        let mut end = start;
        while let Some(n) = text.get(end..).filter(|r| r.starts_with(mark)).and_then(length) {
            end += n;
        }
        if end > start {
            let instead = decoded(text.get(start..end).unwrap_or_default());
            cuts.push(Cut { span: Span::new(start, end), instead });
        }
        at = end.max(start + mark.len());
    }
    cuts
}

/// Percent-decoded until nothing changes, but not endlessly.
fn decoded(text: &str) -> String {
    (0..3).fold(text.to_owned(), |text, _| percent_encoding::percent_decode_str(&text).decode_utf8_lossy().into_owned())
}

/// `&amp;`, `&#43;`, `&#x2b;`.
pub fn html(text: &str) -> Vec<Cut> {
    let mut cuts = Vec::new();
    for (start, _) in text.match_indices('&') {
        let Some(rest) = text.get(start + 1..) else { continue };
        let Some(end) = rest.bytes().take(10).position(|b| b == b';') else { continue };
        let name = rest.get(..end).unwrap_or_default();
        let number = name.strip_prefix('#').and_then(|n| match n.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok(),
            None => n.parse().ok(),
        });
        let instead = match name {
            "amp" => Some('&'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "nbsp" => Some(' '),
            _ => number.and_then(char::from_u32),
        };
        if let Some(c) = instead {
            cuts.push(Cut { span: Span::new(start, start + end + 2), instead: c.to_string() });
        }
    }
    cuts
}

/// `\n`, `\/`, `\u002b` as they stand in JSON text.
pub fn json(text: &str) -> Vec<Cut> {
    let mut cuts = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('\\')) {
        let start = at + found;
        let rest = text.get(start + 1..).unwrap_or_default();
        let code = rest.strip_prefix('u').and_then(|r| r.get(..4)).and_then(|hex| u32::from_str_radix(hex, 16).ok());
        let (len, instead) = match (rest.chars().next(), code.and_then(char::from_u32)) {
            (Some('u'), Some(c)) => (6, Some(c)),
            (Some('n'), _) => (2, Some('\n')),
            (Some('r'), _) => (2, Some('\r')),
            (Some('t'), _) => (2, Some('\t')),
            (Some(c @ ('/' | '"' | '\\')), _) => (2, Some(c)),
            _ => (1, None),
        };
        if let Some(c) = instead {
            cuts.push(Cut { span: Span::new(start, start + len), instead: c.to_string() });
        }
        at = start + len;
    }
    cuts
}

/// Terminal colours, as the ESC character or written `\033[`, `\x1b[`, `\e[`, `\u001b[`.
pub fn ansi(text: &str) -> Vec<Cut> {
    const MARKS: &[&str] = &["\u{1b}[", "\\033[", "\\x1b[", "\\x1B[", "\\e[", "\\u001b[", "\\u001B["];
    let mut cuts = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|r| !r.is_empty()) {
        let step = rest.chars().next().map_or(1, char::len_utf8);
        let mark = MARKS.iter().find(|m| rest.starts_with(**m));
        let end = mark.and_then(|mark| {
            let parameters =
                rest.get(mark.len()..)?.bytes().take(16).take_while(|b| b"0123456789;".contains(b)).count();
            let end = mark.len() + parameters;
            rest.get(end..)?.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(end + 1)
        });
        if let Some(end) = end {
            cuts.push(Cut::away(at, at + end));
        }
        at += end.unwrap_or(step);
    }
    cuts
}

/// Characters that look like those of a token: dashes, full-width forms, letters of other alphabets.
pub fn dashes(text: &str) -> Vec<Cut> {
    text.char_indices()
        .filter_map(|(at, c)| {
            let plain = match c {
                '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
                '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0)?,
                'а' | 'α' => 'a',
                'е' => 'e',
                'о' | 'ο' => 'o',
                'р' => 'p',
                'с' => 'c',
                'х' => 'x',
                'у' => 'y',
                'і' | 'ι' => 'i',
                'ј' => 'j',
                'ѕ' => 's',
                'А' | 'Α' => 'A',
                'В' | 'Β' => 'B',
                'Е' | 'Ε' => 'E',
                'Н' | 'Η' => 'H',
                'І' | 'Ι' => 'I',
                'Ј' => 'J',
                'К' | 'Κ' => 'K',
                'М' | 'Μ' => 'M',
                'Ν' => 'N',
                'О' | 'Ο' => 'O',
                'Р' | 'Ρ' => 'P',
                'С' => 'C',
                'Ѕ' => 'S',
                'Т' | 'Τ' => 'T',
                'Х' | 'Χ' => 'X',
                'Υ' => 'Y',
                'Ζ' => 'Z',
                _ => return None,
            };
            Some(Cut { span: Span::new(at, at + c.len_utf8()), instead: plain.to_string() })
        })
        .collect()
}
