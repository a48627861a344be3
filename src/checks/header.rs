//! The header section of a request: the field that carries the credential, and the auth-scheme in it.

use crate::checks::{Check, Context, Fixer, Hit};
use crate::decode::{base64, paste};
use crate::facts::{Fact, Thing};
use crate::finding::Edit;
use crate::platform::Mark;
use crate::source::{Place, Span};

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check {
        name: "scheme-misspelled",
        about: &["auth.scheme"],
        offers: &["scheme", "expected"],
        run: scheme_misspelled,
    },
    Check { name: "scheme-case", about: &["auth.scheme"], offers: &["scheme", "expected"], run: scheme_case },
    Check { name: "scheme-glued", about: &["auth.separator"], offers: &[], run: scheme_glued },
    Check {
        name: "illegal-character",
        about: &["credential.form"],
        offers: &["character", "position"],
        run: illegal_character,
    },
    Check { name: "pair-in-bearer", about: &["credential.form"], offers: &["what"], run: pair_in_bearer },
    Check {
        name: "header-name-misspelled",
        about: &["request.form"],
        offers: &["written", "expected"],
        run: name_misspelled,
    },
    Check { name: "authorization-twice", about: &["request.header.authorization"], offers: &[], run: twice },
    Check {
        name: "token-in-several-places",
        about: &["request.header.authorization"],
        offers: &["where"],
        run: several_places,
    },
    Check { name: "folded-field", about: &["request.option.obs-fold"], offers: &[], run: folded },
    Check { name: "plain-http", about: &["request.scheme"], offers: &["secure"], run: plain_http },
];

/// The fixers of this group.
pub const FIXERS: &[Fixer] = &[Fixer { name: "unfold", run: unfold }, Fixer { name: "field-name", run: field_name }];

/// The schemes that others are mistaken for.
const COMMON: &[&str] = &["Bearer", "Basic", "Digest", "DPoP", "Negotiate"];

/// Schemes that are right as they are: registered ones, and common private ones.
const KNOWN: &[&str] = &[
    "api-key",
    "apikey",
    "atlassian",
    "aws4-hmac-sha256",
    "basic",
    "bearer",
    "bot",
    "concealed",
    "deepl-auth-key",
    "digest",
    "dpop",
    "gnap",
    "googlelogin",
    "hawk",
    "hoba",
    "jwt",
    "key",
    "klaviyo-api-key",
    "mac",
    "mutual",
    "negotiate",
    "ntlm",
    "oauth",
    "privatetoken",
    "scram-sha-1",
    "scram-sha-256",
    "sharedkey",
    "sharedkeylite",
    "signature",
    "splunk",
    "ssws",
    "token",
    "vapid",
    "zoho-oauthtoken",
];

fn is(cx: &Context, schemes: &[&str]) -> bool {
    cx.text("auth.scheme").is_some_and(|scheme| schemes.iter().any(|s| s.eq_ignore_ascii_case(scheme)))
}

fn own<'a>(cx: &Context<'a>, path: &str) -> Option<&'a Fact> {
    cx.own().iter().find(|f| f.path.as_str() == path)
}

fn scheme_misspelled(cx: &Context) -> Vec<Hit> {
    let Some(fact) = own(cx, "auth.scheme").filter(|f| !f.hole) else { return Vec::new() };
    let written = fact.value.text().unwrap_or_default();
    let lower = written.to_ascii_lowercase();
    if KNOWN.contains(&lower.as_str()) {
        return Vec::new();
    }
    let near = |name: &&&str| {
        let distance = strsim::damerau_levenshtein(&name.to_ascii_lowercase(), &lower);
        // Two slips in a short word make another word.
        distance == 1 || (distance == 2 && name.len() > 5 && lower.len() >= 5 && lower.starts_with(['b', 'd', 'n']))
    };
    // What a token response calls the token, or its type.
    let is_type = matches!(lower.replace(['_', '-'], "").as_str(), "bearertoken" | "tokenbearer");
    match COMMON.iter().find(|name| is_type || near(name)) {
        Some(expected) => vec![Hit::on(fact).with("scheme", written).told("expected", expected)],
        None => Vec::new(),
    }
}

/// Schemes of single providers, as those write them.
const PRIVATE: &[&str] =
    &["Bot", "DeepL-Auth-Key", "GoogleLogin", "Klaviyo-API-Key", "SSWS", "Splunk", "Zoho-oauthtoken"];

