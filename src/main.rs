//! The `tokenlint` command; everything is in the library, see [`tokenlint::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    tokenlint::cli::run().into()
}
