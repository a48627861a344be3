//! Calls that send a request, and which of their arguments says what: a few lines a language.

use super::super::language::Language;
use super::super::names::Names;
use super::super::range::Range;
use super::super::reader::Code;
use super::body::Form;
use super::members::{Member, Members, member, members};

/// What a call says of its request, as written.
#[derive(Debug, Default)]
pub(super) struct Parts<'a> {
    /// From the name of the function to the last bracket.
    pub call: Option<Range>,
    /// What stands before the URL.
    pub base: Option<Range>,
    pub url: Option<Range>,
    /// The method: a name in the call or a value.
    pub method: Option<Range>,
    /// The objects that hold the header fields.
    pub headers: Option<Range>,
    /// Header fields that are set one by one.
    pub fields: Vec<Member<'a>>,
    pub query: Option<Range>,
    /// The body, and what becomes of an object there.
    pub body: Option<(Range, Form)>,
    /// User and password.
    pub user: Option<Range>,
    /// True if something else may add to it.
    pub is_open: bool,
    /// True if nobody but the call says who it is that asks.
    pub is_alone: bool,
}

/// The name of a function that is called: `axios.get`.
struct Callee<'a> {
    range: Range,
    /// What stands before the last dot, if that is no more than names.
    base: String,
    last: &'a str,
    is_new: bool,
}

const READS: &[&str] = &["get", "delete", "head", "options"];
const WRITES: &[&str] = &["post", "put", "patch"];

/// What the call with this opening bracket says.
pub(super) fn read<'a>(code: &Code<'a>, names: &Names<'a>, open: usize) -> Option<Parts<'a>> {
    let callee = callee(code, open)?;
    let arguments = code.arguments(open);
    let mut parts = match code.language {
        Language::JavaScript => javascript(code, names, &callee, &arguments),
        Language::Python => python(code, &callee, &arguments),
        Language::Ruby => ruby(code, &callee, &arguments),
        Language::Php => php(code, names, &callee, &arguments),
        _ => None,
    }?;
    parts.call = Some(Range { start: callee.range.start, end: code.partner(open)? + 1 });
    let is_verb = READS.contains(&callee.last) || WRITES.contains(&callee.last);
    if parts.method.is_none() && is_verb {
        parts.method = Some(Range { start: callee.range.end - 1, end: callee.range.end });
    }
    Some(parts)
}

/// The name before a bracket; TypeScript may say between them what is returned.
fn callee<'a>(code: &Code<'a>, open: usize) -> Option<Callee<'a>> {
    const MOST: usize = 30;
    let mut end = open;
    if code.language == Language::JavaScript && matches!(code.sign(open.checked_sub(1)?), ">" | ">>") {
        let mut depth = 0_usize;
        for _ in 0..MOST {
            end = end.checked_sub(1)?;
            depth += match code.sign(end) {
                ">" => 1,
                ">>" => 2,
                _ => 0,
            };
            depth -= usize::from(code.sign(end) == "<");
            if depth == 0 {
                break;
            }
        }
    }
    let range = code.callee(end)?;
    let before = range.start.checked_sub(1);
    let is_declared = before.is_some_and(|i| matches!(code.word(i), "function" | "def" | "func" | "fn"));
    // What is called upon is more than names: `client().get(`.
    let is_more = before.is_some_and(|i| matches!(code.sign(i), "." | "?." | "->" | "::"));
    let base = Range { start: range.start, end: range.end.saturating_sub(2) };
    let base = if is_more { "?".to_owned() } else { code.compact(base) };
    let is_new = before.is_some_and(|i| code.word(i) == "new");
    (!is_declared).then(|| Callee { range, base, last: code.at(range.end - 1), is_new })
}

impl Callee<'_> {
    /// True for what answers in a test, and is asked nothing.
    fn is_mock(&self) -> bool {
        let base = self.base.to_ascii_lowercase();
        ["mock", "respon", "nock", "stub", "fake", "respx"].iter().any(|word| base.contains(word))
    }

    fn reads(&self) -> bool {
        READS.contains(&self.last)
    }

    fn writes(&self) -> bool {
        WRITES.contains(&self.last)
    }
}

fn javascript<'a>(code: &Code<'a>, names: &Names<'a>, callee: &Callee<'a>, arguments: &[Range]) -> Option<Parts<'a>> {
    const GLOBALS: &[&str] = &["", "window", "globalThis", "self", "global"];
    const OPTIONS_LAST: &[&str] = &["got", "ky"];
    let at = |i: usize| arguments.get(i).copied();
    let base = callee.base.as_str();
    let is_bare = base.is_empty();
    let is_global = GLOBALS.contains(&base);
    let mut parts = Parts { url: at(0), ..Parts::default() };
    let mut is_own = true;
    let (data, options) = match callee.last {
        "fetch" => {
            parts.is_alone = is_global;
            parts.is_open = !is_global;
            (None, at(1))
        }
        "$fetch" | "ofetch" if is_bare => (None, at(1)),
        "Request" if is_bare && callee.is_new => (None, at(1)),
        "axios" | "request" if is_bare && callee.last == "axios" || base == "axios" => {
            let is_config = at(0).is_some_and(|first| code.sign(first.start) == "{");
            (None, if is_config { at(0) } else { at(1) })
        }
        _ if base == "axios" && callee.reads() => (None, at(1)),
        _ if base == "axios" && callee.writes() => (at(1), at(2)),
        "got" | "ky" if is_bare => (None, at(1)),
        _ if OPTIONS_LAST.contains(&base) && (callee.reads() || callee.writes()) => (None, at(1)),
        // An instance of something like axios, with headers of its own.
        _ if !is_bare && !callee.is_mock() && callee.reads() && arguments.len() == 2 => {
            is_own = false;
            (None, at(1))
        }
        _ if !is_bare && !callee.is_mock() && callee.writes() && arguments.len() == 3 => {
            is_own = false;
            (at(1), at(2))
        }
        _ => return None,
    };
    parts.is_open |= !is_own || base == "axios" && ["interceptors", "defaults"].iter().any(|word| code.has(word));
    let is_text = matches!(callee.last, "fetch" | "Request");
    parts.body = data.map(|data| (data, Form::Json));
    let Some(members) = options.and_then(|options| members(code, names, options)) else {
        parts.is_open = true;
        return Some(parts);
    };
    if !is_own && members.get(&["headers", "auth"]).is_none() {
        return None;
    }
    if options == at(0) {
        parts.url = None;
    }
    parts.options(&members, if is_text { Form::Text } else { Form::Json });
    Some(parts)
}

