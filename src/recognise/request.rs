//! A request as somebody wrote it down: a curl command, a raw HTTP message, a single header line, a URL.
//!
//! The forms differ, what they say does not. Every recogniser of a request fills this plain data and nothing is decoded
//! here, so that everything later (URL, header, body, credential) is written once. All places are in
//! [`Sources`](crate::source::Sources); a shell word whose quoting had to be removed is a decoded source.

use crate::source::Place;

/// A request as written, before anything in it is decoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// How it is written: `curl command`, `HTTP message`, `header line`, `URL`.
    pub form: &'static str,
    /// The name that a file gives it.
    pub name: Option<Place>,
    /// Which of how many entries of a recording it is, from 1.
    pub number: Option<(usize, usize)>,
    /// When it was sent, as a recording says it (RFC 3339): its tokens are judged by that time.
    pub sent_at: Option<Place>,
    /// All of it.
    pub place: Place,
    /// The method, if it is written.
    pub method: Option<Place>,
    /// The method that is sent if none is written.
    pub default_method: &'static str,
    /// The URL as written; curl puts `http://` in front of one without a scheme.
    pub url: Option<Place>,
    /// Further parts of the query, as sent, which do not stand in the URL (`curl -G`). They are appended to the
    /// URL's query with `&`.
    pub query: Vec<Place>,
    /// The header fields in the order they are sent.
    pub fields: Vec<Field>,
    /// The body as sent. A part that comes from a file is a hole in it.
    pub body: Option<Place>,
    /// The parts of a multipart form (`curl -F`). There is no `body` then.
    pub parts: Vec<Part>,
    /// `user:password`, as given to an option (`curl -u`). It is sent as Basic, unless `options` says otherwise
    /// (`digest`, `ntlm`, `negotiate`, `anyauth`, `aws-sigv4`) or a field `Authorization` stands in its way.
    pub user: Option<Place>,
    /// Header fields that are sent although nobody wrote them: name in lower case, and value. Never one that `fields`
    /// names.
    pub implied: Vec<(&'static str, &'static str)>,
    /// What else was written that changes what is sent, or how it was read, each with the place that says so. For
    /// curl see [`crate::recognise::curl`].
    pub options: Vec<(&'static str, Place)>,
    /// Variables that are sent as they are written, since nothing expands them there.
    pub literals: Vec<Literal>,
    /// True if parts of the request may stand elsewhere (`-H @file`, `-K`, `-n`, an unknown option): then nothing is
    /// missing.
    pub open: bool,
}

impl Request {
    /// A request of that form which says nothing yet.
    pub fn new(form: &'static str, place: Place) -> Self {
        Self {
            form,
            name: None,
            number: None,
            sent_at: None,
            place,
            method: None,
            default_method: "GET",
            url: None,
            query: Vec::new(),
            fields: Vec::new(),
            body: None,
            parts: Vec::new(),
            user: None,
            implied: Vec::new(),
            options: Vec::new(),
            literals: Vec::new(),
            open: false,
        }
    }

    /// The place of an option, if it was written.
    pub fn option(&self, name: &str) -> Option<Place> {
        self.options.iter().find(|(n, _)| *n == name).map(|(_, place)| *place)
    }
}

/// What becomes of a header field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It is sent.
    Yes,
    /// It is not sent: `curl -H 'Name:'` takes a field away.
    Removed,
    /// It has no colon. curl leaves such a line out; a server rejects the message or ignores the line.
    NoColon,
}

/// A header field (RFC 9110 section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// All before the colon, with any blanks: exactly what is sent. Without a colon it is the whole line.
    pub name: Place,
    /// What follows the colon, without blanks at its beginning; blanks at its end are kept.
    pub value: Place,
    /// The whole field.
    pub line: Place,
    /// What becomes of it.
    pub sent: Sent,
}

/// One part of a multipart form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: Place,
    /// Its content; for a file the file's name.
    pub value: Place,
    /// True if the content is in a file.
    pub file: bool,
}

/// A variable that nothing expands, so that its name is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal {
    /// Where it stands, as written (`$TOKEN`), in the source of the part of the request that holds it.
    pub place: Place,
    /// Its name without the marks.
    pub name: String,
    /// Why nothing expands it.
    pub quotes: Quotes,
}

/// The quotes around a piece of shell text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quotes {
    /// None.
    Bare,
    /// `'…'`, and `$'…'`.
    Single,
    /// `"…"`.
    Double,
    /// A here-document or here-string whose text is taken as it is (`<<'EOF'`, `@'…'@`).
    HereDocument,
}

impl Quotes {
    /// For people: `single quotes`.
    pub fn name(self) -> &'static str {
        match self {
            Quotes::Bare => "no quotes",
            Quotes::Single => "single quotes",
            Quotes::Double => "double quotes",
            Quotes::HereDocument => "a quoted here-document",
        }
    }
}
