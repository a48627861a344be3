//! Which files a pattern of the configuration means. Patterns are those of `.gitignore`, from the folder in which
//! `tokenlint.toml` stands: `*` and `?` stay within one name, `**` goes over folders, a folder means all that is in it,
//! and a pattern without `/` is looked for in every folder. Only the `!` of `.gitignore` is refused: what it would take
//! out depends on the order of patterns, and the keys of the configuration say it better.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Where the configuration stands, and from where names of sources are counted: absolute paths with `/`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Home {
    /// The folder of `tokenlint.toml`.
    pub folder: String,
    /// The folder in which the program runs.
    pub current: String,
}

impl Home {
    /// A source's name as seen from the folder of the configuration; `None` if it is outside of it. A name in angle
    /// brackets, which is that of no file, is as if it stood in the current folder.
    pub fn relative(&self, name: &str) -> Option<String> {
        let (folder, path) = (parts(&self.folder), self.parts(name));
        path.starts_with(&folder).then(|| path.get(folder.len()..).unwrap_or_default().join("/"))
    }

    /// The part of the folder of the configuration that is walked with this one: `""` is all of it.
    pub fn walked(&self, folder: &str) -> Option<String> {
        if parts(&self.folder).starts_with(&self.parts(folder)) { Some(String::new()) } else { self.relative(folder) }
    }

    fn parts<'a>(&'a self, name: &'a str) -> Vec<&'a str> {
        let is_absolute = name.starts_with('/') || name.as_bytes().get(1) == Some(&b':');
        if is_absolute {
            return parts(name);
        }
        let mut path = parts(&self.current);
        for part in name.split('/') {
            push(part, &mut path);
        }
        path
    }
}

fn parts(path: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    path.split('/').for_each(|part| push(part, &mut parts));
    parts
}

fn push<'a>(part: &'a str, path: &mut Vec<&'a str>) {
    match part {
        "" | "." => {}
        ".." => {
            path.pop();
        }
        part => path.push(part),
    }
}

/// Some patterns.
#[derive(Debug, Clone)]
pub struct Globs {
    set: GlobSet,
    /// The beginning of each without wildcards, up to its last `/`; of a pattern without any all of it.
    roots: Vec<(String, bool)>,
}

impl Default for Globs {
    fn default() -> Self {
        Self { set: GlobSet::empty(), roots: Vec::new() }
    }
}

/// What can stand for several names.
const WILD: [char; 4] = ['*', '?', '[', '{'];