impl<'a> Parts<'a> {
    /// What options say; `form` is what becomes of an object that is the body.
    fn options(&mut self, members: &Members<'a>, form: Form) {
        const OTHERS: &[&str] = &["credentials", "withCredentials", "agent", "cookies", "cookieJar", "hooks", "cert"];
        let get = |names: &[&str]| members.get(names);
        self.is_open |= members.is_open || get(OTHERS).is_some();
        self.url = self.url.or_else(|| get(&["url", "uri"]));
        self.base = get(&["baseURL", "baseUrl", "prefixUrl", "base_url"]);
        self.method = self.method.or_else(|| get(&["method"]));
        self.headers = get(&["headers"]);
        self.query = get(&["params", "searchParams", "query", "qs"]);
        self.user = get(&["auth", "basic_auth"]);
        let body = get(&["json"]).map(|range| (range, Form::Json));
        let body = body.or_else(|| get(&["form", "form_params"]).map(|range| (range, Form::Pairs)));
        let body = body.or_else(|| get(&["data", "body", "content"]).map(|range| (range, form)));
        self.body = body.or(self.body);
        // Files are sent with everything else as parts.
        if get(&["files", "multipart", "formData"]).is_some() {
            (self.body, self.is_open) = (None, true);
        }
    }
}

/// Arguments by name, and those by their place.
fn by_name<'a>(code: &Code<'a>, arguments: &[Range]) -> (Members<'a>, Vec<Range>) {
    let mut named = Members::default();
    let mut placed = Vec::new();
    for argument in arguments {
        let is_named = matches!(code.sign(argument.start + 1), "=" | ":") && code.is_word(argument.start);
        match member(code, *argument).filter(|_| is_named) {
            Some(member) => named.list.push(member),
            None if matches!(code.sign(argument.start), "*" | "**" | "&") => named.is_open = true,
            None => placed.push(*argument),
        }
    }
    (named, placed)
}

fn python<'a>(code: &Code<'a>, callee: &Callee<'a>, arguments: &[Range]) -> Option<Parts<'a>> {
    let base = callee.base.as_str();
    let is_own = matches!(base, "requests" | "httpx");
    let (named, mut placed) = by_name(code, arguments);
    let names_method = matches!(callee.last, "request" | "stream");
    let is_request = callee.last == "Request" && matches!(base, "" | "urllib.request" | "request");
    let is_sent = callee.reads() || callee.writes() || names_method;
    let is_known = is_request || is_sent && !base.is_empty() && !callee.is_mock();
    if !is_known || !is_own && named.get(&["headers", "auth"]).is_none() {
        return None;
    }
    let mut parts = Parts { is_open: !is_own && !is_request, ..Parts::default() };
    if names_method && !placed.is_empty() {
        parts.method = Some(placed.remove(0));
    }
    let mut placed = placed.into_iter();
    parts.url = placed.next();
    match placed.next() {
        Some(data) if callee.writes() || is_request => parts.body = Some((data, Form::Pairs)),
        Some(query) if callee.last == "get" => parts.query = Some(query),
        Some(_) => parts.is_open = true,
        None => {}
    }
    parts.is_open |= placed.next().is_some();
    parts.options(&named, Form::Pairs);
    Some(parts)
}

fn ruby<'a>(code: &Code<'a>, callee: &Callee<'a>, arguments: &[Range]) -> Option<Parts<'a>> {
    let is_own = matches!(callee.base.as_str(), "HTTParty" | "Typhoeus" | "Excon");
    let (named, placed) = by_name(code, arguments);
    if !is_own || !(callee.reads() || callee.writes()) || named.get(&["headers"]).is_none() {
        return None;
    }
    let mut parts = Parts { url: placed.first().copied(), ..Parts::default() };
    parts.options(&named, Form::Pairs);
    Some(parts)
}

/// Guzzle: `$client->request('GET', $url, ['headers' => […]])`.
fn php<'a>(code: &Code<'a>, names: &Names<'a>, callee: &Callee<'a>, arguments: &[Range]) -> Option<Parts<'a>> {
    let names_method = matches!(callee.last, "request" | "requestAsync");
    if callee.base.is_empty() || callee.is_mock() || !(names_method || callee.reads() || callee.writes()) {
        return None;
    }
    let mut rest = arguments.iter().copied();
    let method = if names_method { Some(rest.next()?) } else { None };
    let url = rest.next();
    let options = members(code, names, rest.next()?)?;
    options.get(&["headers", "auth"])?;
    let mut parts = Parts { url, method, is_open: true, ..Parts::default() };
    parts.options(&options, Form::Text);
    Some(parts)
}
