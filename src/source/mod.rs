//! Text we can point at, and the way back to the bytes that the user gave.
//!
//! Everything tokenlint looks at is a [`Source`]: a file, standard input, an argument, or text that was decoded from
//! another source (a JWT segment, a shell word, a form value). A [`Place`] in decoded text always leads back to the
//! given bytes it came from, so that a finding deep inside a claim still underlines something the user can see.

mod back;
mod builder;
mod parts;
mod place;

pub use builder::Builder;
pub use parts::Parts;
pub use place::{Place, SourceId, Span};

/// Where the text of a source comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// From the user.
    Given,
    /// From another source.
    Decoded {
        /// The place that was decoded.
        from: Place,
        /// What was done, as a noun phrase for people: `base64url`, `percent-encoding`, `shell quoting`.
        how: &'static str,
        /// The way back.
        map: Map,
    },
}

/// How the bytes of decoded text lead back to the bytes they were decoded from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Map {
    /// Base64 or base64url without line breaks: decoded bytes a..b are characters a*8/6 .. ceil(b*8/6).
    Base64,
    /// Runs of text in ascending order of `at`.
    Pieces(Vec<Piece>),
}

/// A run of decoded text and the bytes of the parent source that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    /// Where the run begins in the decoded text.
    pub at: usize,
    /// Its length in the decoded text, in bytes.
    pub len: usize,
    /// The bytes of the parent source (not relative to `from`). The run is a byte-for-byte copy if the lengths agree
    /// and `verbatim` is set.
    pub from: Span,
    /// True if the run was copied, false if it stands for an escape such as `%3A`.
    pub verbatim: bool,
}

/// A part of a value that the text leaves to somebody else: a variable, a template, a CI secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hole {
    /// Where it stands in the source, as written (`$TOKEN`, `{{token}}`).
    pub span: Span,
    /// Its name without the marks: `TOKEN`, `token`.
    pub name: String,
}

/// One text with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// For given text the path with `/`, `<stdin>` or `<argument 1>`; for decoded text what it is (`claims`).
    pub name: String,
    /// The text.
    pub text: String,
    /// Where it comes from.
    pub origin: Origin,
    /// Its holes, in order.
    pub holes: Vec<Hole>,
}

impl Source {
    /// True if it was decoded from another source.
    pub fn is_decoded(&self) -> bool {
        matches!(self.origin, Origin::Decoded { .. })
    }
}

/// All the sources of one run. Sources are only ever added.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    list: Vec<Source>,
    /// For each source line and column at every [`BLOCK`] bytes, the first block left out.
    blocks: Vec<Vec<(usize, usize)>>,
}

/// The lines of a text with their ends, each with the byte at which it begins.
pub fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.split_inclusive('\n').scan(0, |end, line| {
        let start = *end;
        *end += line.len();
        Some((start, line))
    })
}

/// Lines and columns are counted from the last multiple of this many bytes, so that finding many places in a large
/// text does not mean reading all of it for each.
const BLOCK: usize = 4096;

impl Sources {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    fn add(&mut self, mut source: Source) -> SourceId {
        source.holes.sort_by_key(|hole| hole.span);
        let id = SourceId(u32::try_from(self.list.len()).unwrap_or(u32::MAX));
        let mut at = (1, 1);
        let blocks = source.text.as_bytes().chunks_exact(BLOCK).map(|block| {
            at = advance(at, block);
            at
        });
        self.blocks.push(blocks.collect());
        self.list.push(source);
        id
    }

    /// Adds text from the user.
    pub fn add_given(&mut self, name: impl Into<String>, text: impl Into<String>) -> SourceId {
        self.add(Source { name: name.into(), text: text.into(), origin: Origin::Given, holes: Vec::new() })
    }

    /// Adds text from the user in which these parts are left to somebody else.
    pub fn add_given_with_holes(
        &mut self,
        name: impl Into<String>,
        text: impl Into<String>,
        holes: Vec<Hole>,
    ) -> SourceId {
        self.add(Source { name: name.into(), text: text.into(), origin: Origin::Given, holes })
    }

    /// Adds text decoded from the bytes at `from`; see [`Origin::Decoded`].
    pub fn add_decoded(
        &mut self,
        name: impl Into<String>,
        text: impl Into<String>,
        from: Place,
        how: &'static str,
        map: Map,
        holes: Vec<Hole>,
    ) -> SourceId {
        self.add(Source { name: name.into(), text: text.into(), origin: Origin::Decoded { from, how, map }, holes })
    }

    /// The source with this id.
    pub fn get(&self, id: SourceId) -> &Source {
        &self.list[id.0 as usize]
    }

