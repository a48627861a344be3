//! Which contracts to look at for a host or a credential, so that the time it takes depends on what is there, not on how
//! many contracts there are. `build.rs` makes the tables of the built-in ones.

use super::{Platform, Shape, UrlPattern};
use crate::facts::Path;
use crate::index::{Table, find, table};
use crate::rule::{Pattern, Str};

/// How many characters of a credential are looked up: two tell most prefixes apart.
const BEGINNING: usize = 2;

/// How many labels of a host are looked up, from its end.
const LABELS: usize = 2;

/// Contracts by what is seen of them; an empty word stands for what may be anything. They are named by their position
/// in the set.
#[derive(Debug, Clone, Default)]
pub struct Lookup {
    /// By what is certain of a URL: the last labels of its host, else the first one, else the first segment of its path.
    pub by_url: Table,
    /// By the first characters of a credential.
    pub by_beginning: Table,
    /// By the path of a fact about a JWT.
    pub by_jwt: Table,
}

impl Lookup {
    /// The tables for these contracts. `begins` gives what the matches of a pattern begin with; nothing if it is not known.
    pub fn new(platforms: &[Platform], begins: impl Fn(&Pattern) -> Vec<String>) -> Self {
        let (mut by_url, mut by_beginning, mut by_jwt) = (Vec::new(), Vec::new(), Vec::new());
        let of_pattern = |pattern: Option<&Pattern>| match pattern.map(&begins) {
            Some(list) if !list.is_empty() => list,
            _ => vec![String::new()],
        };
        for (i, platform) in platforms.iter().enumerate() {
            by_url.extend(platform.urls().map(|url| (certain(UrlPattern::new(url)), i)));
            // A weak shape counts only where the platform is known otherwise.
            for credential in platform.credentials.iter().filter(|c| !c.shape.weak) {
                for shape in [&credential.shape].into_iter().chain(credential.shape.or.iter()) {
                    if !shape.prefix.is_empty() {
                        by_beginning.extend(shape.prefix.iter().map(|prefix| (prefix.to_string(), i)));
                    } else if shape.is_of_text() {
                        by_beginning.extend(of_pattern(shape.matches.as_ref()).into_iter().map(|text| (text, i)));
                    } else {
                        by_jwt.extend(of_jwt(shape).map(|path| (path, i)));
                    }
                }
                let told = credential.mistakes.iter().filter(|mistake| mistake.tells);
                let told = told.flat_map(|mistake| of_pattern(mistake.matches.as_ref()));
                by_beginning.extend(told.map(|text| (text, i)));
            }
        }
        let by_beginning = by_beginning.iter().map(|(text, i)| (Str::Owned(first(text, BEGINNING).to_owned()), *i));
        Self { by_url: table(by_url), by_beginning: table(by_beginning.collect()), by_jwt: table(by_jwt) }
    }
}

/// The fact without which a JWT does not have the shape.
fn of_jwt(shape: &Shape) -> Option<Str> {
    let claim = shape.claims.first().map(|(name, _)| Path::new("jwt.claims").join(name));
    let header = || shape.header.first().map(|(name, _)| Path::new("jwt.header").join(name));
    let neither = || (!shape.lacks.is_empty()).then(|| Path::new("jwt.claims"));
    Some(claim.or_else(header).or_else(neither)?.text())
}

/// What is the same in all URLs that are meant: `example.com`, `github.` or `realms`.
fn certain(pattern: UrlPattern) -> Str {
    let end = match pattern.host.rfind(['*', '}']) {
        // What stands beside the variable may be half a label.
        Some(at) => pattern.host.get(at..).and_then(|rest| rest.split_once('.')).map_or("", |(_, end)| end),
        None => pattern.host,
    };
    let begin = pattern.host.split(['*', '{']).next().and_then(first_label);
    let segment = Some(first_segment(pattern.path)).filter(|segment| !segment.contains(['*', '{']));
    let word = if end.is_empty() { begin.or(segment).unwrap_or_default() } else { last_labels(end, LABELS) };
    Str::Owned(word.to_owned())
}

/// The last labels of a host; at least one.
fn last_labels(host: &str, labels: usize) -> &str {
    let dot = host.rmatch_indices('.').nth(labels.saturating_sub(1));
    dot.and_then(|(at, _)| host.get(at + 1..)).unwrap_or(host)
}

/// The first label of a host, with its dot.
fn first_label(host: &str) -> Option<&str> {
    host.find('.').and_then(|dot| host.get(..=dot))
}

/// The first segment of a path.
fn first_segment(path: &str) -> &str {
    path.split('/').find(|segment| !segment.is_empty()).unwrap_or_default()
}

