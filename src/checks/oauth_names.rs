//! Names of OAuth parameters that are almost right: servers compare them exactly (RFC 6749 section 3.1).

use crate::checks::oauth::parameters;
use crate::checks::{Check, Context, Hit};

/// The predicates of this group.
pub const CHECKS: &[Check] = &[Check {
    name: "oauth-parameter-misnamed",
    about: &["authorize", "token-request"],
    offers: &["found", "right"],
    run: misnamed,
}];

/// What people write, in lower case and without separators, and the parameter.
const NAMES: &[(&str, &str)] = &[
    ("callbackurl", "redirect_uri"),
    ("clientid", "client_id"),
    ("clientsecret", "client_secret"),
    ("codechallenge", "code_challenge"),
    ("codechallengemethod", "code_challenge_method"),
    ("codeverifier", "code_verifier"),
    ("granttype", "grant_type"),
    ("redirecturi", "redirect_uri"),
    ("redirecturl", "redirect_uri"),
    ("refreshtoken", "refresh_token"),
    ("responsetype", "response_type"),
    ("returnurl", "redirect_uri"),
    ("scopes", "scope"),
];

/// A name that no server knows, while the right one is missing.
fn misnamed(cx: &Context) -> Vec<Hit> {
    let all = || parameters(cx).map(|f| f.path.name());
    // An API of its own may call its parameters as it likes.
    let is_oauth = all().any(|name| matches!(name, "grant_type" | "response_type" | "client_id" | "redirect_uri"))
        || cx.text("request.body_kind") == Some("form");
    if !is_oauth || cx.one("endpoint.id").is_some() {
        return Vec::new();
    }
    let right = |name: &str| {
        let plain: String = name.chars().filter(|c| !matches!(c, '_' | '-')).collect();
        let plain = plain.to_ascii_lowercase();
        let known = NAMES.iter().find(|(written, _)| *written == plain).map(|(_, right)| *right);
        known.filter(|right| *right != name && !all().any(|n| n == *right))
    };
    parameters(cx)
        .filter_map(|f| Some(Hit::on(f).with("found", f.path.name()).told("right", right(f.path.name())?)))
        .collect()
}
