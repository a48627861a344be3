//! Variables that an HTTP file defines itself (`@token = …`) and uses in its requests (`{{token}}`), as the clients of
//! editors have it. Those are followed, also through one another; any other stays a hole.

use std::collections::HashMap;

use crate::source::{Builder, Hole, Place, Sources, Span};

/// Variables of variables are followed so far.
const DEPTH: usize = 8;
/// All values that are put in may be longer than the text by this factor and this many bytes.
const GROWTH: (usize, usize) = (8, 64 * 1024);

/// The variables that a text defines, each with where its values stand, in order.
pub struct Variables {
    values: HashMap<String, Vec<Span>>,
    /// How many bytes may still be put in, so that variables of variables do not grow without end.
    budget: usize,
}

/// The name and the value of a line `@name = value`, and where the value begins in it.
pub fn definition(line: &str) -> Option<(&str, &str, usize)> {
    let (name, value) = line.strip_prefix('@')?.split_once('=')?;
    let from = 1 + name.len() + 1 + value.len() - value.trim_start().len();
    // httpyac's `:=` is evaluated when it is used.
    let name = name.trim_end_matches(':').trim();
    let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    is_name.then_some((name, value.trim(), from))
}

impl Variables {
    /// None yet, for a text of that many bytes.
    pub fn new(length: usize) -> Self {
        Self { values: HashMap::new(), budget: length * GROWTH.0 + GROWTH.1 }
    }

    /// Adds one whose value stands at `value`, behind those added before.
    pub fn add(&mut self, name: &str, value: Span) {
        self.values.entry(name.to_owned()).or_default().push(value);
    }

    /// The value that is in force at `at`: the last one above it, or else the last of all.
    fn value(&self, name: &str, at: usize) -> Option<Span> {
        let values = self.values.get(name)?;
        let above = values.partition_point(|value| value.start < at);
        values.get(above.wrapping_sub(1)).or(values.last()).copied()
    }

    /// The texts of these spans one after the other, with the values of the variables in their places; `at` is where
    /// the request begins. A place of its own only if it must.
    pub fn put(&mut self, sources: &mut Sources, whole: Place, spans: &[Span], at: usize) -> Place {
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return whole.start() };
        let from = Place { source: whole.source, span: Span::new(first.start, last.end.max(first.start)) };
        let source = sources.get(whole.source);
        let within = |span: Span| {
            let first = source.holes.partition_point(|h| h.span.start < span.start);
            source.holes.get(first..).unwrap_or_default().iter().take_while(move |h| h.span.end <= span.end)
        };
        let is_known = |h: &Hole| self.value(&h.name, at).is_some();
        if spans.len() == 1 && !spans.iter().copied().flat_map(within).any(is_known) {
            return from;
        }
        let mut out = Builder::new();
        let mut holes: Vec<Hole> = Vec::new();
        let mut budget = self.budget;
        for span in spans {
            let mut stack = vec![*span];
            while let Some(top) = stack.pop() {
                let hole = within(top).next().cloned();
                let end = hole.as_ref().map_or(top.end, |h| h.span.start);
                let plain = Span::new(top.start, end);
                out.copy(source.text.get(plain.range()).unwrap_or_default(), plain);
                let Some(hole) = hole else { continue };
                stack.push(Span::new(hole.span.end, top.end));
                // A value that stands in the text itself would be put into itself.
                let value = self.value(&hole.name, at).filter(|v| v.len() < budget && !from.span.contains(*v));
                match value.filter(|_| stack.len() <= DEPTH) {
                    Some(value) => {
                        budget -= value.len() + 1;
                        stack.push(value);
                    }
                    None => {
                        let start = out.text().len();
                        out.copy(source.text.get(hole.span.range()).unwrap_or_default(), hole.span);
                        holes.push(Hole { span: Span::new(start, start + hole.span.len()), name: hole.name });
                    }
                }
            }
        }
        self.budget = budget;
        let name = source.name.clone();
        let (text, map) = out.finish();
        let id = sources.add_decoded(name, text, from, "variables", map, holes);
        sources.whole(id)
    }
}