fn scheme_case(cx: &Context) -> Vec<Hit> {
    let Some(fact) = own(cx, "auth.scheme").filter(|f| !f.hole) else { return Vec::new() };
    let written = fact.value.text().unwrap_or_default();
    match PRIVATE.iter().find(|name| name.eq_ignore_ascii_case(written) && **name != written) {
        Some(expected) => vec![Hit::on(fact).with("scheme", written).with("expected", expected)],
        None => Vec::new(),
    }
}

fn scheme_glued(cx: &Context) -> Vec<Hit> {
    let (Some(separator), Some(value)) = (own(cx, "auth.separator"), own(cx, "auth.value")) else { return Vec::new() };
    let glue = separator.value.text().unwrap_or_default();
    let is_empty = value.value.text().is_none_or(str::is_empty);
    if is_empty || own(cx, "auth.again").is_some() || !matches!(glue, "" | "-" | "_" | "." | "\u{200b}" | "\u{feff}") {
        return Vec::new();
    }
    let mut hit = Hit::on(separator);
    if value.hole {
        // The blank could come with the variable.
        hit.mark = Mark::T;
    }
    vec![hit]
}

/// Characters of token68 (RFC 9110 section 11.2); what else real tokens hold is let through.
fn illegal_character(cx: &Context) -> Vec<Hit> {
    let is_opaque = own(cx, "credential.form").and_then(|f| f.value.text()) == Some("opaque");
    let Some(value) = own(cx, "credential.value").filter(|f| !f.hole && is_opaque) else { return Vec::new() };
    let text = value.value.text().unwrap_or_default();
    if !is(cx, &["bearer", "dpop"]) || own(cx, "credential.kind").is_some() || is_known_shape(text) {
        return Vec::new();
    }
    let body = text.trim_end_matches('=');
    let legal = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~' | '+' | '/');
    let Some((at, c)) = body.char_indices().find(|(_, c)| !legal(*c)) else { return Vec::new() };
    let position = text.get(..at).map_or(0, |before| before.chars().count()) + 1;
    let mut hit = Hit::at(value.place.part(at, at + c.len_utf8())).with("position", position);
    hit = if c == ' ' { hit.with("character", "a blank") } else { hit.with("character", format!("`{c}`")) };
    vec![hit]
}

/// Tokens that work although the grammar forbids them: `dal:…`, `token-qx7lz:…` (Rancher), `1|…`, `00D…!…`, `AAAA…%3D…`, and a prefix before a blank (`FlyV1 fm2_…`).
fn is_known_shape(text: &str) -> bool {
    let plain =
        |t: &str, least: usize| t.len() >= least && t.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
    let region = text.split_once(':').is_some_and(|(region, token)| {
        (2..=4).contains(&region.len()) && region.bytes().all(|b| b.is_ascii_lowercase()) && plain(token, 20)
    });
    let named = text.split_once(':').is_some_and(|(name, token)| {
        (name.starts_with("token-") || name.starts_with("kubeconfig-"))
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && plain(token, 40)
    });
    let numbered = text.split_once('|').is_some_and(|(number, token)| {
        !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) && plain(token, 27)
    });
    // Salesforce's session id begins with the organization's id, which begins with `00D`.
    let session = text.split_once('!').is_some_and(|(organization, token)| {
        organization.starts_with("00D")
            && matches!(organization.len(), 15 | 18)
            && token.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
    });
    let encoded = paste::is_issued_encoded(text);
    let prefixed = text.split_once(' ').is_some_and(|(prefix, token)| {
        prefix.len() <= 10
            && prefix.bytes().all(|b| b.is_ascii_alphanumeric())
            && token.len() >= 20
            && !token.contains(' ')
    });
    region || named || numbered || session || encoded || prefixed
}

