//! Variables that an HTTP file defines itself (`@token = …`) and uses in its requests (`{{token}}`), as the clients of
//! editors have it. Those are followed; any other stays a hole.

use crate::recognise::request::Request;
use crate::source::{Builder, Hole, Place, Sources, Span};

/// The variables that the text at a place defines, each with where its value stands; the last definition counts.
pub struct Variables(Vec<(String, Span)>);

impl Variables {
    /// Reads `@name = value` lines.
    pub fn read(text: &str, offset: usize) -> Self {
        let mut found = Vec::new();
        let mut at = offset;
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let Some((name, value)) = line.strip_prefix('@').and_then(|l| l.split_once('=')) else { continue };
            let from = start + 1 + name.len() + 1 + value.len() - value.trim_start().len();
            let span = Span::new(from, from + value.trim().len());
            let is_name = name.trim().bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
            if is_name && !span.is_empty() {
                found.push((name.trim().to_owned(), span));
            }
        }
        Self(found)
    }

    fn value(&self, hole: &Hole) -> Option<Span> {
        self.0.iter().rev().find(|(name, _)| *name == hole.name).map(|(_, span)| *span)
    }

    /// Puts the values into the URL, the fields and the body of a request.
    pub fn put_into(&self, sources: &mut Sources, request: &mut Request) {
        if self.0.is_empty() {
            return;
        }
        request.url = request.url.map(|place| self.put(sources, place));
        request.body = request.body.map(|place| self.put(sources, place));
        for field in &mut request.fields {
            field.value = self.put(sources, field.value);
        }
    }

    /// The place, or a decoded source in which the known variables have their values.
    fn put(&self, sources: &mut Sources, place: Place) -> Place {
        let known: Vec<(Hole, Span)> = sources.holes(place).filter_map(|h| Some((h.clone(), self.value(h)?))).collect();
        let source = sources.get(place.source);
        // A value that itself begins in the place would be put into itself.
        if known.is_empty() || known.iter().any(|(_, value)| place.span.contains(*value)) || source.is_decoded() {
            return place;
        }
        let mut out = Builder::new();
        let mut holes = Vec::new();
        let mut at = place.span.start;
        let copy = |out: &mut Builder, span: Span, holes: &mut Vec<Hole>| {
            let moved = out.text().len();
            let inside = source.holes.iter().filter(|h| span.contains(h.span));
            holes.extend(inside.map(|h| {
                let start = moved + h.span.start - span.start;
                Hole { span: Span::new(start, start + h.span.len()), name: h.name.clone() }
            }));
            out.copy(source.text.get(span.range()).unwrap_or_default(), span);
        };
        for (hole, value) in known {
            copy(&mut out, Span::new(at, hole.span.start), &mut holes);
            copy(&mut out, value, &mut holes);
            at = hole.span.end;
        }
        copy(&mut out, Span::new(at, place.span.end), &mut holes);
        let name = source.name.clone();
        let (text, map) = out.finish();
        let id = sources.add_decoded(name, text, place, "variables", map, holes);
        sources.whole(id)
    }
}
