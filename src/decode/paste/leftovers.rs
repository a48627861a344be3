//! Text that stands where a value should be: a placeholder, `undefined`, a variable that nothing expanded, the dump of
//! an object, a token that was masked or shortened. No cleaning gives the value back.

use crate::decode::jwt;
use crate::decode::paste::{Setting, placeholder};
use crate::source::Span;

/// What stands there instead of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `undefined`, `null`, `None`: a variable without a value was written out.
    Null,
    /// `[object Object]`, `<Buffer …>`: a program wrote the thing that holds the value.
    Object,
    /// `***`, `[REDACTED]`: a log or a screen hides the value.
    Masked,
    /// `…`, `...`: a log or a screen shows only a part of the value.
    Ellipsis,
    /// `${TOKEN}`: nothing has put the value in.
    Variable,
    /// `YOUR_TOKEN`, `<token>`: nobody has put the value in.
    Placeholder,
    /// `test-token`, `foo`: made up for a try; it can be right in a test.
    Dummy,
    /// All letters of one case where both belong: lowered or raised on the way.
    CaseFolded,
}

impl Kind {
    /// The last segment of its fact, `paste.<name>`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Object => "object",
            Kind::Masked => "masked",
            Kind::Ellipsis => "ellipsis",
            Kind::Variable => "variable",
            Kind::Placeholder => "placeholder",
            Kind::Dummy => "dummy",
            Kind::CaseFolded => "case_folded",
        }
    }

    /// True if there is no value to look into.
    pub fn ends(self) -> bool {
        self != Kind::Dummy
    }
}

/// What stands there instead of a value, and where in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leftover {
    /// What it is.
    pub kind: Kind,
    /// The telling part.
    pub span: Span,
}

/// Tells whether a text only stands for a value: of a parameter, a claim, a header. `true` and `none` are such words
/// too, and may be right where they stand: the caller knows.
pub fn leftover(text: &str) -> Option<Leftover> {
    find(text, Setting::default())
}

pub(super) fn find(text: &str, setting: Setting) -> Option<Leftover> {
    let whole = Span::new(0, text.len());
    let found = |kind: Kind, span: Option<Span>| span.map(|span| Leftover { kind, span });
    found(Kind::Null, is_null(text).then_some(whole))
        .or_else(|| found(Kind::Object, is_object(text).then_some(whole)))
        .or_else(|| found(Kind::Masked, masked(text, setting)))
        .or_else(|| found(Kind::Ellipsis, ellipsis(text, setting)))
        .or_else(|| found(Kind::Variable, variable(text, setting)))
        .or_else(|| found(Kind::CaseFolded, is_case_folded(text).then_some(whole)))
        .or_else(|| found(placeholder::kind(text).filter(|_| jwt::form(text).is_none())?, Some(whole)))
}

fn is_null(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "undefined",
        "null",
        "none",
        "nil",
        "nan",
        "(null)",
        "(none)",
        "(nil)",
        "(undefined)",
        "<nil>",
        "<null>",
        "<none>",
        "true",
        "false",
        "0",
        "\"\"",
        "''",
        "%!s(<nil>)",
        "%!v(<nil>)",
        "undefined.undefined",
    ];
    let text = text.trim();
    WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// The beginnings of what languages write for an object.
const DUMPS: &[&str] = &[
    "[object ",
    "Promise {",
    "Promise(",
    "<Buffer ",
    "<Promise",
    "function ",
    "function(",
    "class ",
    "System.String",
    "System.Byte[]",
    "System.Threading.Tasks.Task",
    "java.util.",
    "java.lang.",
    "Optional[",
    "Optional(",
    "Optional.empty",
    "Some(",
    "Ok(",
    "Token(",
    "Object(",
    "<coroutine object",
    "<bound method",
    "<function",
    "<class '",
    "&{",
    "map[",
    "%!s(",
    "%!v(",
    "#<",
    "<Secret",
    "SecretStr(",
    "Secret(",
    "[native code]",
];

fn is_object(text: &str) -> bool {
    let java_bytes = text.strip_prefix("[B@").is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
    let python = text.starts_with('<') && text.contains(" object at 0x") && text.ends_with('>');
    text == "Array" || text == "Object" || java_bytes || python || DUMPS.iter().any(|d| text.starts_with(d))
}

fn masked(text: &str, setting: Setting) -> Option<Span> {
    const WORDS: &[&str] = &["redacted", "filtered", "hidden", "masked", "secret hidden", "removed", "sensitive"];
    let lower = text.to_ascii_lowercase();
    for (at, _) in lower.match_indices(['[', '<', '(', '{']) {
        let inner = lower.get(at + 1..).unwrap_or_default();
        let word = WORDS.iter().find(|w| inner.starts_with(**w));
        if let Some(word) = word.filter(|w| inner.get(w.len()..).is_some_and(|r| r.starts_with([']', '>', ')', '}']))) {
            return Some(Span::new(at, at + word.len() + 2));
        }
    }
    let total = text.chars().count();
    let crosses = placeholder::is_crosses(text);
    let mut start = 0;
    let mut run = 0;
    let mut last = '\0';
    let mut longest: Option<(usize, Span, char)> = None;
    for (at, c) in text.char_indices() {
        if c == last {
            run += 1;
        } else {
            (start, run, last) = (at, 1, c);
        }
        let long_enough = match c {
            '*' | '•' | '●' | '█' | '▒' | '·' => run >= 3,
            'x' | 'X' => !crosses && run >= 6 && run * 10 >= total * 3,
            _ => false,
        };
        if long_enough && longest.as_ref().is_none_or(|(n, ..)| run > *n) {
            longest = Some((run, Span::new(start, at + c.len_utf8()), c));
        }
    }
    // A password may be anything, so only one that is nothing else is a mask.
    longest.filter(|(n, ..)| !setting.free || *n == total).map(|(_, span, _)| span)
}