/// Base64 of `user:password` after Bearer. Some issuers make their tokens so; none with an empty user.
fn pair_in_bearer(cx: &Context) -> Vec<Hit> {
    let Some(value) = own(cx, "credential.value").filter(|f| !f.hole && is(cx, &["bearer"])) else { return Vec::new() };
    let text = value.value.text().unwrap_or_default();
    if is_plain_pair(text) {
        let mut hit = Hit::at(value.place).told("what", "`user:password`, not even encoded");
        hit.mark = Mark::T;
        return vec![hit];
    }
    let decoded = base64::decode(text);
    let Ok(pair) = String::from_utf8(decoded.bytes) else { return Vec::new() };
    let printable = pair.chars().all(|c| !c.is_control() && c.is_ascii());
    let is_opaque = own(cx, "credential.form").and_then(|f| f.value.text()) == Some("opaque");
    let known = own(cx, "credential.kind").is_some();
    if decoded.illegal.is_some() || !is_opaque || known || !printable || pair.len() < 8 || !pair.contains(':') {
        return Vec::new();
    }
    let mut hit = Hit::at(value.place).told("what", "base64 of `user:password`");
    // A client that authenticates at a token endpoint has no token yet.
    let is_client = cx.text("request.message") == Some(Thing::TokenRequest.name());
    hit.mark = if pair.starts_with(':') || is_client { Mark::T } else { Mark::M };
    vec![hit]
}

/// `joe:secret`: a name, one colon and something that could be a password. A short prefix before a long token is a
/// region or a kind (`fra-a:…`).
fn is_plain_pair(text: &str) -> bool {
    let is_part = |t: &str| (4..=64).contains(&t.len()) && t.bytes().all(|b| b.is_ascii_graphic() && b != b':');
    let is_prefix = |user: &str, rest: &str| user.len() <= 6 && rest.len() >= 20;
    let pair = text.split_once(':').filter(|(user, rest)| is_part(user) && is_part(rest) && !is_prefix(user, rest));
    pair.is_some_and(|_| !text.contains(['/', '{', '"', '=']) && !is_known_shape(text))
}

fn name_misspelled(cx: &Context) -> Vec<Hit> {
    let mut hits = Vec::new();
    for field in cx.own().iter().filter(|f| f.path.as_str().starts_with("request.field.") && !f.hole) {
        let written = field.value.text().unwrap_or_default().trim();
        let lower = written.to_ascii_lowercase();
        let expected = "Authorization";
        let distance = strsim::damerau_levenshtein(&lower, "authorization");
        // Other names are misspellings only if what follows is what belongs into Authorization.
        let other = matches!(lower.as_str(), "authentication" | "auth" | "bearer" | "http_authorization" | "authorize");
        // A header of such a name may be right, but no value of its own begins with the scheme.
        let custom = matches!(lower.as_str(), "token" | "jwt" | "access-token" | "access_token" | "auth-token");
        let named = other && carries_scheme(cx, &lower, true) || custom && carries_scheme(cx, &lower, false);
        if distance == 0 || !((distance <= 2) || named) {
            continue;
        }
        hits.push(Hit::on(field).with("written", written).told("expected", expected));
    }
    hits
}

/// The right name in the place of the wrong one.
fn field_name(cx: &Context, hit: &Hit) -> Vec<Edit> {
    let place = cx.sources.editable(hit.at);
    place.map(|place| Edit { place, text: "Authorization".into(), secret: false }).into_iter().collect()
}

/// True if the field's value is what belongs into Authorization: a scheme and more, or a `bare` token.
fn carries_scheme(cx: &Context, name: &str, bare: bool) -> bool {
    let path = crate::facts::Path::new("request.header").join(name);
    let value = own(cx, path.as_str()).and_then(|f| f.value.text()).unwrap_or_default();
    let first = value.split(' ').next().unwrap_or_default().to_ascii_lowercase();
    matches!(first.as_str(), "bearer" | "basic" | "token" | "jwt") || bare && crate::decode::jwt::form(value).is_some()
}

/// Two fields Authorization in one request. Lines that are nothing else may be examples of several requests.
fn twice(cx: &Context) -> Vec<Hit> {
    let fields: Vec<&Fact> = cx.own().iter().filter(|f| f.path.as_str() == "request.header.authorization").collect();
    let others = cx
        .own()
        .iter()
        .any(|f| f.path.as_str().starts_with("request.header.") && f.path.as_str() != "request.header.authorization");
    let (Some(first), Some(second)) = (fields.first(), fields.get(1)) else { return Vec::new() };
    if cx.text("request.form") == Some("header line") && !others {
        return Vec::new();
    }
    vec![Hit::at(second.place).and(first.place, "the first one")]
}

