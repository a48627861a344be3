//! The way back: from a place in decoded text to the given bytes it came from.

use super::{Map, Origin, Piece, Place, SourceId, Sources, Span};

impl Sources {
    /// One step back: the place in the parent source that this place was decoded from, and whether every byte of it
    /// was copied from there. `None` for given text.
    pub fn parent(&self, place: Place) -> Option<(Place, bool)> {
        let Origin::Decoded { from, map, .. } = &self.get(place.source).origin else {
            return None;
        };
        let Span { start, end } = place.span;
        let (span, verbatim) = match map {
            Map::Base64 => {
                let first = from.span.start + start * 8 / 6;
                let last = from.span.start + (end * 8).div_ceil(6);
                let last = last.min(from.span.end);
                (Span::new(first.min(last), last), false)
            }
            Map::Pieces(pieces) => back_through(pieces, place.span, *from),
        };
        Some((Place { source: from.source, span }, verbatim))
    }

    /// The bytes of the given source that a place leads back to.
    pub fn given(&self, mut place: Place) -> Place {
        while let Some((up, _)) = self.parent(place) {
            place = up;
        }
        place
    }

    /// Like [`Sources::given`], but `None` unless every layer in between copies the bytes of the place one for one,
    /// so that an edit of the given text means the same there.
    pub fn editable(&self, mut place: Place) -> Option<Place> {
        while let Some((up, verbatim)) = self.parent(place) {
            if !verbatim {
                return None;
            }
            place = up;
        }
        Some(place)
    }

    /// The chain of sources from the given text to this source: `request.http`, `shell word`, `claims`.
    pub fn chain(&self, id: SourceId) -> Vec<SourceId> {
        let mut chain = vec![id];
        let mut at = id;
        while let Origin::Decoded { from, .. } = &self.get(at).origin {
            at = from.source;
            chain.push(at);
        }
        chain.reverse();
        chain
    }
}

fn back_through(pieces: &[Piece], span: Span, from: Place) -> (Span, bool) {
    let touches = |p: &&Piece| {
        if span.is_empty() {
            p.at <= span.start && span.start <= p.at + p.len
        } else {
            p.at < span.end && span.start < p.at + p.len
        }
    };
    let mut found: Option<Span> = None;
    let mut verbatim = true;
    let begin = pieces.partition_point(|p| p.at + p.len < span.start);
    let touched = || pieces[begin..].iter().take_while(|p| p.at <= span.end).filter(touches);
    // A variable's value comes from where it was assigned. What only contains such a value stays where it is used.
    let at_home = |p: &&Piece| from.span.contains(p.from);
    let home = touched().any(|p| at_home(&p));
    for piece in touched() {
        if home && !at_home(&piece) {
            verbatim = false;
            continue;
        }
        let part = if piece.verbatim {
            let start = span.start.clamp(piece.at, piece.at + piece.len) - piece.at;
            let end = span.end.clamp(piece.at, piece.at + piece.len) - piece.at;
            Span::new(piece.from.start + start, piece.from.start + end)
        } else if span.is_empty() {
            verbatim = false;
            let at = if span.start > piece.at { piece.from.end } else { piece.from.start };
            Span::empty(at)
        } else {
            verbatim = false;
            piece.from
        };
        found = Some(match found {
            None => part,
            // At an empty span the piece that begins there says best where it is.
            Some(_) if span.is_empty() => part,
            Some(so_far) if so_far.end == part.start => Span::new(so_far.start, part.end),
            Some(so_far) => {
                // Something was left out between the two (a quote, a line break): not one for one any more.
                verbatim = false;
                Span::new(so_far.start.min(part.start), so_far.end.max(part.end))
            }
        });
    }
    match found {
        Some(found) => (found, verbatim),
        None => (from.span, false),
    }
}
