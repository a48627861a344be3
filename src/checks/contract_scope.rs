//! Requested scopes against the list of scopes that a contract writes down.
//!
//! Only what a client asks for is judged. The scopes in a token response were written by the server, which knows them
//! better than any list.

use crate::checks::{Check, Context, Fixer, Hit};
use crate::facts::Fact;
use crate::finding::Edit;
use crate::platform::{Mark, OAuth, Platform};
use crate::source::{Place, Span};

/// The predicates of this group.
pub const CHECKS: &[Check] = &[
    Check {
        name: "contract-scope-separator",
        about: ABOUT,
        offers: &["platform", "found", "expected", "list"],
        run: separator,
    },
    Check { name: "contract-scope-unknown", about: ABOUT, offers: &["platform", "scope"], run: unknown },
    Check { name: "contract-scope-private", about: ABOUT, offers: &["platform", "scope"], run: private },
];

/// The fixers of this group.
pub const FIXERS: &[Fixer] = &[Fixer { name: "scope-separators", run: separate }];

const ABOUT: &[&str] = &["authorize.scope", "token-request.scope"];

/// So many unknown scopes are named; more say nothing new, and looking for what was meant takes time.
const MOST: usize = 20;

/// What people put between scopes.
const SEPARATORS: [char; 8] = [' ', ',', ';', '|', '+', '\t', '\n', '\r'];

/// A parameter that lists scopes, at a platform with OAuth.
struct Asked<'a> {
    platform: &'a Platform,
    oauth: &'a OAuth,
    fact: &'a Fact,
    /// The list.
    text: &'a str,
    /// Where the list stands, if its bytes are those of `text`.
    exact: Option<Place>,
}

/// All such parameters of the subject.
fn asked<'a>(cx: &Context<'a>) -> Vec<Asked<'a>> {
    let Some(platform) = cx.platform() else { return Vec::new() };
    let Some(oauth) = &platform.oauth else { return Vec::new() };
    let lists = cx.own().iter().filter(|f| ABOUT.contains(&f.path.as_str()) && !f.hole);
    let asked = lists.filter_map(|fact| {
        let text = fact.value.text()?;
        // A JSON string stands there with its quotes.
        let at = cx.sources.text(fact.place).find(text);
        let exact = at.map(|at| fact.place.part(at, at + text.len()));
        Some(Asked { platform, oauth, fact, text, exact })
    });
    asked.collect()
}

impl<'a> Asked<'a> {
    /// The scopes and the separators between them, in turn: spans in the list, true for a scope.
    fn pieces(&self) -> Vec<(Span, bool)> {
        let mut pieces: Vec<(Span, bool)> = Vec::new();
        for (at, c) in self.text.char_indices() {
            let (end, is_scope) = (at + c.len_utf8(), !SEPARATORS.contains(&c));
            match pieces.last_mut() {
                Some((span, same)) if *same == is_scope => span.end = end,
                _ => pieces.push((Span::new(at, end), is_scope)),
            }
        }
        pieces
    }

    fn get(&self, span: Span) -> &'a str {
        self.text.get(span.range()).unwrap_or_default()
    }

    fn scopes(&self) -> impl Iterator<Item = (Span, &'a str)> {
        self.pieces().into_iter().filter(|(_, is_scope)| *is_scope).map(|(span, _)| (span, self.get(span)))
    }

    /// Separators between two scopes that are not the platform's.
    fn wrong_separators(&self) -> Vec<Span> {
        let pieces = self.pieces();
        let between = pieces.windows(3).filter(|w| w.iter().map(|(_, s)| *s).eq([true, false, true]));
        let wanted = self.oauth.scope_separator.as_ref();
        // Blanks in a row are one separator where a blank is.
        let is_wanted = |found: &str| found == wanted || wanted == " " && found.trim().is_empty();
        between.map(|w| w[1].0).filter(|span| !is_wanted(self.get(*span))).collect()
    }

    fn place(&self, span: Span) -> Place {
        self.exact.map_or(self.fact.place, |exact| exact.part(span.start, span.end))
    }

    fn hit(&self, span: Span, help: Option<&str>, mark: Mark) -> Hit {
        let hit = Hit::on(self.fact).moved(self.place(span)).with("platform", &self.platform.title);
        hit.says(self.platform, &self.oauth.basis, help, mark)
    }
}

