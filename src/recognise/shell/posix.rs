//! Quoting, expansions and operators of sh, bash and zsh (POSIX.1-2024, Shell Command Language, sections 2.2 to 2.7).

use super::{Dialect, Mode, Open, Parser, Pending, Target, name_len};
use crate::recognise::request::Quotes;
use crate::source::Span;

/// How far the end of `${…}` or `$((…))` is looked for; it keeps an unclosed one cheap.
const LONGEST_EXPANSION: usize = 200;

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
        let number = |w: &super::Draft| !w.quoted && w.text.text().bytes().all(|b| b.is_ascii_digit());
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

    pub(super) fn single_quotes(&mut self) {
        self.quote(1);
        let rest = self.rest();
        let len = rest.find('\'').unwrap_or(rest.len());
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
            self.frame.command.slips.push(("smart-quotes", Span::new(self.at, self.at + size)));
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

    fn dollar(&mut self) {
        let plain = self.frame.mode == Mode::Plain;
        match self.peek(1) {
            b'(' if self.peek(2) == b'(' && self.arithmetic() => {}
            b'(' => {
                self.word();
                self.open(Open::Parenthesis, 2, self.frame.limit, Mode::Plain);
            }
            b'{' => self.braces(),
            b'\'' if plain => self.ansi_c(),
            // `$"…"` is translated; nobody has a translation.
            b'"' if plain => self.quote(1),
            b'0'..=b'9' | b'@' | b'*' | b'?' | b'$' | b'!' | b'#' | b'-' => {
                let name = self.rest().get(1..2).unwrap_or("");
                self.hole(name, 2);
                self.word().splits |= plain || name == "@";
            }
            _ => match name_len(self.rest().get(1..).unwrap_or("")) {
                0 => self.take(1),
                len => {
                    let name = self.rest().get(1..1 + len).unwrap_or("");
                    self.variable(name, name, 1 + len);
                }
            },
        }
    }

    /// `$((…))` is a number nobody knows.
    fn arithmetic(&mut self) -> bool {
        let window = self.window();
        let Some(end) = window.windows(2).position(|w| w == b"))") else { return false };
        let from = Span::new(self.at, self.at + end + 2);
        let word = self.word();
        word.text.hole_instead("$((…))", from);
        word.end = from.end;
        self.at = from.end;
        true
    }

    /// As much of the text as an expansion may take.
    fn window(&self) -> &[u8] {
        let rest = self.rest().as_bytes();
        rest.get(..LONGEST_EXPANSION).unwrap_or(rest)
    }

    /// `${NAME}` and its many variations, and `${{ … }}`, which a CI system fills in before the shell sees it.
    fn braces(&mut self) {
        let mut depth = 0usize;
        let end = self.window().iter().position(|b| {
            depth = match b {
                b'{' => depth + 1,
                b'}' => depth.saturating_sub(1),
                _ => return false,
            };
            depth == 0
        });
        let Some(len) = end.map(|i| i + 1) else { return self.take(2) };
        let inner = self.rest().get(2..len - 1).unwrap_or("");
        if inner.starts_with('{') {
            // `finish` makes the template a hole.
            return self.take(len);
        }
        let name_at = inner.trim_start_matches(['!', '#']);
        let name = name_at.get(..name_len(name_at)).unwrap_or("");
        let behind = name_at.get(name.len()..).unwrap_or("");
        let defaults = [":-", "-", ":?", "?", ":="].iter().any(|op| behind.starts_with(op));
        if name_at.len() == inner.len() && !name.is_empty() && (behind.is_empty() || defaults) {
            self.variable(name, name, len);
            return;
        }
        let several = behind.starts_with("[@]") || behind.starts_with("[*]") || name_at.starts_with(['@', '*']);
        let name = if name.is_empty() { inner } else { name };
        self.hole(name, len);
        let plain = self.frame.mode == Mode::Plain && !self.in_assignment();
        self.word().splits |= plain || several;
    }

    /// `$'…'` with the escapes of C.
    fn ansi_c(&mut self) {
        self.quote(2);
        let start = self.word().text.text().len();
        // Bytes written as escapes, which may be one character together, and where they begin.
        let mut bytes: Vec<u8> = Vec::new();
        let mut from = self.at;
        loop {
            let escape = if self.peek(0) == b'\\' { self.escape() } else { None };
            if let Some((Escaped::Byte(byte), len)) = escape {
                if bytes.is_empty() {
                    from = self.at;
                }
                bytes.push(byte);
                self.at += len;
                continue;
            }
            if !bytes.is_empty() {
                let text = String::from_utf8_lossy(&std::mem::take(&mut bytes)).into_owned();
                let len = self.at - from;
                self.at = from;
                self.put(&text, len);
            }
            match escape {
                Some((Escaped::Char(c), len)) => self.put(c.encode_utf8(&mut [0; 4]), len),
                _ if self.at >= self.frame.limit => break,
                _ if self.peek(0) == b'\'' => break,
                _ => self.take_until(b"\\'"),
            }
        }
        self.word().text.mark_literals(start, Quotes::Single, next_variable);
        self.quote(1);
    }

    /// The escape here and its length.
    fn escape(&self) -> Option<(Escaped, usize)> {
        let digits = |from: usize, most: usize, radix: u32| {
            let run: String =
                (from..from + most).map(|i| self.peek(i) as char).take_while(|c| c.is_digit(radix)).collect();
            u32::from_str_radix(&run, radix).ok().map(|n| (n, run.len()))
        };
        let char = |c: char| Some((Escaped::Char(c), 2));
        let unicode = |most| {
            let (n, len) = digits(2, most, 16)?;
            Some((Escaped::Char(char::from_u32(n).unwrap_or('\u{FFFD}')), 2 + len))
        };
        match self.peek(1) {
            b'n' => char('\n'),
            b't' => char('\t'),
            b'r' => char('\r'),
            b'a' => char('\x07'),
            b'b' => char('\x08'),
            b'e' | b'E' => char('\x1b'),
            b'f' => char('\x0c'),
            b'v' => char('\x0b'),
            c @ (b'\\' | b'\'' | b'"' | b'?') => char(c as char),
            b'0'..=b'7' => digits(1, 3, 8).map(|(n, len)| (Escaped::Byte((n & 0xFF) as u8), 1 + len)),
            b'x' => digits(2, 2, 16).map(|(n, len)| (Escaped::Byte((n & 0xFF) as u8), 2 + len)),
            b'u' => unicode(4),
            b'U' => unicode(8),
            b'c' if self.peek(2).is_ascii_graphic() => Some((Escaped::Char((self.peek(2) & 0x1F) as char), 3)),
            _ => None,
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

/// What an escape in `$'…'` stands for.
#[derive(Clone, Copy)]
enum Escaped {
    Char(char),
    Byte(u8),
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