/// The first characters of a text.
fn first(text: &str, characters: usize) -> &str {
    text.char_indices().nth(characters).and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// The contracts of a run.
#[derive(Debug, Clone, Copy)]
pub struct Contracts<'a> {
    /// All of them.
    pub all: &'a [Platform],
    /// Which to look at.
    pub lookup: &'a Lookup,
}

impl<'a> Contracts<'a> {
    /// The contract of that id.
    pub fn get(self, id: &str) -> Option<&'a Platform> {
        self.all.iter().find(|platform| platform.id == id)
    }

    /// The contracts that may know a URL. The host is in lower case.
    pub fn of_url(self, host: &str, path: &str) -> Vec<&'a Platform> {
        let ends = (1..=LABELS).map(|labels| last_labels(host, labels));
        let words = ["", first_label(host).unwrap_or_default(), first_segment(path)].into_iter().chain(ends);
        self.of(words.map(|word| find(&self.lookup.by_url, word)))
    }

    /// The contracts of which some credential may begin like this text, or be a JWT of which there are these facts.
    pub fn of_credential<'t>(self, text: Option<&str>, jwt: impl Iterator<Item = &'t str>) -> Vec<&'a Platform> {
        let beginnings = text.into_iter().flat_map(|text| (0..=BEGINNING).map(move |n| first(text, n)));
        let begun = beginnings.map(|beginning| find(&self.lookup.by_beginning, beginning));
        self.of(begun.chain(jwt.map(|path| find(&self.lookup.by_jwt, path))))
    }

    /// The contracts at these positions, each once, in the order of the set.
    fn of(self, found: impl Iterator<Item = &'a [usize]>) -> Vec<&'a Platform> {
        let mut positions: Vec<usize> = found.flatten().copied().collect();
        positions.sort_unstable();
        positions.dedup();
        positions.into_iter().filter_map(|at| self.all.get(at)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_known_by_what_is_certain_of_it() {
        let word = |pattern: &str| certain(UrlPattern::new(pattern)).into_owned();
        assert_eq!(word("https://api.example.com/v1/**"), "example.com");
        assert_eq!(word("https://{org}.example.com"), "example.com");
        assert_eq!(word("https://api-{region}.com"), "com");
        assert_eq!(word("https://cf-blast*.example.com"), "example.com");
        assert_eq!(word("https://*-api.example.com"), "example.com");
        assert_eq!(word("http://localhost/x"), "localhost");
        assert_eq!([word("https://example.*/api/**"), word("https://api.{name}")], ["example.", "api."]);
        assert_eq!([word("https://*/realms/{realm}/x"), word("https://*/realms")], ["realms", "realms"]);
        assert_eq!([word("https://*"), word("https://*/{realm}/x")], ["", ""]);
    }

    #[test]
    fn contracts_are_found_by_url_beginning_and_claim() {
        let head =
            "title='T'\ndocs='https://x'\n[[credential]]\nid='c'\ntitle='c'\nexposure='secret'\nbasis='https://x'\n";
        let shapes = [
            ("prefixes", "shape.prefix=['abc','x']"),
            ("pattern", "shape.matches='uat[0-9]+'"),
            ("claims", "shape.claims={'https://a.b/c'='.*'}\nshape.or=[{header={cty='d'}}]"),
            ("weak", "shape.prefix=['abc']\nshape.weak=true"),
        ];
        let read = shapes.iter().filter_map(|(id, shape)| super::super::parse(id, &format!("{head}{shape}")).ok());
        let platforms: Vec<Platform> = read.map(|file| file.platform).collect();
        assert_eq!(platforms.len(), shapes.len());
        let lookup = Lookup::new(&platforms, |pattern| vec![pattern.source().trim_end_matches("[0-9]+").to_owned()]);
        let contracts = Contracts { all: &platforms, lookup: &lookup };
        let ids = |found: Vec<&Platform>| found.iter().map(|p| p.id.to_string()).collect::<Vec<_>>();
        let begun = |text: &str| ids(contracts.of_credential(Some(text), [].into_iter()));
        assert_eq!([begun("abd"), begun("x"), begun("uaX")], [["prefixes"], ["prefixes"], ["pattern"]]);
        assert!(begun("").is_empty() && begun("u").is_empty() && begun("é").is_empty());
        let jwt = |path| ids(contracts.of_credential(None, [path].into_iter()));
        assert_eq!(jwt("jwt.claims.\"https://a.b/c\""), ["claims"]);
        assert_eq!(jwt("jwt.header.cty"), ["claims"]);
        assert!(jwt("jwt.claims.iss").is_empty());
    }
}
