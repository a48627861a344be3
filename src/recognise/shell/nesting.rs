//! Quotes, brackets and substitutions: what is read within another text, and what it leaves there when it ends.

use super::Text;
use super::parser::{CommandDraft, Frame, Mode, Open, Parser};
use crate::source::Span;

impl Parser<'_> {
    /// Begins a level of nesting; `len` bytes open it.
    pub(super) fn open(&mut self, open: Open, len: usize, limit: usize, mode: Mode) {
        let frame = Frame {
            open,
            start: self.at,
            limit,
            mode,
            quote_at: self.at,
            word: None,
            command: CommandDraft::default(),
            parentheses: 0,
            blocks: self.blocks.len() + 1,
            commands: self.commands.len(),
            perhaps: false,
            list: false,
        };
        self.open_block();
        self.frames.push(std::mem::replace(&mut self.frame, frame));
        self.at += len;
    }

    /// Ends the innermost level; what closes it is behind us.
    pub(super) fn close(&mut self) {
        if let Open::HereDocument { command, after } = self.frame.open {
            let text = self.frame.word.take().map(|w| w.text.finish()).unwrap_or_default();
            self.stdin.insert(command, text);
            self.at = after;
        }
        self.end_command();
        let Some(outer) = self.frames.pop() else { return };
        let inner = std::mem::replace(&mut self.frame, outer);
        while self.blocks.len() > self.frame.blocks && self.blocks.len() >= inner.blocks {
            self.close_block();
        }
        if let Open::HereDocument { .. } = inner.open {
            return;
        }
        let from = Span::new(inner.start, self.at.min(self.frame.limit).max(inner.start));
        let shown = self.shown_by(&inner);
        let splits = self.frame.mode == Mode::Plain && !self.in_assignment();
        let end = self.at;
        self.at = inner.start;
        let word = self.word();
        match shown {
            Some(text) => {
                let len = text.text.trim_end_matches(['\n', '\r']).len();
                word.text.append(&text, 0, len);
                word.quoted = true;
            }
            None => {
                word.text.hole_instead("$(…)", from);
                word.splits |= splits;
            }
        }
        word.end = from.end;
        self.at = end;
    }

    /// The output of a command substitution that only shows a here-document: `$(cat <<EOF …)`.
    fn shown_by(&mut self, inner: &Frame) -> Option<Text> {
        match self.commands.get(inner.commands..) {
            Some([only]) if matches!(only.words.as_slice(), [cat] if cat.text.text == "cat") => {
                let text = self.stdin.get(&only.id).filter(|t| t.text.len() <= self.budget)?.clone();
                self.budget -= text.text.len();
                Some(text)
            }
            _ => None,
        }
    }
}
