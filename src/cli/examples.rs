//! `tokenlint rules test`: the examples of somebody's own rules and platforms, run.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::PathBuf;

use super::look::{screen, write_troubles};
use super::options::{self, RuleText, trouble};
use super::{Color, Outcome};
use crate::example::{Fault, Plain, judge_bad, judge_good};
use crate::finding::{Report, Trouble};
use crate::inspect::inspect;
use crate::load::{RuleSet, parse_rule};
use crate::platform;
use crate::report::human::{self, Screen};
use crate::report::tree::heading;
use crate::report::{counted, short};
use crate::rule::{Example, Refusal};
use crate::run::Run;
use crate::show::{Show, View, disarm};
use crate::source::Span;

/// The examples of a file.
struct Examples<'a> {
    file: &'a RuleText,
    bad: Vec<Example>,
    good: Vec<Example>,
}

/// Runs the examples of all files in these folders.
pub fn run(folders: &[PathBuf]) -> Outcome {
    let show = Show { reveal: false, unicode: options::unicode() };
    let mut troubles = Vec::new();
    let texts = options::rule_texts(folders, &mut troubles);
    let set = options::rule_set_of(&texts, &mut troubles);
    let examples: Vec<Examples> = texts.iter().filter_map(|file| examples(file).ok()).collect();
    if troubles.is_empty() && examples.is_empty() {
        let help = "name a folder that holds `<family>/<name>.toml` or `platforms/<id>.toml`";
        troubles.push(trouble("there is no rule and no platform in that folder".into(), help.into()));
    }
    if !troubles.is_empty() {
        let _ = write_troubles(&Run::failed(troubles), &show, Color::Auto);
        return Outcome::Failed;
    }
    let stdout = io::stdout();
    let screen = screen(Color::Auto, stdout.is_terminal());
    let mut out = Out { set: &set, show, screen, to: BufWriter::new(stdout.lock()) };
    match out.all(&examples) {
        Ok(0) => Outcome::Clean,
        Ok(_) => Outcome::Found,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Outcome::Clean,
        Err(_) => Outcome::Failed,
    }
}

fn examples(file: &RuleText) -> Result<Examples<'_>, Refusal> {
    let (bad, good) = match file.platform() {
        Some(id) => platform::parse(id, &file.text).map(|file| (file.bad, file.good))?,
        None => parse_rule(&file.id, &file.text).map(|file| (file.bad, file.good))?,
    };
    Ok(Examples { file, bad, good })
}

impl Examples<'_> {
    /// What is wrong with them, in their order, each with the example if it is of one.
    fn faults<'a>(&'a self, set: &RuleSet) -> Vec<(String, Option<&'a Example>, Fault)> {
        let own = self.file.platform().is_none().then_some(self.file.id.as_str());
        let missing = |message: &str| (String::new(), None, Fault { message: message.to_owned(), report: None });
        let mut faults = Vec::new();
        if self.bad.is_empty() {
            faults.push(missing("there is no `[[bad]]` example: nothing shows that anything is found"));
        }
        for (i, example) in self.bad.iter().enumerate() {
            let fault = match own.or(example.rule.as_deref()) {
                Some(rule) => judge_bad(set, rule, example, &Plain),
                None => Some(Fault { message: "it does not name its `rule`".into(), report: None }),
            };
            faults.extend(fault.map(|fault| (format!("bad example {}: ", i + 1), Some(example), fault)));
        }
        if self.good.is_empty() {
            faults.push(missing("there is no `[[good]]` example: nothing shows that what is right is left alone"));
        }
        for (i, example) in self.good.iter().enumerate() {
            let fault = judge_good(set, own, example, &Plain);
            faults.extend(fault.map(|fault| (format!("good example {}: ", i + 1), Some(example), fault)));
        }
        faults
    }
}

struct Out<'a, W: Write> {
    set: &'a RuleSet,
    show: Show,
    screen: Screen,
    to: BufWriter<W>,
}

impl<W: Write> Out<'_, W> {
    /// Writes what is wrong, then a summary; says how many faults there are.
    fn all(&mut self, files: &[Examples]) -> io::Result<usize> {
        let mut count = 0;
        for examples in files {
            for (which, example, fault) in examples.faults(self.set) {
                count += 1;
                self.fault(examples.file, &which, example, fault)?;
            }
        }
        let (bad, good) = files.iter().fold((0, 0), |(bad, good), e| (bad + e.bad.len(), good + e.good.len()));
        let verdict = if count == 0 { "each is as its file says".to_owned() } else { counted(count, "fault") };
        let files = counted(files.len(), "file");
        writeln!(self.to, "{bad} bad and {good} good examples in {files}: {verdict}")?;
        self.to.flush()?;
        Ok(count)
    }

    fn fault(&mut self, file: &RuleText, which: &str, example: Option<&Example>, fault: Fault) -> io::Result<()> {
        let first_line = |span: Span| {
            let rest = file.text.get(span.start..span.end).unwrap_or_default();
            Span::new(span.start, span.start + rest.lines().next().map_or(0, str::len))
        };
        let trouble = Trouble {
            message: format!("{which}{}", fault.message),
            source: Some(file.name.clone()),
            text: Some(file.text.clone()),
            span: example.and_then(|example| example.span).map(first_line),
            ..Trouble::default()
        };
        human::write_troubles(&Run::failed(vec![trouble]), &self.show, self.screen, &mut self.to)?;
        fault.report.map_or(Ok(()), |report| self.found(report))?;
        writeln!(self.to)
    }

    /// As what the example was read, and what was found in it.
    fn found(&mut self, report: Report) -> io::Result<()> {
        let view = View::new(self.show, &report.sources, &report.facts);
        for outline in inspect(&report, self.set, None) {
            let line = format!("  read as: {}\n", heading(&outline, &view));
            self.to.write_all(disarm(&line).as_bytes())?;
        }
        if report.findings.is_empty() {
            return writeln!(self.to, "  found: nothing");
        }
        let mut found = Vec::new();
        short::write(&Run::from(report), &self.show, &mut found)?;
        String::from_utf8_lossy(&found).lines().try_for_each(|line| writeln!(self.to, "  found: {line}"))
    }
}