fn several_places(cx: &Context) -> Vec<Hit> {
    let Some(header) = own(cx, "request.header.authorization") else { return Vec::new() };
    let other = [("request.query.access_token", "the query"), ("request.param.access_token", "the body")]
        .into_iter()
        .find_map(|(path, place)| own(cx, path).map(|fact| (fact, place)));
    match other {
        Some((fact, place)) => vec![Hit::at(fact.place).and(header.place, "and here").told("where", place)],
        None => Vec::new(),
    }
}

fn folded(cx: &Context) -> Vec<Hit> {
    let fold = cx.own().iter().filter(|f| f.path.as_str() == "request.option.obs-fold");
    fold.map(|fact| {
        let name = fact.value.text().unwrap_or_default().split(':').next().unwrap_or_default().trim();
        let mut hit = Hit::at(fact.place);
        // A server may read the lines of another field as one, and those of a list, in which a blank does no harm.
        let mut ends = fact.value.text().unwrap_or_default().trim_end().lines().rev().skip(1);
        if !name.to_ascii_lowercase().ends_with("authorization") || ends.all(|line| line.trim_end().ends_with(',')) {
            hit.mark = Mark::T;
        }
        hit
    })
    .collect()
}

/// The line breaks of a folded field: a blank behind the scheme, nothing within a token.
fn unfold(cx: &Context, hit: &Hit) -> Vec<Edit> {
    let text = cx.sources.text(hit.at);
    let name = text.split(':').next().unwrap_or_default().trim().to_ascii_lowercase();
    let mut edits = Vec::new();
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('\n')) {
        let newline = at + found;
        // Documents end a line that goes on with a backslash (RFC 8792).
        let before = text.get(..newline).unwrap_or_default().trim_end().trim_end_matches('\\').trim_end();
        let rest = text.get(newline..).unwrap_or_default();
        let end = text.len() - rest.trim_start().len();
        let last = before.rsplit([':', ' ', '\n']).next().unwrap_or_default();
        let in_token = name.ends_with("authorization") && last.len() > 12;
        let place = Place { span: Span::new(before.len(), end).shifted(hit.at.span.start), ..hit.at };
        let Some(place) = cx.sources.editable(place) else { return Vec::new() };
        edits.push(Edit { place, text: if in_token { String::new() } else { " ".into() }, secret: false });
        at = end;
    }
    edits
}

/// A credential in a request that anybody on the way can read. What never leaves the machine or the site is let through.
fn plain_http(cx: &Context) -> Vec<Hit> {
    let (Some(scheme), Some(host)) = (own(cx, "request.scheme"), cx.text("request.host")) else { return Vec::new() };
    let secure = match scheme.value.text() {
        Some("http") => "https",
        Some("ws") => "wss",
        _ => return Vec::new(),
    };
    let carries = cx.facts.children(cx.subject).filter(|(_, s)| s.thing == Thing::Credential).any(|(id, _)| {
        let name = cx.facts.text(id, "auth.name").unwrap_or_default();
        let carrier = cx.facts.text(id, "auth.carrier").unwrap_or_default();
        // What a callback carries was sent there by a browser.
        carrier != "fragment" && name != "code"
    });
    // A document may show what it likes of hosts that nobody has.
    let is_shown = cx.one("source.kind").is_some() && is_reserved(host);
    if is_local(host) || is_shown || !(carries || own(cx, "request.userinfo").is_some()) {
        return Vec::new();
    }
    vec![Hit::on(scheme).told("secure", secure)]
}

/// Names for examples (RFC 2606 and RFC 6761).
fn is_reserved(host: &str) -> bool {
    let host = host.trim_end_matches('.');
    let is_of = |name: &str| host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    ["example", "invalid", "test", "example.com", "example.org", "example.net"].into_iter().any(is_of)
}

/// Loopback, private addresses and names that no public server has.
fn is_local(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']).trim_end_matches('.');
    let endings = [".localhost", ".local", ".internal", ".test", ".svc", ".lan", ".home.arpa"];
    if let Ok(address) = host.parse::<std::net::IpAddr>() {
        return match address {
            std::net::IpAddr::V4(v4) => {
                v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_unspecified()
            }
            std::net::IpAddr::V6(v6) => v6.is_loopback() || v6.is_unspecified() || v6.octets()[0] & 0xfe == 0xfc,
        };
    }
    !host.contains('.') || endings.iter().any(|e| host.ends_with(e))
}
