//! Reading one file. A file that nobody named costs no more than that, unless there is something of ours in it.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::cell::RefCell;
use std::fs::{self, File as Opened};
use std::io::{self, Read as _};
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::encoding::{self, Encoding};
use super::git::Changed;
use super::{File, Given, Job, Read, Reader, display, prefilter, unreadable};
use crate::finding::Trouble;
use crate::options::Input;

/// A file with a NUL among so many bytes is no text.
const HEAD: usize = 8 * 1024;
/// A buffer that has grown beyond this is not kept, in bytes.
const KEPT: usize = 1024 * 1024;
/// A text of more bytes than this is a large one.
const LARGE: u64 = 4 << 20;
static LARGE_ONE: Mutex<()> = Mutex::new(());

/// Held while a large text is read and looked at: what is known of it takes several times its memory.
pub type Alone = Option<MutexGuard<'static, ()>>;

/// What to do about a text above the limit.
pub(super) const WITHIN_LIMIT: &str = "cut out the part with the token, or raise --max-file-size";

thread_local! {
    /// What was read last: to ask for memory anew for each file would cost as much as reading it.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The bytes of a file, unless it is none of those that are read.
enum Bytes {
    Whole,
    /// There is a NUL near its beginning.
    Binary,
    TooLarge,
    /// A folder, a device, a pipe.
    NoFile,
}

impl Reader<'_> {
    /// The text of a job. One that is a file is read now; of a large one, `alone` is kept until it is done with.
    pub fn read(&self, job: &Job, alone: &mut Alone) -> Read {
        match job {
            Job::Text(input) => {
                wait(input.text.len() as u64, alone);
                Read::Text(Given { input: input.clone(), file: None, lines: None })
            }
            Job::Named(path) => self.named(path, alone),
            Job::Met(path) => self.met(path, true, alone),
            Job::Listed(path) => self.met(path, false, alone),
            Job::Changed(changed) => self.changed(changed, alone),
        }
    }

    /// A file that was given by name is looked at whatever it is.
    fn named(&self, path: &Path, alone: &mut Alone) -> Read {
        let name = display(path);
        let read = Opened::open(path).and_then(|file| {
            wait(file.metadata().map_or(0, |data| data.len()), alone);
            let mut bytes = Vec::new();
            file.take(self.max_size.saturating_add(1)).read_to_end(&mut bytes)?;
            Ok(bytes)
        });
        match read {
            Err(error) => Read::Trouble(unreadable(name, format!("cannot be read: {error}"))),
            Ok(bytes) if bytes.len() as u64 > self.max_size => self.too_large(&name),
            Ok(bytes) => match encoding::text(bytes) {
                Some(text) => self.given(path, name, text),
                None => Read::Skipped(format!("{name} is no text and was not checked")),
            },
        }
    }

    /// What git names is met like a file of a walk.
    fn changed(&self, changed: &Changed, alone: &mut Alone) -> Read {
        let read =
            if changed.is_staged() { self.staged(changed, alone) } else { self.met(&changed.path, false, alone) };
        let Read::Text(given) = read else { return read };
        match changed.lines(&given.input.text, self.max_size) {
            Ok(lines) => Read::Text(Given { lines, ..given }),
            Err(why) => Read::Trouble(broken(given.input.name, why)),
        }
    }

    fn staged(&self, changed: &Changed, alone: &mut Alone) -> Read {
        let name = display(&changed.path);
        match changed.staged(self.max_size) {
            Err(why) => Read::Trouble(broken(name, why)),
            Ok(None) => self.too_large(&name),
            Ok(Some(bytes)) if !self.may_hold(&name, &bytes) => Read::Passed(name),
            Ok(Some(bytes)) => {
                wait(bytes.len() as u64, alone);
                match encoding::text(bytes) {
                    Some(text) => self.given(&changed.path, name, text),
                    None => Read::NoText(name),
                }
            }
        }
    }

    /// A file that nobody named; `is_regular` if it is known that to open it is to wait for nobody.
    fn met(&self, path: &Path, is_regular: bool, alone: &mut Alone) -> Read {
        BUFFER.with_borrow_mut(|buffer| {
            let read = self.met_with(path, is_regular, buffer, alone);
            if buffer.capacity() > KEPT {
                *buffer = Vec::new();
            }
            read
        })
    }

    fn met_with(&self, path: &Path, is_regular: bool, buffer: &mut Vec<u8>, alone: &mut Alone) -> Read {
        let name = display(path);
        match self.bytes(path, is_regular, buffer, alone) {
            Err(error) => Read::Skipped(format!("{name} cannot be read: {error}")),
            Ok(Bytes::TooLarge) => self.too_large(&name),
            Ok(Bytes::NoFile) => Read::Skipped(format!("{name} is no ordinary file")),
            Ok(Bytes::Binary) => Read::NoText(name),
            Ok(Bytes::Whole) => {
                if !self.may_hold(&name, buffer) {
                    return Read::Passed(name);
                }
                // A copy of the length that it has, or what would not be kept.
                let bytes = if buffer.capacity() > KEPT { std::mem::take(buffer) } else { buffer.clone() };
                match encoding::text(bytes) {
                    Some(text) => self.given(path, name, text),
                    None => Read::NoText(name),
                }
            }
        }
    }

    fn may_hold(&self, name: &str, bytes: &[u8]) -> bool {
        self.kind.is_some() || is_wide(bytes) || prefilter::may_hold(name, bytes)
    }

    fn bytes(&self, path: &Path, is_regular: bool, buffer: &mut Vec<u8>, alone: &mut Alone) -> io::Result<Bytes> {
        buffer.clear();
        // To open a pipe would wait for somebody to write.
        if !is_regular && !fs::metadata(path)?.is_file() {
            return Ok(Bytes::NoFile);
        }
        // To ask by the path would look it up once more.
        let mut file = opened(path)?;
        let data = file.metadata()?;
        if !data.is_file() {
            return Ok(Bytes::NoFile);
        }
        if data.len() > self.max_size {
            return Ok(Bytes::TooLarge);
        }
        wait(data.len(), alone);
        buffer.reserve(usize::try_from(data.len()).unwrap_or(0) + 1);
        // Of a larger one only the beginning, which tells whether it is text.
        let first = if data.len() < KEPT as u64 { KEPT } else { HEAD };
        (&mut file).take(first as u64).read_to_end(buffer)?;
        if !is_wide(buffer) && memchr::memchr(0, buffer.get(..HEAD).unwrap_or(buffer)).is_some() {
            return Ok(Bytes::Binary);
        }
        if buffer.len() == first {
            file.take(self.max_size.saturating_add(1)).read_to_end(buffer)?;
        }
        // It may grow while it is read.
        Ok(if buffer.len() as u64 > self.max_size { Bytes::TooLarge } else { Bytes::Whole })
    }

    fn given(&self, path: &Path, name: String, (text, encoding): (String, Encoding)) -> Read {
        let file = File { path: path.to_owned(), encoding };
        Read::Text(Given { input: Input { name, text, kind: self.kind }, file: Some(file), lines: None })
    }

    /// A file above the limit, named or not: to raise the limit is the user's choice.
    fn too_large(&self, name: &str) -> Read {
        Read::TooLarge(format!("{name} is larger than {} and was not checked; {WITHIN_LIMIT}", self.limit()))
    }

    pub(super) fn limit(&self) -> String {
        format!("{} MB", self.max_size >> 20)
    }
}

/// The file, or whatever stands there now: a pipe that took its place is not waited for.
fn opened(path: &Path) -> io::Result<Opened> {
    let mut options = Opened::options();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, libc::O_NONBLOCK);
    options.open(path)
}

/// Waits until no other large text is being looked at, if this one is of that many bytes.
fn wait(bytes: u64, alone: &mut Alone) {
    if bytes > LARGE && alone.is_none() {
        *alone = Some(LARGE_ONE.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// What git promised, and does not have.
fn broken(name: String, why: String) -> Trouble {
    Trouble { help: Some("run `git fsck`: the repository is broken".into()), ..unreadable(name, why) }
}

/// True for text in UTF-16, in which no word of ours is found.
fn is_wide(bytes: &[u8]) -> bool {
    matches!(bytes.get(..2), Some([0xFF, 0xFE] | [0xFE, 0xFF]))
}
