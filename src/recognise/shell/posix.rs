//! Quoting, expansions and operators of sh, bash and zsh (POSIX.1-2024, Shell Command Language, sections 2.2 to 2.7).

use super::parser::{Draft, Mode, Open, Parser, Pending, Target};
use super::{Dialect, name_len};
use crate::recognise::request::Quotes;
use crate::source::Span;

impl Parser<'_> {
    /// Reads on by at least one byte.
    pub(super) fn posix_step(&mut self) {
        match self.frame.mode {
            Mode::Plain => self.posix_plain(),
            _ => self.posix_quoted(),
        }
    }

    fn posix_plain(&mut self) {
        match self.peek(0) {
            b' ' | b'\t' | b'\r' => {
                self.end_word();
                self.at += 1;
            }
            b'\n' => {
                self.separate(b';');
                self.at += 1;
                self.read_here_documents();
                self.skip_prompt();
            }
            b'#' if self.frame.word.is_none() => self.at += self.rest_of_line().len(),
            b'\\' => {
                if !self.continuation() {
                    self.quote(1);
                    let len = self.char_len();
                    self.take(len);
                }
            }
            b'\'' => self.single_quotes(),
            b'"' => {
                self.frame.quote_at = self.at;
                self.quote(1);
                self.frame.mode = Mode::Double;
            }
            b'$' => self.dollar(),
            b'`' => self.backtick(),
            b';' => {
                self.separate(b';');
                self.at += 1;
            }
            b'&' => self.ampersand(),
            b'|' => {
                let or = self.peek(1) == b'|';
                self.separate(if or { b'o' } else { b'|' });
                self.at += 1 + usize::from(or || self.peek(1) == b'&');
            }
            b'(' => {
                self.separate(b'|');
                self.frame.parentheses += 1;
                self.open_block();
                self.at += 1;
            }
            b')' => self.parenthesis(),
            b'<' | b'>' => self.redirection(),
            0xE2 if self.frame.word.is_none() && self.smart_quotes() => {}
            _ => self.take_until(b" \t\r\n\\'\"$`;&|()<>"),
        }
    }

    /// Within double quotes, or in a here-document, which knows the same expansions.
    fn posix_quoted(&mut self) {
        let mode = self.frame.mode;
        if let Mode::HereDocument { tabs: true } = mode {
            let line_begins = self.text.get(..self.at).is_some_and(|t| t.ends_with('\n'));
            if line_begins && self.peek(0) == b'\t' {
                self.at += self.rest().bytes().take_while(|b| *b == b'\t').count();
                return;
            }
        }
        match self.peek(0) {
            b'"' if mode == Mode::Double => {
                self.quote(1);
                self.frame.mode = Mode::Plain;
            }
            0xE2 if mode == Mode::Smart && self.rest().starts_with(['“', '”']) => {
                self.quote('”'.len_utf8());
                self.frame.mode = Mode::Plain;
            }
            b'\\' => match self.peek(1) {
                b'\n' => self.quote(2),
                b'\r' if self.peek(2) == b'\n' => self.quote(3),
                b'$' | b'`' | b'\\' => {
                    self.quote(1);
                    self.take(1);
                }
                b'"' if mode == Mode::Double => {
                    self.quote(1);
                    self.take(1);
                }
                _ => self.take(1),
            },
            b'$' => self.dollar(),
            b'`' => self.backtick(),
            _ if matches!(mode, Mode::HereDocument { .. }) => {
                // Line by line, so that leading tabs are seen.
                let len = self.rest().bytes().position(|b| matches!(b, b'\\' | b'$' | b'`' | b'\n'));
                let line = len.map_or(self.rest().len(), |i| i + usize::from(self.peek(i) == b'\n'));
                self.take(line);
            }
            _ if mode == Mode::Smart => self.take_until(b"\\$`\xE2"),
            _ => self.take_until(b"\"\\$`"),
        }
    }

    /// Ends a command: `;`, `&` (also for a new line), `|`, `a` for `&&`, `o` for `||`.
    pub(super) fn separate(&mut self, by: u8) {
        self.end_command();
        match by {
            b'a' | b'o' => {
                if !self.frame.list {
                    self.frame.list = true;
                    self.open_block();
                }
                self.frame.perhaps |= by == b'o';
            }
            b'|' => {}
            _ => {
                if std::mem::take(&mut self.frame.list) {
                    self.close_block();
                }
                self.frame.perhaps = false;
            }
        }
    }

    /// `)`.
    pub(super) fn parenthesis(&mut self) {
        if self.frame.parentheses == 0 && self.frame.open == Open::Parenthesis {
            self.end_command();
            self.at += 1;
            self.close();
            return;
        }
        self.separate(b'|');
        if self.frame.parentheses > 0 {
            self.frame.parentheses -= 1;
            self.close_block();
        }
        self.at += 1;
    }

    pub(super) fn ampersand(&mut self) {
        match self.peek(1) {
            b'&' => {
                self.separate(b'a');
                self.at += 2;
            }
            b'>' => {
                self.end_word();
                self.at += 1;
                self.redirection();
            }
            next => {
                if self.frame.word.is_some() && !matches!(next, 0 | b' ' | b'\t' | b'\r' | b'\n' | b')') {
                    self.frame.command.cut = Some(Span::new(self.at, self.at + 1));
                }
                self.separate(b'&');
                self.at += 1;
            }
        }
    }

    fn redirection(&mut self) {
        if self.placeholder() {
            return;
        }
        let number = |w: &Draft| !w.quoted && w.text.text().bytes().all(|b| b.is_ascii_digit());
        if self.frame.word.as_ref().is_some_and(number) {
            self.frame.word = None;
        }
        self.end_word();
        let rest = self.rest();
        let (len, target) = if rest.starts_with("<<<") {
            (3, Target::HereString)
        } else if rest.starts_with("<<-") {
            (3, Target::HereDocument { tabs: true })
        } else if rest.starts_with("<<") {
            (2, Target::HereDocument { tabs: false })
        } else if rest.starts_with("<(") || rest.starts_with(">(") {
            self.word();
            self.open(Open::Parenthesis, 2, self.frame.limit, Mode::Plain);
            return;
        } else {
            let two = matches!(self.peek(1), b'>' | b'&' | b'|');
            (1 + usize::from(two), Target::File)
        };
        self.frame.command.target = target;
        self.at += len;
    }

    /// `<your-token>`: people leave such placeholders unquoted, and then they are no redirections.
    fn placeholder(&mut self) -> bool {
        const LONGEST: usize = 60;
        if self.peek(0) != b'<' || !self.peek(1).is_ascii_alphabetic() {
            return false;
        }
        let name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        let len = self.rest().bytes().skip(1).take(LONGEST).take_while(|b| name(b)).count();
        let joined = self.frame.word.is_some() || matches!(self.peek(len + 2), b'/' | b'?' | b'&' | b':');
        if self.peek(len + 1) != b'>' || !joined || name(&self.peek(len + 2)) {
            return false;
        }
        self.take(len + 2);
        true
    }

    fn single_quotes(&mut self) {
        let begin = self.at;
        self.quote(1);
        let rest = self.rest();
        let len = rest.find('\'').unwrap_or_else(|| {
            self.unclosed(begin);
            rest.len()
        });
        let start = self.word().text.text().len();
        self.take(len);
        self.word().text.mark_literals(start, Quotes::Single, next_variable);
        self.quote(1);
    }

    /// Smart quotes around a word are read as the quotes they were meant to be.
    pub(super) fn smart_quotes(&mut self) -> bool {
        let rest = self.rest();
        let open = rest.chars().next().unwrap_or(' ');
        let (closers, single) = match open {
            '“' | '”' => (['“', '”'], false),
            '‘' | '’' => (['‘', '’'], true),
            _ => return false,
        };
        let size = open.len_utf8();
        let Some(len) = rest.get(size..).and_then(|r| r.find(closers)) else { return false };
        if self.dialect != Dialect::PowerShell {
            // PowerShell takes them for quotes.
            self.slip("smart-quotes", self.at, size);
        }
        self.quote(size);
        if single {
            let start = self.word().text.text().len();
            self.take(len);
            self.word().text.mark_literals(start, Quotes::Single, next_variable);
            self.quote(size);
        } else {
            self.frame.mode = Mode::Smart;
        }
        true
    }

    fn backtick(&mut self) {
        if self.frame.open == Open::Backtick {
            self.at += 1;
            self.close();
        } else {
            self.word();
            self.open(Open::Backtick, 1, self.frame.limit, Mode::Plain);
        }
    }

    /// Reads the here-documents that begin on this line.
    pub(super) fn read_here_documents(&mut self) {
        while let Some(Pending { command, mark, tabs, quoted }) = self.pending.pop_front() {
            let begin = self.at;
            let mut end = begin;
            let mut after = self.frame.limit;
            let rest = self.rest();
            for line in rest.split_inclusive('\n') {
                let bare = line.trim_end_matches(['\n', '\r']);
                let bare = if tabs { bare.trim_start_matches('\t') } else { bare };
                if bare == mark {
                    after = end + line.len();
                    break;
                }
                end += line.len();
            }
            self.open(Open::HereDocument { command, after }, 0, end, Mode::HereDocument { tabs });
            if !quoted {
                // Its text is read by the steps to come, and then the next one.
                return;
            }
            for line in rest.get(..end - begin).unwrap_or("").split_inclusive('\n') {
                let bare = if tabs { line.trim_start_matches('\t') } else { line };
                self.at += line.len() - bare.len();
                self.take(bare.len());
            }
            self.word().text.mark_literals(0, Quotes::HereDocument, next_variable);
            self.close();
        }
    }
}

/// The length of a prompt at the beginning of a line: `$ `, `% `, `user@host:~$ `.
pub(super) fn prompt(line: &str) -> usize {
    const LONGEST: usize = 80;
    let Some(end) = line.bytes().take(LONGEST).position(|b| b == b' ') else { return 0 };
    let word = line.get(..end).unwrap_or("");
    let bare = matches!(word, "$" | "%" | "❯" | "➜");
    let host = word.ends_with(['$', '%', '#']) && word.contains('@') && word.contains(':');
    if bare || host { end + 1 } else { 0 }
}

/// The next `$NAME` or `${NAME}` at or after `at`.
pub(super) fn next_variable(text: &str, mut at: usize) -> Option<(Span, String)> {
    loop {
        let start = at + text.get(at..)?.find('$')?;
        let rest = text.get(start + 1..)?;
        let (inner, brace) = rest.strip_prefix('{').map_or((rest, false), |r| (r, true));
        let len = name_len(inner);
        let closed = !brace || inner.as_bytes().get(len) == Some(&b'}');
        if len > 0 && closed {
            let name = inner.get(..len)?.to_owned();
            let end = start + 1 + len + 2 * usize::from(brace);
            return Some((Span::new(start, end), name));
        }
        at = start + 1;
    }
}