/// Scopes are separated by something else than the platform separates them by.
fn separator(cx: &Context) -> Vec<Hit> {
    let hit = |asked: &Asked| {
        let span = *asked.wrong_separators().first()?;
        let (found, wanted) = (asked.get(span), asked.oauth.scope_separator.as_ref());
        // A blank beside the right separator may well be skipped.
        let mark = if found.trim() == wanted { Mark::T } else { Mark::D };
        let list = asked.scopes().map(|(_, scope)| scope).collect::<Vec<_>>().join(wanted);
        let hit = asked.hit(span, None, mark).told("found", name(found)).told("expected", name(wanted));
        Some(hit.with("list", list))
    };
    asked(cx).iter().filter_map(hit).collect()
}

/// What a separator is called.
fn name(separator: &str) -> String {
    match separator.trim() {
        "" => "blanks".to_owned(),
        "," if separator == "," => "commas".to_owned(),
        "," => "commas and blanks".to_owned(),
        ";" => "semicolons".to_owned(),
        other => format!("`{other}`"),
    }
}

/// Puts the platform's separator in the place of each other one.
fn separate(cx: &Context, _hit: &Hit) -> Vec<Edit> {
    let edits = |asked: Asked| {
        let exact = asked.exact?;
        let edit = |span: Span| {
            let place = cx.sources.given(exact.part(span.start, span.end));
            // A separator may be written percent-encoded; a comma means itself wherever that is so, a blank does not.
            let written = cx.sources.text(place);
            let is_plain = written == asked.get(span);
            let is_escape = ["+", "%20", "%2B", "%2b", "%3B", "%3b", "%7C", "%7c"].contains(&written);
            let text = asked.oauth.scope_separator.to_string();
            (is_plain || is_escape && text == ",").then_some(Edit { place, text, secret: false })
        };
        asked.wrong_separators().into_iter().map(edit).collect::<Option<Vec<_>>>()
    };
    // Each list has a finding of its own only where they differ; one fix mends them all.
    asked(cx).into_iter().filter_map(edits).flatten().collect()
}

/// A scope that the contract's list does not have.
fn unknown(cx: &Context) -> Vec<Hit> {
    let mut hits = Vec::new();
    for asked in asked(cx).iter().filter(|a| !a.platform.scopes.is_empty()) {
        let is_unknown = |scope: &str| !asked.platform.scopes.iter().any(|known| known.id == scope);
        for (span, scope) in asked.scopes().filter(|(_, scope)| is_unknown(scope)).take(MOST) {
            let help = match nearest(asked.platform, scope) {
                Some(near) => format!("write `{near}`, if that is what you mean"),
                None => format!("use scopes that {} lists", asked.platform.title),
            };
            hits.push(asked.hit(span, Some(&help), asked.oauth.scope_mark).with("scope", scope));
        }
    }
    hits
}

/// The scope that was probably meant.
fn nearest<'a>(platform: &'a Platform, scope: &str) -> Option<&'a str> {
    let plain = |s: &str| s.to_lowercase().replace(['.', ':', '/', '_', '-'], ".");
    let written = plain(scope);
    let distance = |known: &str| strsim::damerau_levenshtein(&plain(known), &written);
    let limit = (scope.chars().count() / 4).max(2);
    // Comparing takes time in the product of the lengths, and no scope is that long.
    let short = scope.len() <= 100;
    let all = platform.scopes.iter().filter(|_| short).map(|known| (distance(&known.id), known.id.as_ref()));
    all.filter(|(d, _)| *d <= limit).min().map(|(_, id)| id)
}

/// A scope that cannot be asked for.
fn private(cx: &Context) -> Vec<Hit> {
    let mut hits = Vec::new();
    for asked in asked(cx) {
        let is_private = |scope: &str| asked.platform.scopes.iter().any(|known| known.private && known.id == scope);
        for (span, scope) in asked.scopes().filter(|(_, scope)| is_private(scope)).take(MOST) {
            hits.push(asked.hit(span, None, Mark::D).with("scope", scope));
        }
    }
    hits
}
