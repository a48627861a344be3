//! What is made from the command line itself: completions for shells, and the man page.

use std::io::{self, Write};

use clap::CommandFactory;

use super::{Outcome, Shell, Typed};

/// Writes the completions of a shell to standard output.
pub fn completions(shell: Shell) -> Outcome {
    let mut command = Typed::command();
    let mut text = Vec::new();
    let known = match shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Elvish => clap_complete::Shell::Elvish,
        Shell::Fish => clap_complete::Shell::Fish,
        Shell::Powershell => clap_complete::Shell::PowerShell,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Nushell => {
            clap_complete::generate(clap_complete_nushell::Nushell, &mut command, "tokenlint", &mut text);
            return written(&text);
        }
    };
    clap_complete::generate(known, &mut command, "tokenlint", &mut text);
    written(&text)
}

/// Writes the man page, with a section for each command, to standard output.
pub fn man() -> Outcome {
    let mut command = Typed::command();
    // Gives the inner commands their full names.
    command.build();
    let mut text = Vec::new();
    let page = |command: clap::Command, text: &mut Vec<u8>| clap_mangen::Man::new(command).render(text);
    let mut rendered = page(command.clone(), &mut text);
    for inner in command.get_subcommands() {
        rendered = rendered.and_then(|()| page(inner.clone(), &mut text));
    }
    match rendered {
        Ok(()) => written(&text),
        Err(_) => Outcome::Failed,
    }
}

fn written(text: &[u8]) -> Outcome {
    match io::stdout().write_all(text) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Outcome::Failed,
        _ => Outcome::Clean,
    }
}
