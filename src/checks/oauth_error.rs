//! The errors that authorization servers answer, explained (RFC 6749 sections 4.1.2.1 and 5.2).

use std::borrow::Cow;

use crate::checks::{Check, Context, Hit};
use crate::facts::Thing;
use crate::finding::Word;
use crate::platform::Mark;

/// The predicates of this group.
pub const CHECKS: &[Check] = &[Check {
    name: "oauth-error",
    about: &["error.error", "callback.error"],
    offers: &["code", "meaning", "advice"],
    run: error,
}];

/// Code, what it means, what to look at first.
type Row = (&'static str, &'static str, &'static str);

/// The registered error codes (IANA OAuth Extensions Error), and some that are common without being registered.
const CODES: &[Row] = &[
    (
        "access_denied",
        "the user, or a rule of the server, did not allow it",
        "ask again and let the user agree; if nobody was asked, look at the rules for this application and this user",
    ),
    (
        "account_selection_required",
        "the user has to choose an account, but `prompt=none` forbids to ask",
        "send the request again without `prompt=none`",
    ),
    (
        "authorization_pending",
        "the user has not finished yet",
        "ask again after the interval that the device response names",
    ),
    (
        "bad_verification_code",
        "the code is wrong, expired or was used before",
        "start a new login and exchange its code once, at once",
    ),
    (
        "consent_required",
        "the user has to agree first, but `prompt=none` forbids to ask",
        "send the request again without `prompt=none`, or have an administrator agree for all",
    ),
    ("expired_token", "the device code has expired", "begin again with a new device code"),
    (
        "incorrect_client_credentials",
        "the client id or the client secret is wrong",
        "compare both with the settings of the application; a new secret makes the old one worthless",
    ),
    (
        "insufficient_scope",
        "the token is valid, but does not have the scope that this call needs",
        "request the scope, and get a new token: an old one never gains scopes",
    ),
    (
        "interaction_required",
        "the user has to do something, but `prompt=none` forbids to ask",
        "send the request again without `prompt=none`",
    ),
    (
        "invalid_client",
        "the server does not know this client, or its secret is wrong or sent in another way than it is set up",
        "compare client id and secret with the settings of the application, and whether it sends them as Basic or in the body",
    ),
    (
        "invalid_grant",
        "the code or refresh token is expired, used before, revoked, of another client, or does not go with redirect_uri or code_verifier",
        "start a new login; exchange its code once, with the same `redirect_uri` and the `code_verifier` of that login",
    ),
    (
        "invalid_request",
        "a parameter is missing, repeated or malformed",
        "compare the parameters of the request with what the server documents",
    ),
    (
        "invalid_scope",
        "a scope is unknown, malformed, not allowed for this client, or more than was granted before",
        "compare the scopes with those set up for the application, and look at what separates them",
    ),
    ("invalid_target", "the `resource` or `audience` is unknown to the server", "compare it with the API's identifier"),
    (
        "invalid_token",
        "the access token is expired, revoked, cut, or not meant for this server",
        "check the token itself: its expiry, audience and issuer",
    ),
    (
        "login_required",
        "nobody is logged in at the server, but `prompt=none` forbids to ask",
        "send the request again without `prompt=none`; blocked third-party cookies have the same effect",
    ),
    (
        "redirect_uri_mismatch",
        "the redirect_uri is none of those that are registered",
        "register exactly the one that is sent: scheme, host, port, path and trailing slash",
    ),
    ("server_error", "the server itself failed", "try again later; the request need not be wrong"),
    ("slow_down", "the client asks too often", "wait five seconds more between two attempts"),
    ("temporarily_unavailable", "the server is overloaded or being worked on", "try again later"),
    (
        "unauthorized_client",
        "this client may not use this grant type or response type",
        "allow the flow in the settings of the application, or use the one that is allowed",
    ),
    (
        "unsupported_grant_type",
        "the server does not know the grant type, or could not read the body at all",
        "compare `grant_type` with what the server documents, and send it as a form (`application/x-www-form-urlencoded`)",
    ),
    (
        "unsupported_response_type",
        "the server does not offer this response type to this client",
        "use `response_type=code`, or allow the other one in the settings of the application",
    ),
    (
        "unsupported_token_type",
        "the server cannot revoke tokens of this kind",
        "revoke the refresh token instead; access tokens end by themselves",
    ),
];

/// What stands in descriptions and betrays the cause, in lower case; the meaning and what to do.
const DESCRIPTIONS: &[Row] = &[
    (
        "aadsts700025",
        "the application is registered as a public client (single page or native), which must not send a client secret",
        "leave client_secret out, or register the redirect URI under the platform Web so that the application is confidential",
    ),
    (
        "client is public",
        "the application is registered as a public client, which must not send a client secret",
        "leave client_secret out, or register the application as confidential (Web)",
    ),
    (
        "aadsts7000215",
        "the client secret is not the right one: often its id was copied instead of its value",
        "copy the value of the secret, which is shown only once after it was made, not the Secret ID",
    ),
    ("aadsts7000222", "the client secret has expired", "make a new client secret and use its value"),
    (
        "aadsts7000218",
        "the application is a confidential client, and neither client_secret nor client_assertion was sent",
        "send the client secret, or allow public client flows in the settings of the application",
    ),
    (
        "aadsts50011",
        "the redirect_uri is none of those registered for the application",
        "register exactly the one that is sent: scheme, host, port, path and trailing slash",
    ),
    (
        "aadsts500112",
        "the redirect_uri of the token request is not that of the authorization request",
        "send the same redirect_uri in both steps",
    ),
    ("aadsts500113", "no redirect URI is registered for the application", "register the one that is sent"),
    ("aadsts70008", "the code or refresh token has expired", "start a new login and exchange its code at once"),
    (
        "aadsts54005",
        "the code was exchanged before",
        "start a new login and exchange its code once; look for a handler that runs twice",
    ),
    (
        "aadsts501481",
        "the code_verifier does not go with the code_challenge of the authorization request",
        "keep the code_verifier of the same login, and hash exactly its characters",
    ),
    (
        "aadsts9002327",
        "the code was issued to a single page application and may only be exchanged by a browser",
        "exchange it in the browser, or register the redirect URI under the platform Web",
    ),
    (
        "aadsts9002326",
        "a browser exchanges the code, but the redirect URI is not registered for a single page application",
        "register the redirect URI under the platform Single-page application",
    ),
    (
        "aadsts9002325",
        "the client has to use PKCE and sent no code_challenge",
        "send `code_challenge` and `code_challenge_method=S256` in the authorization request",
    ),
    (
        "aadsts1002012",
        "client credentials were asked for with scopes of a user",
        "ask for `<resource>/.default`; what it contains is granted to the application itself",
    ),
    (
        "aadsts70011",
        "the scope is not valid: scopes of several resources, or `/.default` together with others",
        "ask for the scopes of one resource, separated by spaces",
    ),
    (
        "aadsts650053",
        "one of the scopes does not exist: often several were joined by commas",
        "separate the scopes by spaces, and compare their names with the API's",
    ),
    (
        "aadsts65001",
        "the user or an administrator has not consented to the application's scopes",
        "ask for consent (`prompt=consent`), or have an administrator grant it",
    ),
    (
        "aadsts700016",
        "the application does not exist in this tenant",
        "compare the client id and the tenant in the URL: the application may be registered in another one",
    ),
    (
        "aadsts90002",
        "the tenant in the URL does not exist",
        "compare the tenant id in the URL with that of the directory",
    ),
    (
        "aadsts50020",
        "the user belongs to another tenant",
        "invite the user as a guest, or use the endpoint of that tenant",
    ),
    ("aadsts900144", "a parameter is missing in the body", "send all parameters as a form in the body of the POST"),
    ("aadsts90014", "a parameter is missing in the body", "send all parameters as a form in the body of the POST"),
    (
        "code verifier",
        "the code_verifier is missing or does not go with the code_challenge",
        "send the code_verifier of the same login, whose hash was sent as code_challenge",
    ),
    (
        "code_verifier",
        "the code_verifier is missing or does not go with the code_challenge",
        "send the code_verifier of the same login, whose hash was sent as code_challenge",
    ),
    (
        "pkce",
        "something about PKCE is missing or does not fit: code_challenge in the first step, code_verifier in the second",
        "send code_challenge with the authorization request and the code_verifier it was made from with the token request",
    ),
    (
        "code not valid",
        "the code is unknown to the server: it was exchanged before, has expired, or is not the code of this login",
        "start a new login and exchange its code once and at once; look for a handler that runs twice",
    ),
    (
        "code passed is incorrect or expired",
        "the code was exchanged before, has expired, or was cut or changed on the way",
        "start a new login and exchange its code once and at once, with the same client",
    ),
    (
        "invalid authorization code",
        "the code was exchanged before, has expired, or is not the code of this login",
        "start a new login and exchange its code once and at once",
    ),
    (
        "refresh token",
        "the refresh token is expired, revoked, used before, or of another client",
        "let the user log in again; where the server rotates refresh tokens, keep the newest one of each response",
    ),
    (
        "grant type",
        "this client may not use the grant type, or the server found none in the body",
        "allow the flow in the settings of the application, and send `grant_type` as a form (`application/x-www-form-urlencoded`)",
    ),
    (
        "client credentials",
        "the client id or the client secret is wrong, or sent in another way than the server expects",
        "compare both with the settings of the application, and whether they go as Basic in the header or as a form in the body",
    ),
    (
        "client secret",
        "the client secret is wrong, expired, or sent in another way than the server expects",
        "copy the secret again from the settings of the application; characters such as `+` and `%` must be encoded",
    ),
    (
        "client_secret",
        "the client secret is wrong, expired, or sent in another way than the server expects",
        "copy the secret again from the settings of the application; characters such as `+` and `%` must be encoded",
    ),
    (
        "client authentication failed",
        "the client id or the client secret is wrong, or sent in another way than the server expects",
        "compare both with the settings of the application, and whether they go as Basic in the header or as a form in the body",
    ),
    (
        "callback url",
        "the redirect_uri is none of those that are registered as callback URLs",
        "register exactly the one that is sent: scheme, host, port, path and trailing slash",
    ),
    (
        "service not found",
        "the audience of the request is no API that the server knows",
        "compare the parameter `audience` with the identifier of the API, to the last slash",
    ),
    (
        "malformed auth code",
        "the code arrived damaged: percent-encoded twice, not decoded, or cut",
        "decode the code once when it arrives, and let the HTTP library encode it when it is sent",
    ),
    (
        "token has been expired or revoked",
        "the refresh token has expired or was revoked; those of a Google project in testing live seven days",
        "let the user log in again; publish the project if that happens every week",
    ),
    (
        "redirect_uri",
        "the redirect_uri is not the one that the server expects",
        "send the registered one, and the same in both steps",
    ),
    (
        "redirect uri",
        "the redirect_uri is not the one that the server expects",
        "send the registered one, and the same in both steps",
    ),
    (
        "unauthorized to retrieve access token using code",
        "the server refuses the exchange: often redirect_uri is not that of the authorization request",
        "send the same redirect_uri in both steps",
    ),
];

/// True for an answer that stands alone: somebody wants to know what it means. Beside a request, the mistake is there to
/// be found; and some codes belong to the normal course of a login.
fn is_asked_about(cx: &Context, code: &str) -> bool {
    const NORMAL: &[&str] = &[
        "access_denied",
        "authorization_pending",
        "consent_required",
        "interaction_required",
        "login_required",
        "slow_down",
    ];
    let of = |id| cx.sources.given(cx.facts.get(id).place).source;
    let is_request = |s: &crate::facts::Subject| matches!(s.thing, Thing::Authorize | Thing::TokenRequest);
    !NORMAL.contains(&code) && !cx.facts.subjects().any(|(id, s)| is_request(s) && of(id) == of(cx.subject))
}

/// Explains an error of OAuth: by its description if that betrays the cause, else by its code.
fn error(cx: &Context) -> Vec<Hit> {
    let own = |name: &str| {
        cx.own().iter().find(|f| f.path.segments().count() == 2 && f.path.name() == name).filter(|f| !f.hole)
    };
    let Some(code) = own("error") else { return Vec::new() };
    let text = code.value.text().unwrap_or_default();
    let by_code = CODES.iter().find(|(known, ..)| *known == text);
    let description = own("error_description").and_then(|f| Some((f, f.value.text()?.to_ascii_lowercase())));
    let by_description = description.and_then(|(fact, said)| {
        // A code is followed by something that is no digit: AADSTS50011 is not AADSTS500112.
        let says = |known: &str| {
            said.match_indices(known).any(|(at, _)| {
                !said.get(at + known.len()..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            })
        };
        DESCRIPTIONS.iter().find(|(known, ..)| says(known)).map(|row| (fact, row))
    });
    let ((_, meaning, advice), mark, at) = match (by_description, by_code) {
        (Some((fact, row)), Some(_)) => (row, Mark::T, fact),
        (None, Some(row)) => (row, if is_asked_about(cx, text) { Mark::T } else { Mark::M }, code),
        // Any API may answer `error`; without a code of OAuth only the description of Entra ID counts.
        (Some((fact, row)), None) if row.0.starts_with("aadsts") => (row, Mark::T, fact),
        _ => return Vec::new(),
    };
    let mut hit = Hit::on(at).with("code", text);
    hit.mark = mark;
    hit.variables.push(("meaning", Word::Text(Cow::Borrowed(meaning))));
    hit.variables.push(("advice", Word::Text(Cow::Borrowed(advice))));
    vec![hit]
}
