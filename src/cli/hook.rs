//! `tokenlint hook`: the git pre-commit hook is put in place, taken away, and is itself.

use std::io::{self, IsTerminal, Write};

use super::look::{self, Looked, Wanted};
use super::{Color, Common, Hook, Outcome, options};
use crate::finding::Trouble;
use crate::input::display;
use crate::input::git::{self, Question};
use crate::input::hook::{Hooks, Installed, Removed};
use crate::report::human;
use crate::run::Run;
use crate::show::Show;

/// Runs the command.
pub fn run(typed: Hook) -> Outcome {
    match typed {
        Hook::Install => told(install()),
        Hook::Uninstall => told(uninstall()),
        Hook::Run { common } => check(&common),
    }
}

fn install() -> Result<Vec<String>, Trouble> {
    let hooks = Hooks::find()?;
    let program = std::env::current_exe().ok();
    let installed = hooks.install(program.as_deref())?;
    let name = display(&hooks.hook());
    let mut lines = Vec::new();
    lines.push(match installed {
        Installed::New | Installed::Chained { .. } => {
            format!("installed {name}: it checks what is staged before each commit")
        }
        Installed::Again => format!("{name} was there already and is up to date"),
    });
    if let Installed::Chained { carriage_returns, lefthook } = installed {
        lines.push(format!("the hook that was there is now {} and runs first", display(&hooks.before())));
        if carriage_returns && !cfg!(windows) {
            lines.push("note: it has Windows line ends, with which it cannot be started on this system".into());
        }
        if lefthook {
            lines.push("note: it is lefthook's, which may write it anew and leave tokenlint out".into());
            lines.push("  help: uninstall this, and put `run: tokenlint hook run` into lefthook.yml instead".into());
        }
    }
    if hooks.of_all {
        lines.push("note: your git configuration (core.hooksPath) uses this folder for all repositories".into());
    }
    if hooks.in_tree {
        lines
            .push("note: the folder is part of the work tree: commit the hook for everybody who has set it too".into());
    }
    Ok(lines)
}

fn uninstall() -> Result<Vec<String>, Trouble> {
    let hooks = Hooks::find()?;
    Ok(vec![match hooks.uninstall()? {
        Removed::Nothing => "there is no hook of tokenlint here".to_owned(),
        Removed::Gone(ours) => format!("removed {}", display(&ours)),
        Removed::Restored(hook) => {
            format!("removed the hook of tokenlint; {} is the one that was there before", display(&hook))
        }
    }])
}

/// Checks what is staged; where nothing is found, nothing is said.
fn check(common: &Common) -> Outcome {
    let wanted = Wanted {
        asked: Some(git::ask(Question { staged: true, base: None, paths: &[] })),
        only_new: true,
        quiet: true,
        ..Wanted::default()
    };
    let Looked { run, show, settings, .. } = look::look(common, &[], Vec::new(), wanted);
    // Whether somebody reads it decides nothing.
    let _ = print(&run, &show, common);
    let outcome = look::outcome(Ok(()), &run, settings.fail_on);
    if outcome != Outcome::Clean {
        let mends = run.findings().any(|finding| finding.fix.as_ref().is_some_and(|fix| fix.safe));
        let mend = if mends { "`tokenlint check --fix --staged` mends what is certain; " } else { "" };
        let _ = writeln!(io::stderr(), "nothing was committed; {mend}`git commit --no-verify` commits all the same");
    }
    outcome
}

fn print(run: &Run, show: &Show, common: &Common) -> io::Result<()> {
    let stderr = io::stderr();
    if run.findings().next().is_some() {
        human::write(run, show, look::screen(common.color, stderr.is_terminal()), &mut stderr.lock())?;
    }
    look::write_troubles(run, show, common.color)
}

/// Prints what was done, or why it could not be.
fn told(done: Result<Vec<String>, Trouble>) -> Outcome {
    let show = Show { reveal: false, unicode: options::unicode() };
    match done {
        Ok(lines) => {
            for line in lines {
                // Whoever closes the pipe has seen enough.
                let _ = writeln!(io::stdout(), "{}", show.text(&line));
            }
            Outcome::Clean
        }
        Err(trouble) => {
            let run = Run::failed(vec![trouble]);
            let _ = look::write_troubles(&run, &show, Color::Auto);
            Outcome::Failed
        }
    }
}
