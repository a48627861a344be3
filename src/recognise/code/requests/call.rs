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
            // A comparison, and no types.
            if matches!(code.sign(end), "&&" | "||" | ";") {
                return None;
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

/// Who sends a request in JavaScript.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sender {
    /// A function of a library, or `fetch`.
    Library,
    /// Something that may have headers of its own.
    Instance,
}

/// Who is called, and the number of the argument that holds the options: behind the URL, or behind the body too.
fn sender(callee: &Callee) -> Option<(Sender, usize)> {
    let (reads, writes) = (callee.reads(), callee.writes());
    Some(match (callee.base.as_str(), callee.last) {
        ("" | "window" | "globalThis" | "self" | "global", "fetch") => (Sender::Library, 1),
        ("", "Request") if callee.is_new => (Sender::Library, 1),
        ("", "$fetch" | "ofetch" | "got" | "ky" | "axios") | ("axios", "request") => (Sender::Library, 1),
        ("axios", _) if writes => (Sender::Library, 2),
        ("axios", _) if reads => (Sender::Library, 1),
        ("got" | "ky", _) if reads || writes => (Sender::Library, 1),
        ("", _) => return None,
        _ if callee.is_mock() => return None,
        (_, "fetch") => (Sender::Instance, 1),
        _ if reads => (Sender::Instance, 1),
        _ if writes => (Sender::Instance, 2),
        _ => return None,
    })
}

fn javascript<'a>(code: &Code<'a>, names: &Names<'a>, callee: &Callee<'a>, arguments: &[Range]) -> Option<Parts<'a>> {
    let (sender, last) = sender(callee)?;
    let object = |range: Option<&Range>| range.and_then(|range| members(code, names, *range));
    let takes_config = sender == Sender::Library && callee.last != "fetch";
    let config = if takes_config { object(arguments.first()) } else { None };
    let url = arguments.first().copied().filter(|_| config.is_none());
    let options = config.or_else(|| object(arguments.get(last)));
    let is_instance = sender == Sender::Instance;
    let names_headers = options.as_ref().is_some_and(|options| options.get(&["headers", "auth"]).is_some());
    // Whoever says what is answered is a mock.
    let answers = options.as_ref().is_some_and(|options| options.get(&["status", "statusCode"]).is_some());
    if is_instance && (arguments.len() != last + 1 || !names_headers || answers) {
        return None;
    }
    let adds = || callee.base == "axios" && ["interceptors", "defaults"].iter().any(|word| code.has(word));
    let mut parts = Parts {
        url,
        body: if last == 2 { arguments.get(1).map(|data| (*data, Form::Json)) } else { None },
        is_open: is_instance || options.is_none() || adds(),
        ..Parts::default()
    };
    let is_text = matches!(callee.last, "fetch" | "Request");
    if let Some(options) = options {
        parts.options(&options, if is_text { Form::Text } else { Form::Json });
        // `fetch` knows no such option.
        parts.user = parts.user.filter(|_| !is_text);
    }
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
    // Whoever says what is answered is a mock, whatever it is called.
    let answers = named.get(&["status", "status_code", "payload", "exc", "callback"]).is_some();
    if !is_known || answers || !is_own && named.get(&["headers", "auth"]).is_none() {
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