    /// All sources with their ids, in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &Source)> {
        self.list.iter().enumerate().map(|(i, s)| (SourceId(i as u32), s))
    }

    /// The whole of a source.
    pub fn whole(&self, id: SourceId) -> Place {
        Place { source: id, span: Span::new(0, self.get(id).text.len()) }
    }

    /// The text at a place.
    pub fn text(&self, place: Place) -> &str {
        self.get(place.source).text.get(place.span.range()).unwrap_or("")
    }

    /// The holes that touch a place.
    pub fn holes(&self, place: Place) -> impl Iterator<Item = &Hole> {
        // They are in order and do not overlap; a file of many requests is asked for each of them.
        let holes = &self.get(place.source).holes;
        let first = holes.partition_point(|h| h.span.end <= place.span.start);
        let touches = move |h: &&Hole| h.span.start < place.span.end && place.span.start < h.span.end;
        holes.get(first..).unwrap_or_default().iter().take_while(touches)
    }

    /// Adds text decoded from the bytes at `from` under the name of their source, with the holes that were copied whole.
    pub fn decoded(&mut self, from: Place, how: &'static str, (text, map): (String, Map)) -> Place {
        let name = self.get(from.source).name.clone();
        let holes = self.carried_holes(from, &map);
        let id = self.add_decoded(name, text, from, how, map, holes);
        self.whole(id)
    }

    /// The holes at a place as they stand in the text that `map` decodes it to: those that were copied whole.
    pub fn carried_holes(&self, place: Place, map: &Map) -> Vec<Hole> {
        let Map::Pieces(pieces) = map else { return Vec::new() };
        // A body of many escapes and many holes is not searched from its beginning for each of them; a text that is put
        // together of variables is.
        let in_order = pieces.windows(2).all(|pair| pair[0].from.end <= pair[1].from.start);
        let carried = |hole: &Hole| {
            let first = if in_order { pieces.partition_point(|p| p.from.end < hole.span.end) } else { 0 };
            let behind = |p: &Piece| in_order && p.from.start > hole.span.start;
            let near = pieces.iter().skip(first).take_while(|p| !behind(p));
            let piece = near.into_iter().find(|p| p.verbatim && p.from.contains(hole.span))?;
            let start = piece.at + hole.span.start - piece.from.start;
            Some(Hole { span: Span::new(start, start + hole.span.len()), name: hole.name.clone() })
        };
        self.holes(place).filter_map(carried).collect()
    }

    /// True if part of the text at this place is left to somebody else.
    pub fn has_hole(&self, place: Place) -> bool {
        self.holes(place).next().is_some()
    }

    /// Line and column of a byte offset, both from 1; columns count Unicode scalar values.
    pub fn line_column(&self, id: SourceId, offset: usize) -> (usize, usize) {
        let text = self.get(id).text.as_bytes();
        let offset = offset.min(text.len());
        let block = offset / BLOCK;
        let known = block.checked_sub(1).and_then(|i| self.blocks.get(id.0 as usize)?.get(i));
        advance(known.copied().unwrap_or((1, 1)), text.get(block * BLOCK..offset).unwrap_or_default())
    }

    /// The line that holds this byte, without its line feed. However long it is, only where it begins and ends is looked
    /// at: a line of megabytes may have thousands of findings.
    pub fn line(&self, id: SourceId, at: usize) -> Span {
        let text = self.get(id).text.as_bytes();
        let at = at.min(text.len());
        let line = self.line_column(id, at).0;
        let blocks = self.blocks.get(id.0 as usize).map_or(&[][..], Vec::as_slice);
        // In the first block that ends on this line, or behind it, is the line feed before it.
        let first = blocks.partition_point(|(end, _)| *end < line) * BLOCK;
        let before = text.get(first..at.min(first + BLOCK)).unwrap_or_default();
        let start = before.iter().rposition(|b| *b == b'\n').map_or(first, |i| first + i + 1);
        let last = at.max(blocks.partition_point(|(end, _)| *end <= line) * BLOCK);
        let behind = text.get(last..).unwrap_or_default();
        let end = behind.iter().position(|b| *b == b'\n').map_or(text.len(), |i| last + i);
        Span::new(start, end)
    }
}

