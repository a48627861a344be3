//! Documents in Markdown, AsciiDoc, reStructuredText and Org, for their code blocks.
//!
//! What people copy out of a document is checked as what it will be: shell commands with the variables of their block,
//! HTTP messages, Hurl files, JSON, source code. A message in a document may be shown in part, so nothing is missing in
//! it, and code that is said to be wrong is there to be wrong. All other text, and blocks in other languages, are
//! searched as any text is.

mod blocks;

use crate::decode::json;
use crate::recognise::{Found, code, curl, file, http, http_file, hurl, session, text};
use crate::source::{Builder, Hole, Place, Sources, Span};

use blocks::{Block, blocks};

/// Languages of blocks that are read as a whole.
const LANGUAGES: &[(&str, Language)] = &[
    ("bash", Language::Shell("block.sh")),
    ("bat", Language::Shell("block.bat")),
    ("batch", Language::Shell("block.bat")),
    ("cmd", Language::Shell("block.bat")),
    ("console", Language::Shell("block")),
    ("curl", Language::Shell("block")),
    ("fish", Language::Shell("block.sh")),
    ("http", Language::Http),
    ("https", Language::Http),
    ("hurl", Language::Hurl),
    ("json", Language::Json),
    ("ksh", Language::Shell("block.sh")),
    ("powershell", Language::Shell("block.ps1")),
    ("ps1", Language::Shell("block.ps1")),
    ("pwsh", Language::Shell("block.ps1")),
    ("rest", Language::Http),
    ("sh", Language::Shell("block.sh")),
    ("sh-session", Language::Shell("block")),
    ("shell", Language::Shell("block")),
    ("shell-session", Language::Shell("block")),
    ("shellsession", Language::Shell("block")),
    ("terminal", Language::Shell("block")),
    ("zsh", Language::Shell("block.sh")),
];

