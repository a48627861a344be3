//! The `tokenlint` command; everything is in the library, see [`tokenlint::cli`].

use std::process::ExitCode;

use tokenlint::cli::{self, Outcome};

fn main() -> ExitCode {
    match cli::run() {
        Outcome::Clean => ExitCode::SUCCESS,
        Outcome::Found => ExitCode::from(1),
        Outcome::Failed => ExitCode::from(2),
        Outcome::Ended(status) => std::process::exit(status),
    }
}
