//! The names of facts: lists of segments.

use std::borrow::{Borrow, Cow};
use std::fmt;

use super::names::{PATHS, SECRET_FAMILIES, SECRET_PATHS, is_key_member, is_private_header, is_secret_name};

/// The name of a fact: segments joined by `.`, such as `jwt.claims.exp` or `jwt.claims."https://a.b/roles"`.
///
/// The last segment of a path in a rule may be one of [`Path::ASPECTS`] and then asks for an aspect of the fact; a
/// member that is really called so is quoted (`jwt.claims."type"`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Path(Cow<'static, str>);

impl Path {
    /// What can be asked of every fact: the JSON type, the length in characters or bytes, how many facts there are.
    pub const ASPECTS: [&'static str; 4] = ["type", "length", "bytes", "count"];

    /// A path that is known to be well formed (a literal in the code).
    pub const fn new(path: &'static str) -> Self {
        Self(Cow::Borrowed(path))
    }

    /// Checks a path as written in a rule file. The error says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut rest = text;
        loop {
            let taken = if let Some(quoted) = rest.strip_prefix('"') {
                quoted
                    .find('"')
                    .map(|i| i + 2)
                    .ok_or_else(|| format!("`{text}` has an opening quote without a closing one"))?
            } else {
                rest.find(|c: char| !is_plain(c)).unwrap_or(rest.len())
            };
            if taken == 0 {
                return Err(format!(
                    "`{text}` is no fact path: write names joined by dots, quoting any name with other characters"
                ));
            }
            rest = &rest[taken..];
            match rest.strip_prefix('.') {
                Some(next) => rest = next,
                None if rest.is_empty() => return Ok(Self(Cow::Owned(text.to_owned()))),
                None => return Err(format!("`{text}` is no fact path: `{rest}` does not begin with a dot")),
            }
        }
    }

    /// This path with one more segment, quoted if need be.
    pub fn join(&self, segment: &str) -> Self {
        let plain = !segment.is_empty() && segment.chars().all(is_plain) && !Self::ASPECTS.contains(&segment);
        Self(Cow::Owned(if plain {
            format!("{}.{segment}", self.0)
        } else {
            format!("{}.\"{}\"", self.0, segment.replace('"', "'"))
        }))
    }

    /// The path as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path as text that is free to copy where the path is a literal.
    pub fn text(&self) -> Cow<'static, str> {
        self.0.clone()
    }

    /// The first segment: `jwt` of `jwt.claims.exp`.
    pub fn family(&self) -> &str {
        self.0.split('.').next().unwrap_or("")
    }

    /// The segments, without quotes.
    pub fn segments(&self) -> impl Iterator<Item = &str> {
        let mut rest: &str = &self.0;
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
            let (segment, end) = match rest.strip_prefix('"') {
                Some(quoted) => {
                    let end = quoted.find('"').unwrap_or(quoted.len());
                    (&quoted[..end], (end + 2).min(rest.len()))
                }
                None => {
                    // Segments are short: a search by bytes beats the one made for long text.
                    let end = rest.bytes().position(|b| b == b'.').unwrap_or(rest.len());
                    (&rest[..end], end)
                }
            };
            rest = rest[end..].strip_prefix('.').unwrap_or("");
            Some(segment)
        })
    }

    /// The last segment, without quotes: `exp` of `jwt.claims.exp`.
    pub fn name(&self) -> &str {
        self.segments().last().unwrap_or("")
    }

    /// Splits off an aspect: `jwt.claims.sub.type` is (`jwt.claims.sub`, `Some("type")`).
    pub fn aspect(&self) -> (Path, Option<&'static str>) {
        for aspect in Self::ASPECTS {
            if let Some(base) = self.0.strip_suffix(aspect).and_then(|p| p.strip_suffix('.')) {
                return (Self(Cow::Owned(base.to_owned())), Some(aspect));
            }
        }
        (self.clone(), None)
    }

    /// True if [`PATHS`] lists this path (without an aspect).
    pub fn is_known(&self) -> bool {
        let family = self.family().as_bytes();
        PATHS.iter().any(|(pattern, _)| pattern.as_bytes().starts_with(family) && fits(pattern, self))
    }

    /// True if the value at this path is a credential, to be shortened wherever it is shown.
    pub fn is_secret(&self) -> bool {
        // A header's name is no secret, whatever its value; nor is the `code` of an answer, which is an error's.
        let public = self.0.starts_with("request.field.")
            || matches!(self.family(), "response" | "json") && self.name() == "code";
        let is_parameter = self.0.starts_with("request.query.") || self.0.starts_with("request.param.");
        let is_header = self.0.starts_with("request.header.") || self.0.starts_with("response.header.");
        SECRET_PATHS.contains(&self.as_str())
            || (is_header && is_private_header(self.name()))
            || (SECRET_FAMILIES.contains(&self.family()) && is_secret_name(self.name()) && !public)
            || (SECRET_FAMILIES.contains(&self.family()) && is_key_member(self.name()) && !is_parameter)
    }
}

// A path is looked up by its text.
impl Borrow<str> for Path {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '*' | '#')
}

fn fits(pattern: &str, path: &Path) -> bool {
    let mut want = pattern.split('.');
    let mut have = path.segments();
    loop {
        match (want.next(), have.next()) {
            (Some("**"), Some(_)) | (None, None) => return true,
            (Some("*"), Some(_)) => {}
            (Some(w), Some(h)) if w == h => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_lists_of_segments() {
        let path = Path::new("jwt.claims").join("https://a.b/roles").join("*");
        assert_eq!(path.as_str(), r#"jwt.claims."https://a.b/roles".*"#);
        assert_eq!(path.segments().collect::<Vec<_>>(), ["jwt", "claims", "https://a.b/roles", "*"]);
        assert_eq!(Path::parse(path.as_str()).as_ref(), Ok(&path));
        assert!(Path::parse("jwt..x").is_err());
        assert!(Path::parse("jwt.\"x").is_err());
        assert!(Path::parse("").is_err());
        assert!(path.is_known());
        assert!(!Path::new("jwt.nonsense").is_known());
    }

    #[test]
    fn a_member_called_like_an_aspect_is_quoted() {
        let path = Path::new("jwt.claims").join("type");
        assert_eq!(path.as_str(), r#"jwt.claims."type""#);
        assert_eq!(path.aspect(), (path.clone(), None));
        assert_eq!(Path::new("jwt.claims.sub.type").aspect(), (Path::new("jwt.claims.sub"), Some("type")));
    }

    #[test]
    fn secrets_are_known_by_path() {
        assert!(Path::new("auth.value").is_secret());
        assert!(Path::new("request.query.client_secret").is_secret());
        assert!(Path::new("token-response.access_token").is_secret());
        assert!(Path::new("json.data.api_key").is_secret());
        assert!(!Path::new("request.host").is_secret());
        assert!(!Path::new("request.field.x-api-key").is_secret());
        assert!(!Path::new("response.json.code").is_secret());
        assert!(!Path::new("jwt.claims.iss").is_secret());
    }
}