/// Line and column after some more bytes.
fn advance((line, column): (usize, usize), bytes: &[u8]) -> (usize, usize) {
    let lines = bytes.iter().filter(|b| **b == b'\n').count();
    let (column, last) = match bytes.iter().rposition(|b| *b == b'\n') {
        Some(i) => (1, bytes.get(i + 1..).unwrap_or_default()),
        None => (column, bytes),
    };
    // Count the bytes that begin a character: every byte but UTF-8 continuation bytes.
    (line + lines, column + last.iter().filter(|b| **b & 0xC0 != 0x80).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_base64_leads_back_exactly() {
        let mut sources = Sources::new();
        // {"a":1} is eyJhIjoxfQ
        let given = sources.add_given("t", "x eyJhIjoxfQ y");
        let from = Place { source: given, span: Span::new(2, 12) };
        let claims = sources.add_decoded("claims", r#"{"a":1}"#, from, "base64url", Map::Base64, Vec::new());
        let one = Place { source: claims, span: Span::new(5, 6) };
        assert_eq!(sources.given(one).span, Span::new(2 + 6, 2 + 8));
        assert_eq!(sources.given(sources.whole(claims)).span, from.span);
        assert_eq!(sources.editable(one), None);
    }

    #[test]
    fn a_place_in_pieces_leads_back_and_knows_what_can_be_edited() {
        let mut sources = Sources::new();
        let given = sources.add_given("t", "dal%3Aabc");
        let mut b = Builder::new();
        b.copy("dal", Span::new(0, 3));
        b.instead(":", Span::new(3, 6));
        b.copy("abc", Span::new(6, 9));
        let (text, map) = b.finish();
        let from = sources.whole(given);
        let decoded = sources.add_decoded("value", text, from, "percent-encoding", map, Vec::new());
        let at = |a, b| Place { source: decoded, span: Span::new(a, b) };
        assert_eq!(sources.given(at(3, 4)).span, Span::new(3, 6));
        assert_eq!(sources.given(at(4, 6)).span, Span::new(6, 8));
        assert_eq!(sources.given(at(0, 7)).span, Span::new(0, 9));
        assert_eq!(sources.editable(at(4, 6)).map(|p| p.span), Some(Span::new(6, 8)));
        assert_eq!(sources.editable(at(0, 7)), None);
        assert_eq!(sources.given(at(7, 7)).span, Span::empty(9));
        assert_eq!(sources.given(at(0, 0)).span, Span::empty(0));
    }

    #[test]
    fn holes_are_carried_with_what_was_copied() {
        let mut sources = Sources::new();
        let hole = |start, end| Hole { span: Span::new(start, end), name: "a".to_owned() };
        let given =
            sources.add_given_with_holes("t", "{{a}}\\n{{a}}\\{{a}}", vec![hole(0, 5), hole(7, 12), hole(12, 18)]);
        let mut copy = Builder::new();
        copy.copy("{{a}}", Span::new(0, 5));
        copy.instead("\n", Span::new(5, 7));
        copy.copy("{{a}}", Span::new(7, 12));
        copy.instead("{", Span::new(12, 14));
        copy.copy("{a}}", Span::new(14, 18));
        let carried = sources.carried_holes(sources.whole(given), &copy.finish().1);
        assert_eq!(carried, [hole(0, 5), hole(6, 11)]);
        // The second of two variables was used first.
        let mut turned = Builder::new();
        turned.copy("{{a}}", Span::new(7, 12));
        turned.copy("{{a}}", Span::new(0, 5));
        let carried = sources.carried_holes(sources.whole(given), &turned.finish().1);
        assert_eq!(carried, [hole(5, 10), hole(0, 5)]);
    }

    #[test]
    fn lines_and_columns_are_right_in_a_large_text() {
        let text = "aé\n".repeat(BLOCK) + &"é".repeat(3 * BLOCK);
        let mut sources = Sources::new();
        let id = sources.add_given("t", text.as_str());
        let (mut line, mut column) = (1, 1);
        for (i, (at, c)) in text.char_indices().enumerate() {
            if i % 31 == 0 || at % BLOCK < 3 {
                assert_eq!(sources.line_column(id, at), (line, column), "at {at}");
            }
            (line, column) = if c == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        assert_eq!(sources.line_column(id, text.len() + 1), (line, column));
    }

    #[test]
    fn the_line_of_every_byte_is_found() {
        let text = ["", "a", &"b".repeat(3 * BLOCK), "", &"c\n".repeat(BLOCK), &"d".repeat(BLOCK - 1), "e"].join("\n");
        for text in [text.as_str(), "", "\n", "no line feed"] {
            let mut sources = Sources::new();
            let id = sources.add_given("t", text);
            let mut start = 0;
            for line in text.split('\n') {
                let expected = Span::new(start, start + line.len());
                for at in start..=expected.end {
                    assert_eq!(sources.line(id, at), expected, "at {at}");
                }
                start = expected.end + 1;
            }
        }
    }

    #[test]
    fn columns_count_characters() {
        let mut sources = Sources::new();
        let id = sources.add_given("t", "é\nüb");
        assert_eq!(sources.line_column(id, 0), (1, 1));
        assert_eq!(sources.line_column(id, 2), (1, 2));
        assert_eq!(sources.line_column(id, 5), (2, 2));
    }
}