impl Globs {
    /// Reads patterns; the error says which of them is wrong, counted from 0, and why.
    pub fn new<'a>(patterns: impl Iterator<Item = &'a str>) -> Result<Self, (usize, String)> {
        let mut set = GlobSetBuilder::new();
        let mut roots = Vec::new();
        for (number, pattern) in patterns.enumerate() {
            let unfit = |message: String| Err((number, message));
            if pattern.starts_with('!') {
                return unfit(format!(
                    "`{pattern}` would take files out again; patterns here only say which are meant"
                ));
            }
            let bare = pattern.strip_prefix('/').unwrap_or(pattern).trim_end_matches('/');
            let bare = bare.strip_prefix("./").unwrap_or(bare);
            if bare.is_empty() {
                return unfit(format!("`{pattern}` names no file"));
            }
            if bare.split('/').any(|part| part == "..") || bare.contains('\\') {
                return unfit(format!("`{pattern}` leads out of the folder, or is written with `\\`"));
            }
            let is_anchored = bare.contains('/') || pattern.starts_with('/');
            let whole = if is_anchored { bare.to_owned() } else { format!("**/{bare}") };
            for glob in [whole.clone(), format!("{whole}/**")] {
                match GlobBuilder::new(&glob).literal_separator(true).build() {
                    Ok(glob) => drop(set.add(glob)),
                    Err(error) => return unfit(format!("`{pattern}` is no pattern: {}", error.kind())),
                }
            }
            let root = match whole.find(WILD) {
                Some(wild) => (whole.get(..wild).and_then(|s| s.rsplit_once('/')).map_or("", |(s, _)| s), false),
                None => (whole.as_str(), true),
            };
            roots.push((root.0.to_owned(), root.1));
        }
        // They are too large together: said of the first.
        let set = set.build().map_err(|error| (0, error.to_string()))?;
        Ok(Self { set, roots })
    }

    /// True if there is no pattern.
    pub fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// True if one of them means this file.
    pub fn matches(&self, path: &str) -> bool {
        !self.is_empty() && self.set.is_match(path)
    }

    /// True if every file that they can mean was read: it was named, or all of its folder was walked.
    pub fn are_read(&self, is_read: &dyn Fn(&str) -> bool, walked: &[String]) -> bool {
        let below = |root: &str, folder: &str| {
            folder.is_empty() || root.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.roots
            .iter()
            .all(|(root, is_file)| walked.iter().any(|folder| below(root, folder)) || *is_file && is_read(root))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_files_as_in_gitignore() {
        for (pattern, means, not) in [
            ("*.har", &["a.har", "b/c/a.har", "x.har/a"][..], &["a.har.txt"][..]),
            ("/*.har", &["a.har"], &["b/a.har"]),
            ("fixtures", &["fixtures/a", "b/fixtures/c/d"], &["fixtures.txt", "myfixtures/a"]),
            ("fixtures/", &["fixtures/a", "b/fixtures/c/d"], &["fixtures.txt"]),
            ("api/livechat/**", &["api/livechat/a", "api/livechat/b/c"], &["api/b", "x/api/livechat/a"]),
            ("./api/*.http", &["api/a.http"], &["api/b/a.http", "a.http"]),
            ("api/*/x", &["api/a/x", "api/a/x/y"], &["api/x", "api/a/b/x"]),
            ("{a,b}.env", &["a.env", "c/b.env"], &["c.env"]),
            ("**", &["a", "a/b", "<stdin>"], &[]),
            (".env*", &[".env", "a/.env.local"], &["env"]),
            ("/!a", &["!a"], &["a", "b/!a"]),
            ("**/!a", &["!a", "b/!a"], &["a"]),
            ("[!a]", &["b"], &["a"]),
        ] {
            let globs = Globs::new([pattern].into_iter()).expect(pattern);
            for path in means {
                assert!(globs.matches(path), "{pattern} means {path}");
            }
            for path in not {
                assert!(!globs.matches(path), "{pattern} does not mean {path}");
            }
        }
        for pattern in ["", "/", "a/../b", "..", "a[", "a\\b", "{a", "!a", "!", "!a/**"] {
            assert!(Globs::new([pattern].into_iter()).is_err(), "{pattern}");
        }
        assert!(!Globs::default().matches("a"));
    }

    #[test]
    fn names_are_seen_from_the_configuration() {
        let home = |folder: &str, current: &str| Home { folder: folder.into(), current: current.into() };
        for (folder, current, name, relative) in [
            ("/r", "/r", "a.http", Some("a.http")),
            ("/r", "/r/b/c", "a.http", Some("b/c/a.http")),
            ("/r", "/r/b/c", "../a.http", Some("b/a.http")),
            ("/r/b", "/r", "b/a.http", Some("a.http")),
            ("/r/b", "/r", "c/a.http", None),
            ("/r", "/x", "/r/a/./b", Some("a/b")),
            ("/r", "/r", "/rest/a", None),
            ("/r", "/r", "<stdin>", Some("<stdin>")),
            ("C:/r", "C:/r/b", "a", Some("b/a")),
            ("C:/r", "D:/x", "C:/r/a", Some("a")),
            ("", "", "a/b", Some("a/b")),
        ] {
            assert_eq!(home(folder, current).relative(name).as_deref(), relative, "{name}");
        }
        assert_eq!(home("/r", "/r").walked("."), Some(String::new()));
        assert_eq!(home("/r", "/r/b").walked(".."), Some(String::new()));
        assert_eq!(home("/r", "/").walked("."), Some(String::new()));
        assert_eq!(home("/r", "/r").walked("b"), Some("b".into()));
        assert_eq!(home("/r/b", "/r").walked("c"), None);
    }

    #[test]
    fn it_is_known_whether_all_was_read() {
        let are_read = |pattern: &str, walked: &[&str]| {
            let walked: Vec<String> = walked.iter().map(|s| (*s).to_owned()).collect();
            let globs = Globs::new([pattern].into_iter()).expect(pattern);
            globs.are_read(&|path| path == "a/b.http", &walked)
        };
        assert!(are_read("a/b.http", &[]));
        assert!(!are_read("a/c.http", &[]));
        assert!(!are_read("b.http", &[]), "there may be others of that name");
        assert!(!are_read("a/*.http", &[]));
        assert!(are_read("a/*.http", &["a"]));
        assert!(are_read("a/*.http", &[""]));
        assert!(!are_read("a/*.http", &["ab"]));
        assert!(!are_read("a/*.http", &["a/b"]));
        assert!(are_read("b.http", &[""]));
        assert!(!are_read("b.http", &["a"]));
    }
}