#[derive(Debug, Clone, Copy)]
enum Language {
    /// Commands; the name tells the dialect as a file's name would.
    Shell(&'static str),
    Http,
    Hurl,
    Json,
    /// Source code.
    Code(code::Language),
}

/// True for text with a fenced block in it.
pub fn looks_like(text: &str) -> bool {
    text.lines().any(|line| line.trim_start().starts_with("```"))
}

/// What the blocks and the text around them hold, in order.
pub fn find(sources: &mut Sources, place: Place) -> Vec<Found> {
    let text = sources.text(place).to_owned();
    let mut found = Vec::new();
    let mut at = 0;
    for block in blocks(&text) {
        let Some(inner) = content(sources, place, &text, &block) else { continue };
        let before = text.get(..block.span.start).unwrap_or_default();
        if let Some(things) = things(sources, inner, &block.language, before) {
            search(sources, place, Span::new(at, block.span.start), &mut found);
            at = block.span.end;
            found.extend(things);
        }
    }
    search(sources, place, Span::new(at, text.len()), &mut found);
    found
}

/// Searches a part of a text.
fn search(sources: &mut Sources, place: Place, part: Span, found: &mut Vec<Found>) {
    let part = place.part(part.start, part.end.max(part.start));
    if !sources.text(part).trim().is_empty() {
        found.extend(text::find(sources, part));
    }
}

/// The text of a block; without the marks of a quotation in a source of its own.
fn content(sources: &mut Sources, place: Place, text: &str, block: &Block) -> Option<Place> {
    let inner = place.part(block.span.start, block.span.end);
    let written = text.get(block.span.range()).filter(|t| !t.trim().is_empty())?;
    if !block.is_quoted {
        return Some(inner);
    }
    let mut out = Builder::new();
    let mut at = inner.span.start;
    for line in written.split_inclusive('\n') {
        let rest = line.trim_start_matches([' ', '\t']).strip_prefix('>').unwrap_or(line);
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        let end = at + line.len();
        out.copy(rest, Span::new(end - rest.len(), end));
        at = end;
    }
    Some(sources.decoded(inner, "quotation", out.finish()))
}

/// What a block holds; `None` if it is to be searched like the text around it. `before` is the document up to it.
fn things(sources: &mut Sources, place: Place, language: &str, before: &str) -> Option<Vec<Found>> {
    let text = sources.text(place);
    let begins = || text.lines().map(str::trim).find(|l| !l.is_empty()).is_some_and(http::is_start_line);
    let known = LANGUAGES.iter().find(|(name, _)| *name == language).map(|(_, language)| *language);
    let known = known.or_else(|| (language.is_empty() && begins()).then_some(Language::Http));
    let known = known.or_else(|| code::Language::named(language).map(Language::Code));
    match known? {
        Language::Shell(name) => commands(sources, place, name),
        Language::Http => messages(sources, place),
        Language::Hurl => {
            let requests = hurl::find(sources, place);
            (!requests.is_empty()).then(|| requests.into_iter().map(|r| Found::Request(Box::new(r))).collect())
        }
        Language::Json => {
            let text = sources.text(place);
            let trimmed = text.trim();
            let document = json::read(trimmed, &[]);
            let start = text.len() - text.trim_start().len();
            let place = place.part(start, start + trimmed.len());
            // `{"access_token": "string"}` shows types, not values.
            let is_schema = document.nodes.iter().any(|n| n.value.text() == Some("string"));
            (document.is_valid() && file::names_ours(&document) && !is_schema)
                .then(|| vec![Found::Json { place, claims: false }])
        }
        Language::Code(_) if is_said_to_be_wrong(before, text) => None,
        Language::Code(language) => {
            let mut found = code::find(sources, place, language);
            found.iter_mut().for_each(open);
            Some(found)
        }
    }
}

/// True for code that shows how not to do it: the line above the block says so, or a comment in it.
fn is_said_to_be_wrong(before: &str, code: &str) -> bool {
    const WORDS: &[&str] = &[
        "avoid",
        "bad",
        "broken",
        "don't",
        "don’t",
        "do not",
        "fails",
        "incorrect",
        "instead of",
        "mistake",
        "never",
        "not this",
        "wrong",
        "❌",
        "✗",
        "✘",
        "🚫",
    ];
    let says = |line: &str| {
        let line = line.to_lowercase();
        let is_word = |(at, word): (usize, &str)| {
            let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
            let (left, right) = (line.get(..at).unwrap_or_default(), line.get(at + word.len()..).unwrap_or_default());
            !is_letter(left.chars().next_back()) && !is_letter(right.chars().next())
        };
        WORDS.iter().any(|word| line.match_indices(word).any(is_word))
    };
    // The last line with text above the one that opens the block.
    let above = before.trim_end().rsplit_once('\n').map_or("", |(above, _)| above.trim_end());
    let above = above.rsplit('\n').next().unwrap_or_default();
    let comment = |line: &str| {
        let start = ["//", "#", "/*", "--", "❌"].iter().filter_map(|mark| line.find(mark)).min()?;
        line.get(start..).map(says)
    };
    says(above) || code.lines().filter_map(comment).any(|wrong| wrong)
}

/// HTTP messages, of which a document may show parts.
fn messages(sources: &mut Sources, place: Place) -> Option<Vec<Found>> {
    let place = with_variables(sources, place);
    let text = sources.text(place);
    let is_file = http_file::looks_like(text, true);
    let mut messages = if is_file { http_file::find(sources, place) } else { http::find(sources, place) };
    for message in &mut messages {
        open(message);
        if let Found::Request(request) = message {
            let is_cut = |text: &str| text.contains("...") || text.contains('…');
            request.body = request.body.filter(|body| !is_cut(sources.text(*body)));
        }
    }
    (!messages.is_empty()).then_some(messages)
}

/// Says that a request may be shown in part.
fn open(found: &mut Found) {
    if let Found::Request(request) = found {
        request.open = true;
    }
}

/// The same text, in which `$TOKEN` and `${TOKEN}` stand for values: nobody sends them as they are shown.
fn with_variables(sources: &mut Sources, place: Place) -> Place {
    let text = sources.text(place);
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let variable = |(at, _): (usize, &str)| {
        let rest = text.get(at + 1..)?;
        let (rest, marks) = rest.strip_prefix('{').map_or((rest, 1), |inner| (inner, 3));
        let name = rest.get(..rest.find(|c| !is_name(c)).unwrap_or(rest.len()))?;
        let ends = marks == 1 || rest.get(name.len()..)?.starts_with('}');
        let is_variable = ends && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        is_variable.then(|| Hole { span: Span::new(at, at + marks + name.len()), name: name.to_owned() })
    };
    let variables: Vec<Hole> = text.match_indices('$').filter_map(variable).collect();
    if variables.is_empty() {
        return place;
    }
    let mut out = Builder::new();
    out.copy(text, place.span);
    let (text, map) = out.finish();
    let mut holes = sources.carried_holes(place, &map);
    let is_new = |hole: &Hole| {
        let first = holes.partition_point(|h| h.span.end <= hole.span.start);
        holes.get(first).is_none_or(|h| h.span.start >= hole.span.end)
    };
    let new: Vec<Hole> = variables.into_iter().filter(is_new).collect();
    holes.extend(new);
    let name = sources.get(place.source).name.clone();
    let id = sources.add_decoded(name, text, place, "code block", map, holes);
    sources.whole(id)
}

/// The requests of a block of shell commands, and what else there is in it.
fn commands(sources: &mut Sources, place: Place, name: &str) -> Option<Vec<Found>> {
    let written = sources.text(place).to_owned();
    let script = without_output(sources, place, &written);
    let begin = |line: &&str| {
        let line = line.trim_start();
        line.starts_with("curl ") || line.starts_with("curl.exe ")
    };
    let expected = sources.text(script).lines().filter(begin).count();
    let requests = curl::find(sources, script, Some(name));
    if requests.is_empty() || requests.len() < expected {
        // Something between the commands is none, and its quotes are no quotes.
        return None;
    }
    let mut found = Vec::new();
    let mut at = 0;
    let mut taken: Vec<Span> = Vec::new();
    for request in &requests {
        let mut here = request.place;
        while here.source != place.source {
            here = sources.parent(here)?.0;
        }
        taken.push(here.span);
    }
    let (exchanges, answers) = session::with_answers(sources, place, requests);
    taken.extend(answers);
    taken.sort();
    for span in taken {
        let start = span.start.saturating_sub(place.span.start);
        let end = span.end.saturating_sub(place.span.start).min(written.len());
        // Up to the line of the command, and on after its last line.
        let line = written.get(..start).unwrap_or_default().rfind('\n').map_or(0, |i| i + 1);
        if line > at {
            search(sources, place, Span::new(at, line), &mut found);
        }
        let rest = written.get(end..).unwrap_or_default();
        at = at.max(end + rest.find('\n').unwrap_or(rest.len()));
    }
    search(sources, place, Span::new(at, written.len().max(at)), &mut found);
    found.extend(exchanges);
    Some(found)
}

/// The commands of a block, in a source of their own: without prompts, and without output if there are prompts.
fn without_output(sources: &mut Sources, place: Place, text: &str) -> Place {
    let prompt = |line: &str| {
        let start = line.len() - line.trim_start().len();
        let rest = line.get(start..).unwrap_or_default();
        ["$ ", "% ", "❯ ", "PS> "].iter().find(|mark| rest.starts_with(**mark)).map(|mark| start + mark.len())
    };
    if !text.lines().any(|line| prompt(line).is_some()) {
        // A large document is not read again for each of its blocks.
        let mut out = Builder::new();
        out.copy(text, place.span);
        return sources.decoded(place, "code block", out.finish());
    }
    let mut out = Builder::new();
    let mut quote = None;
    let mut goes_on = false;
    let mut at = place.span.start;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let skip = match prompt(line) {
            Some(skip) if !goes_on => skip,
            _ if !goes_on => continue,
            _ if quote.is_none() && line.starts_with("> ") => 2,
            _ => 0,
        };
        let command = line.get(skip..).unwrap_or_default();
        out.copy(command, Span::new(start + skip, at));
        quote = quote_after(command, quote);
        goes_on = quote.is_some() || command.trim_end_matches(['\n', '\r']).ends_with(['\\', '`', '^']);
    }
    sources.decoded(place, "prompts", out.finish())
}

/// The quote that is open at the end of a line.
fn quote_after(line: &str, mut quote: Option<char>) -> Option<char> {
    let mut escaped = false;
    for c in line.chars() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (None | Some('"'), '\\') => escaped = true,
            (Some(open), _) if open == c => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            _ => {}
        }
    }
    quote
}
