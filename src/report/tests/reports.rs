//! Reports as the engine makes them, by hand.

use super::*;

/// The base64 of `account:dal:…`, 84 characters.
pub(super) fn basic_pair() -> String {
    base64::engine::general_purpose::STANDARD
        .encode("0f1e2d3c-4b5a-4697-8877-665544332211:dal:NotARealOne_0123456789abc")
}

pub(super) fn pat_as_bearer() -> Report {
    let mut report = one_request();
    let pair = basic_pair();
    let text = format!(
        "GET /v3.5/agent/action/list_chats HTTP/1.1\nHost: api.livechatinc.com\nAuthorization: Bearer {pair}\n\n"
    );
    let source = report.sources.add_given("list-chats.http", text);
    let whole = report.sources.whole(source);
    let request = report.facts.subject(Thing::Request, None, whole);
    let line = at(&report, source, &format!("Bearer {pair}"));
    let (scheme, credential) = (at(&report, source, "Bearer"), at(&report, source, &pair));
    let carried = report.facts.subject(Thing::Credential, Some(request), line);
    report.facts.add(request, Path::new("request.header.authorization"), format!("Bearer {pair}"), line);
    report.facts.add(carried, Path::new("auth.line"), format!("Bearer {pair}"), line);
    report.facts.add(carried, Path::new("auth.scheme"), "Bearer", scheme);
    report.facts.add(carried, Path::new("auth.value"), pair.clone(), credential);
    report.facts.add(carried, Path::new("credential.value"), pair, credential);
    report.facts.add(carried, Path::new("credential.title"), "Personal Access Token", credential);
    let mut found = finding(
        "platform/scheme-wrong",
        words("a LiveChat Personal Access Token uses the Basic scheme; this request sends Bearer"),
        carried,
        vec![Label { place: scheme, text: words("LiveChat expects Basic here"), path: Some(Path::new("auth.scheme")) }],
    );
    found.help = Some(words("replace `Bearer` by `Basic`; the value stays as it is"));
    found.fix = Some(Fix {
        title: "replace the scheme by `Basic`".into(),
        safe: true,
        edits: vec![Edit { place: scheme, text: "Basic".into(), secret: false }],
    });
    found.platform = Some("livechat".into());
    found.hidden = vec!["platform/credential-not-accepted".into()];
    report.findings.push(found);
    report
}

pub(super) fn milliseconds() -> Report {
    let mut report = one_request();
    let claims = r#"{"iss":"https://example.com","sub":"42","exp":1800000000000,"note":"ünï"}"#;
    let (header, payload) = (URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256"}"#), URL_SAFE_NO_PAD.encode(claims));
    let token = format!("{header}.{payload}.bm90LWEtcmVhbC1zaWduYXR1cmUtYXQtYWxsLTAwMDA");
    let source = report.sources.add_given("token.jwt", format!("{token}\n"));
    let (whole, from) = (at(&report, source, &token), at(&report, source, &payload));
    let decoded = report.sources.add_decoded("claims", claims, from, "base64url", Map::Base64, Vec::new());
    let credential = report.facts.subject(Thing::Credential, None, whole);
    report.facts.add(credential, Path::new("credential.value"), token, whole);
    report.facts.add(credential, Path::new("credential.form"), "jws", whole);
    let exp = at(&report, decoded, "1800000000000");
    report.facts.add(credential, Path::new("jwt.claims.exp"), 1_800_000_000_000_i128, exp);
    let mut found = finding(
        "time/milliseconds",
        vec![
            Word::Text("`exp` is ".into()),
            value("1800000000000"),
            Word::Text(": read as seconds, that is the year 59009".into()),
        ],
        credential,
        vec![Label { place: exp, text: words("milliseconds"), path: Some(Path::new("jwt.claims.exp")) }],
    );
    found.help = Some(words("divide by 1000 before signing: 1800000000"));
    found.basis = vec!["https://www.rfc-editor.org/rfc/rfc7519#section-2".into()];
    report.findings.push(found);
    report.not_checked = vec![
        NotChecked { what: "signature".into(), needs: "--key".into() },
        NotChecked { what: "expiry".into(), needs: "--now".into() },
    ];
    report
}

pub(super) fn two_sources() -> Report {
    let mut report = Report { rules_run: 143, things: 2, ..Report::default() };
    let first =
        report.sources.add_given("authorize.url", "https://accounts.livechat.com/?redirect_uri=https://a.example/cb\n");
    let second =
        report.sources.add_given("token.http", "POST /token HTTP/1.1\n\nredirect_uri=https://a.example/callback\n");
    let whole = report.sources.whole(first);
    let authorize = report.facts.subject(Thing::Authorize, None, whole);
    let whole = report.sources.whole(second);
    let token = report.facts.subject(Thing::TokenRequest, None, whole);
    let (here, there) = (at(&report, second, "https://a.example/callback"), at(&report, first, "https://a.example/cb"));
    report.facts.add(authorize, Path::new("authorize.redirect_uri"), "https://a.example/cb", there);
    report.findings.push(finding(
        "token-request/redirect-uri-differs",
        words("`redirect_uri` is not the one of the authorization request"),
        token,
        vec![label(here, "sent here"), label(there, "asked for here")],
    ));
    report
}

pub(super) fn missing_header() -> Report {
    let mut report = one_request();
    let source = report.sources.add_given("me.http", "GET /v1/me HTTP/1.1\r\nHost: api.example.com\r\n\r\n");
    let whole = report.sources.whole(source);
    let request = report.facts.subject(Thing::Request, None, whole);
    let end = at(&report, source, "Host: api.example.com").end();
    let mut found =
        finding("header/missing", words("no credential is sent"), request, vec![label(end, "nothing after this line")]);
    found.severity = Severity::Warning;
    found.help = Some(words("add an `Authorization` header"));
    report.findings.push(found);
    report
}

pub(super) fn hostile() -> Report {
    let mut report = one_request();
    let text = "\tX-Note: \u{202e}dne\u{2066} \u{1b}]52;c;aGk=\u{7} ##vso[task.setvariable]x ::error::y\tz\u{85}\u{200b}\u{feff}\r\n";
    let source = report.sources.add_given("::error file=x::\u{1b}[2J\u{202e}a##[error].http", text);
    let whole = report.sources.whole(source);
    let request = report.facts.subject(Thing::Request, None, whole);
    let place = at(&report, source, "dne");
    report.findings.push(finding(
        "header/control",
        vec![Word::Text("the value is ".into()), value("::set-output ##[x]\u{9b}31m\n::error::\u{2028}")],
        request,
        vec![label(place, "turned around")],
    ));
    report
}
