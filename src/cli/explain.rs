//! `tokenlint explain`: one rule or one error message, as text.

use std::io::{self, BufWriter, IsTerminal, Write};

use super::look::{screen, write_troubles};
use super::{Color, Explain, Outcome, TableFormat, options};
use crate::explain::{Explained, Meaning, Page, explain};
use crate::finding::Trouble;
use crate::load::RuleSet;
use crate::report::human::{Screen, code_lines, paint, paragraph};
use crate::run::Run;
use crate::show::Show;

const STRONG: &str = "1";
const HINT: &str = "36";

/// Runs the command.
pub fn run(typed: &Explain) -> Outcome {
    let set = RuleSet::builtin();
    let show = Show { reveal: false, unicode: options::unicode() };
    let what = typed.what.join(" ");
    let explained = explain(&what, &set);
    if let Explained::Unknown { nearest } = &explained {
        let help = match nearest.as_slice() {
            [] => "write a rule id, as `tokenlint rules` lists them, or the message that the server or library gave"
                .into(),
            list => format!("the nearest are: {}", list.join("; ")),
        };
        let message = format!("nothing is known about `{what}`");
        let run = Run::failed(vec![Trouble { message, help: Some(help), ..Trouble::default() }]);
        let _ = write_troubles(&run, &show, Color::Auto);
        return Outcome::Failed;
    }
    let stdout = io::stdout();
    let screen = screen(Color::Auto, stdout.is_terminal());
    let mut out = BufWriter::new(stdout.lock());
    let printed = match typed.format {
        TableFormat::Json => serde_json::to_writer(&mut out, &explained).map_err(io::Error::other),
        TableFormat::Human => out.write_all(text(&explained, &show, screen).as_bytes()),
    };
    match printed.and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Outcome::Failed,
        _ => Outcome::Clean,
    }
}

fn text(explained: &Explained, show: &Show, screen: Screen) -> String {
    let pages: Vec<String> = match explained {
        Explained::Rules { rules } => rules.iter().map(|rule| page(rule, show, screen)).collect(),
        Explained::Errors { errors } => errors.iter().map(|error| meaning(error, show, screen)).collect(),
        Explained::Unknown { .. } => Vec::new(),
    };
    pages.join("\n")
}

fn page(page: &Page, show: &Show, screen: Screen) -> String {
    let mut text = format!("{}\n", paint(&page.id, STRONG, screen));
    let strict = page.strict.map(|strict| format!(", with --strict {}", strict.name())).unwrap_or_default();
    let what = format!("{} ({}{strict}, {})", page.title, page.severity.name(), page.confidence.name());
    text += &paragraph("  ", "what", HINT, &what, screen);
    text += &paragraph("  ", "why", HINT, &page.why, screen);
    for (name, example) in [("fails", &page.bad), ("is right", &page.good)] {
        if let Some(example) = example {
            text += &format!("  {}:\n", paint(name, HINT, screen));
            example.lines().for_each(|line| text += &format!("      {}\n", show.safe(line)));
        }
    }
    if let Some(code) = &page.code {
        text += &format!(
            "  {}:\n{}",
            paint("in code", HINT, screen),
            code_lines(&code.shown(|line| show.safe(line)), screen)
        );
    }
    if let Some(fix) = &page.fix {
        text += &paragraph("  ", "fix", HINT, fix, screen);
    }
    for document in &page.basis {
        text += &paragraph("  ", "docs", HINT, document, screen);
    }
    text
}

fn meaning(error: &Meaning, show: &Show, screen: Screen) -> String {
    let mut text = format!("{}: {}\n", error.by, paint(&show.safe(&error.says), STRONG, screen));
    if let Some(means) = &error.means {
        text += &paragraph("  ", "means", HINT, means, screen);
    }
    if !error.causes.is_empty() {
        text += &format!("  {}:\n", paint("causes that tokenlint finds", HINT, screen));
        let width = error.causes.iter().map(|(rule, _)| rule.len()).max().unwrap_or(0);
        for (i, (rule, title)) in error.causes.iter().enumerate() {
            text += &format!("    {}. {rule:width$}  {title}\n", i + 1);
        }
    }
    text += &paragraph("  ", "help", HINT, &error.help, screen);
    text + &paragraph("  ", "docs", HINT, &error.basis, screen)
}
