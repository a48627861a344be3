//! One finding a line, the same object as in the JSON: for `jq`, `grep` and log collectors.

use std::io::{self, Write};

use super::shown;
use crate::run::Run;
use crate::show::Show;

/// Writes the findings. What could not be done is not written: it belongs on standard error.
pub fn write(run: &Run, show: &Show, out: &mut dyn Write) -> io::Result<()> {
    shown::findings(run, *show).try_for_each(|finding| shown::write_json(&finding, out))
}
