//! The forms in which people write tokens and requests down, by the names that `--as` takes.

/// The forms that `--as` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A token or the value of an Authorization header.
    Token,
    /// Header lines.
    Header,
    /// Raw HTTP messages.
    Http,
    /// Requests as the HTTP clients of editors send them: `.http`, `.rest`.
    HttpFile,
    /// Hurl files.
    Hurl,
    /// curl commands in shell text.
    Curl,
    /// A recording of a browser or an HTTP client.
    Har,
    /// A collection or an environment of Postman.
    Postman,
    /// An export of Insomnia.
    Insomnia,
    /// A request or an environment of Bruno.
    Bruno,
    /// A URL.
    Url,
    /// A JSON document.
    Json,
    /// A JWT claims set as JSON.
    Claims,
    /// An environment file.
    Env,
    /// YAML.
    Yaml,
    /// TOML.
    Toml,
    /// An INI file.
    Ini,
    /// Java properties.
    Properties,
    /// A log.
    Log,
    /// Documents with blocks of code: Markdown, AsciiDoc, reStructuredText, Org.
    Document,
    /// Source code, in the language that the name of the file says.
    Code,
    /// Text in which credentials, headers and URLs stand somewhere.
    Text,
}

impl Kind {
    /// All forms with the names that `--as` takes.
    pub const ALL: &[(&'static str, Kind)] = &[
        ("token", Kind::Token),
        ("header", Kind::Header),
        ("http", Kind::Http),
        ("http-file", Kind::HttpFile),
        ("hurl", Kind::Hurl),
        ("curl", Kind::Curl),
        ("har", Kind::Har),
        ("postman", Kind::Postman),
        ("insomnia", Kind::Insomnia),
        ("bruno", Kind::Bruno),
        ("url", Kind::Url),
        ("json", Kind::Json),
        ("claims", Kind::Claims),
        ("env", Kind::Env),
        ("yaml", Kind::Yaml),
        ("toml", Kind::Toml),
        ("ini", Kind::Ini),
        ("properties", Kind::Properties),
        ("log", Kind::Log),
        ("document", Kind::Document),
        ("code", Kind::Code),
        ("text", Kind::Text),
    ];

    /// The form of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(n, _)| *n == name).map(|(_, kind)| *kind)
    }
}
