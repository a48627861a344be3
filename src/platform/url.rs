//! The URL patterns of contracts: `https://api.example.com/v{version}/agent/**`.

/// Stands in a path for a part that the text leaves to somebody else; a variable of a pattern may be it.
pub const UNKNOWN: char = '\0';

/// What stands for the variables of a URL pattern.
pub type Bound = Vec<(String, String)>;

/// A URL pattern of a contract, taken apart: `https://api.example.com/v{version}/agent/**`.
#[derive(Debug, Clone, Copy)]
pub struct UrlPattern<'a> {
    /// Host, in which one `*` stands for anything, or one `{name}` for one label or part of one.
    pub host: &'a str,
    /// Path from the first `/`; empty: any.
    pub path: &'a str,
}

impl<'a> UrlPattern<'a> {
    /// Takes a pattern apart; the scheme is not compared (`http` and `ws` have rules of their own).
    pub fn new(pattern: &'a str) -> Self {
        let rest = pattern.split_once("://").map_or(pattern, |(_, rest)| rest);
        let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        Self { host, path }
    }

    /// True if the host is meant. `host` is in lower case.
    pub fn is_host(&self, host: &str) -> bool {
        self.bind_host(host).is_some()
    }

    /// What the variable of the host stands for, if the host is meant. `host` is in lower case.
    pub fn bind_host(&self, host: &str) -> Option<Bound> {
        let between = |before: &str, after: &str| {
            let inner = host.strip_prefix(before)?.strip_suffix(after)?;
            (!inner.is_empty()).then_some(inner)
        };
        if let Some((before, after)) = self.host.split_once('*') {
            return between(before, after).map(|_| Bound::new());
        }
        let Some((before, (name, after))) =
            self.host.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
        else {
            return (self.host == host).then(Bound::new);
        };
        let label = between(before, after).filter(|inner| !inner.contains('.'))?;
        Some(vec![(name.to_owned(), label.to_owned())])
    }

    /// True if the path has a literal segment; a version such as `v1` or `v2beta1` is none.
    pub fn is_specific(&self) -> bool {
        let is_version = |segment: &str| {
            segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
        };
        self.path.split('/').any(|s| !s.is_empty() && !s.contains(['*', '{']) && !is_version(s))
    }

    /// How many segments are literal: the more, the better the match.
    pub fn weight(&self) -> usize {
        let literal = self.path.split('/').filter(|s| !s.is_empty() && !s.contains(['*', '{'])).count();
        2 * literal + usize::from(!self.path.contains('*')) + usize::from(!self.path.is_empty())
    }
}

/// Compares a path with a pattern and returns what `{name}` stands for. `…/x` matches any beginning, `**` any rest,
/// `*` one segment; a final slash of the path does not count unless the pattern has one before `**`.
pub fn path_matches(pattern: &str, path: &str) -> Option<Bound> {
    let (suffix_only, pattern) = match pattern.strip_prefix('…') {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    let want: Vec<&str> = pattern.split('/').filter(|s| !s.is_empty()).collect();
    let mut have: Vec<&str> = path.split('/').filter(|s| !s.is_empty()).collect();
    if suffix_only && have.len() > want.len() {
        have.drain(..have.len() - want.len());
    }
    let mut bound = Vec::new();
    for (i, segment) in want.iter().enumerate() {
        if *segment == "**" {
            return Some(bound);
        }
        let given = have.get(i)?;
        let unknown = given.contains(UNKNOWN);
        if *segment == "*" || (unknown && segment.contains('{')) {
            continue;
        }
        match segment.split_once('{') {
            None if segment == given => {}
            None => return None,
            Some((before, rest)) => {
                let (name, after) = rest.split_once('}')?;
                let inner = given.strip_prefix(before)?.strip_suffix(after)?;
                if inner.is_empty() {
                    return None;
                }
                bound.push((name.to_owned(), inner.to_owned()));
            }
        }
    }
    (have.len() == want.len()).then_some(bound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_match_patterns() {
        let matches = |pattern: &str, path: &str| {
            path_matches(pattern, path).map(|b| b.into_iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>())
        };
        assert_eq!(matches("/v{version}/agent/**", "/v3.6/agent/action/x"), Some(vec!["version=3.6".to_owned()]));
        assert_eq!(matches("/v{version}/agent/**", "/v3.6/customer/x"), None);
        assert_eq!(matches("/v2/token", "/v2/token/"), Some(vec![]));
        assert_eq!(matches("/v2/*", "/v2/a/b"), None);
        assert_eq!(matches("…/create_bot", "/v3.6/configuration/action/create_bot"), Some(vec![]));
        assert_eq!(matches("…/create_bot", "/create_bots"), None);
        assert_eq!(matches("/", "/"), Some(vec![]));
        assert_eq!(matches("/", "/a"), None);
    }

    #[test]
    fn hosts_match_patterns() {
        assert!(UrlPattern::new("https://api.example.com/x").is_host("api.example.com"));
        assert!(UrlPattern::new("https://cf-blast*.example.com").is_host("cf-blast-qa.example.com"));
        assert!(!UrlPattern::new("https://*.example.com").is_host("example.com"));
        let bound = |host: &str| UrlPattern::new("https://{org}.example.com/x").bind_host(host);
        assert_eq!(bound("acme.example.com"), Some(vec![("org".to_owned(), "acme".to_owned())]));
        assert_eq!(bound("a.b.example.com"), None);
        assert_eq!(bound(".example.com"), None);
    }
}