fn ellipsis(text: &str, setting: Setting) -> Option<Span> {
    if setting.free {
        return matches!(text, "..." | "…").then(|| Span::new(0, text.len()));
    }
    if let Some(at) = text.find('…') {
        return Some(Span::new(at, at + '…'.len_utf8()));
    }
    if let Some(at) = text.find("...") {
        let rest = text.get(at..).unwrap_or_default();
        return Some(Span::new(at, text.len() - rest.trim_start_matches('.').len()));
    }
    ["<snip>", "[snip]", "<truncated>", "[truncated]", "(truncated)", "<cut>", "[cut]"]
        .iter()
        .find_map(|mark| text.find(mark).map(|at| Span::new(at, at + mark.len())))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.len() <= 80
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
}

fn variable(text: &str, setting: Setting) -> Option<Span> {
    let whole = Some(Span::new(0, text.len()));
    let between = |open: &str, close: &str| text.strip_prefix(open).and_then(|t| t.strip_suffix(close)).map(str::trim);
    let is_plain = |name: &str| is_name(name) && !name.contains(['-', '.']);
    if text.strip_prefix('$').is_some_and(|name| is_plain(name.strip_prefix("env:").unwrap_or(name)))
        || between("%", "%").is_some_and(is_plain)
        || between("@@", "@@").is_some_and(is_name)
        || between("{", "}").is_some_and(|name| is_name(name) || name.is_empty() || name == "0")
        || text.starts_with("!Ref ")
        || text.starts_with("!Sub ")
        || ["process.env.", "os.environ", "os.getenv(", "ENV[", "System.getenv(", "import.meta.env."]
            .iter()
            .any(|s| text.starts_with(s))
        || matches!(text, "%s" | "%v" | "%@" | "%d" | "%q")
    {
        return whole;
    }
    for (open, close) in
        [("${{", "}}"), ("${", "}"), ("$(", ")"), ("{{", "}}"), ("#{", "}"), ("<%=", "%>"), ("\\(", ")")]
    {
        let Some(start) = text.find(open) else { continue };
        let inner = text.get(start + open.len()..).unwrap_or_default();
        let Some(len) = inner.find(close) else { continue };
        let span = Span::new(start, start + open.len() + len + close.len());
        let named = inner.trim_start().starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '_' | '$' | '.'));
        if named && (!setting.free || span.len() == text.len()) {
            return Some(span);
        }
    }
    None
}

/// A JOSE header in base64 always begins `ey` + `J`, `A` or `o`…; in one case only it cannot be decoded any more.
fn is_case_folded(text: &str) -> bool {
    let has = |wanted: fn(&u8) -> bool| text.bytes().any(|b| wanted(&b));
    text.len() > 60
        && text.bytes().filter(|b| *b == b'.').count() == 2
        && (text.starts_with("eyj") && !has(u8::is_ascii_uppercase)
            || text.starts_with("EYJ") && !has(u8::is_ascii_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(text: &str) -> Option<Kind> {
        leftover(text).map(|l| l.kind)
    }

    #[test]
    fn what_only_stands_for_a_value_is_told() {
        for (wanted, texts) in [
            (Kind::Null, &["undefined", "NULL", "None", "<nil>", "%!s(<nil>)", "''"][..]),
            (Kind::Object, &["[object Object]", "Promise { <pending> }", "[B@1f32e575", "<__main__.T object at 0x7f>"]),
            (Kind::Masked, &["abcd****wxyz", "[REDACTED]", "ghp_xxxxxxxxxxxx", "••••••"]),
            (Kind::Ellipsis, &["eyJhbGciOi...", "eyJhbGciOi…kpXVCJ9", "eyJ[...]abc", "abc<snip>def"]),
            (
                Kind::Variable,
                &[
                    "${TOKEN}",
                    "$TOKEN",
                    "%TOKEN%",
                    "{{token}}",
                    "{token}",
                    "#{token}",
                    "<%= token %>",
                    "$(cat t)",
                    "${{ secrets.T }}",
                    "process.env.TOKEN",
                    "abc${X}def",
                ],
            ),
            (
                Kind::Placeholder,
                &[
                    "YOUR_TOKEN",
                    "<token>",
                    "<your access token>",
                    "your-livechat-token-here",
                    "AuthCode",
                    "accessToken",
                    "ACCESS_TOKEN",
                    "LIVECHAT_API_TOKEN",
                    "xxxxxxxx",
                    "changeme",
                    "string",
                    "[your token]",
                    "insert_jwt_here",
                    "base64(account_id:PAT)",
                    "client_secret",
                ],
            ),
            (Kind::Dummy, &["test-token", "foo", "abc123", "dummy_jwt", "mysecrettoken"]),
        ] {
            for text in texts {
                assert_eq!(kind(text), Some(wanted), "{text}");
            }
        }
    }

    #[test]
    fn real_values_are_none() {
        for text in [
            "dal:A6420cNvdVS4cRMJP269GfgT1LA",
            "1|abcDEF0123456789abcDEF0123456789abcDEF01",
            "eyJhbGciOiJub25lIn0..",
            "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..48V1_ALb6US04U3b.5eym8TW_c8SuK0lt.XFBoMYUZodetZdvT",
            "4ad7f6a1-93c2-4d0e-8b5f-2f6c1e9a7d30",
            "hunter2",
            "SplxlOBeZQQYbYS6WxSbIA",
            "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",
            "kbes7v65mdqchnz0emwnemvqdqmcrr",
            "my-app-prod-8f7a6b5c4d3e2f1a",
        ] {
            assert_eq!(kind(text), None, "{text}");
        }
    }
}
