//! The report for people: sentences, excerpts with labels (drawn by miette), and a summary that says what was looked
//! at and what was not.

use std::fmt;
use std::io::{self, Write};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use super::counted;
use crate::facts::{Facts, Thing};
use crate::finding::{Code, Finding, Label, Report, Severity, SignatureState, Trouble, Word};
use crate::run::Run;
use crate::show::{Excerpt, Foreign, Show, View, disarm};
use crate::source::{Place, Sources};

/// What the screen can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Screen {
    /// Colours may be used.
    pub color: bool,
    /// How many columns a line may have.
    pub width: usize,
}

/// Writes the findings and the summary. What could not be done is not written: see [`write_troubles`].
pub fn write(run: &Run, show: &Show, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    for report in &run.reports {
        write_findings(report, show, screen, out)?;
    }
    out.write_all(summary(run, show, screen).as_bytes())
}

/// Writes the findings in one source.
pub fn write_findings(report: &Report, show: &Show, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let view = View::new(*show, &report.sources, &report.facts);
    for finding in &report.findings {
        out.write_all(self::finding(finding, &view, screen)?.as_bytes())?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// One finding, as a paragraph.
pub fn finding(finding: &Finding, view: &View, screen: Screen) -> io::Result<String> {
    let text = finding_text(finding, view, screen).map_err(io::Error::other)?;
    Ok(disarm(&text).into_owned())
}

/// Writes what could not be done, for standard error.
pub fn write_troubles(run: &Run, show: &Show, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let foreign = Foreign::new(*show, &run.reports);
    for trouble in &run.troubles {
        let text = trouble_text(trouble, &foreign, screen).map_err(io::Error::other)?;
        out.write_all(disarm(&text).as_bytes())?;
    }
    Ok(())
}

fn finding_text(finding: &Finding, view: &View, screen: Screen) -> Result<String, fmt::Error> {
    let head = format!("{}[{}]", finding.severity.name(), view.show.safe(&finding.rule));
    let mut text = paragraph("", &head, severity_color(finding.severity), &view.words(&finding.message), screen);
    for excerpt in view.excerpts(&finding.labels, columns(screen)) {
        draw(&excerpt, view.show, screen, &mut text)?;
    }
    let help = finding.help.as_ref().map(|help| view.words(help));
    if let Some(help) = &help {
        text += &paragraph("  ", "help", HINT, help, screen);
    }
    if let Some(code) = &finding.code {
        text += &code_lines(&code.shown(|line| view.show.safe(line)), screen);
    }
    // Often the fix does just what the help says.
    if let Some(title) =
        finding.fix.as_ref().map(|fix| view.copy(&fix.title)).filter(|title| Some(title) != help.as_ref())
    {
        text += &paragraph("  ", "fix", HINT, &title, screen);
    }
    if let Some(basis) = finding.basis.first() {
        text += &paragraph("  ", "docs", HINT, &view.show.safe(basis), screen);
    }
    Ok(text)
}

/// A line a language, one below the other; they are fit to be shown.
pub fn code_lines(code: &Code, screen: Screen) -> String {
    let width = code.lines().map(|(language, _)| language.len()).max().unwrap_or(0);
    let line = |(language, line): (&str, &str)| {
        format!("    {}:{} {line}\n", paint(language, HINT, screen), " ".repeat(width - language.len()))
    };
    code.lines().map(line).collect()
}

fn trouble_text(trouble: &Trouble, foreign: &Foreign, screen: Screen) -> Result<String, fmt::Error> {
    let name = trouble.source.as_deref().unwrap_or("");
    let mut message = foreign.text(&trouble.message);
    let excerpt = trouble.text.as_ref().zip(trouble.span).and_then(|(text, span)| {
        let mut sources = Sources::new();
        let source = sources.add_given(name, text.as_str());
        let label = Label { place: Place { source, span }, text: Vec::<Word>::new(), path: None };
        View::new(foreign.show, &sources, &Facts::new()).excerpts(&[label], columns(screen)).into_iter().next()
    });
    if excerpt.is_none() && !name.is_empty() {
        message = format!("{}: {message}", foreign.text(name));
    }
    let mut text = paragraph("", "error", severity_color(Severity::Error), &message, screen);
    if let Some(excerpt) = excerpt {
        draw(&excerpt, foreign.show, screen, &mut text)?;
    }
    if let Some(help) = &trouble.help {
        text += &paragraph("  ", "help", HINT, &foreign.text(help), screen);
    }
    Ok(text)
}

/// How many columns of an excerpt's line fit beside the line numbers.
fn columns(screen: Screen) -> usize {
    screen.width.saturating_sub(8)
}

/// `1 error · 143 rules over 1 request in 1 file · nothing left unchecked`.
pub fn summary(run: &Run, show: &Show, screen: Screen) -> String {
    let dot = if show.unicode { " · " } else { " - " };
    let counts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .map(|severity| (severity, run.found(severity)))
        .filter(|(_, count)| *count > 0)
        .map(|(severity, count)| paint(&counted(count, severity.name()), severity_color(severity), screen))
        .collect();
    let found = if counts.is_empty() { "no findings".to_owned() } else { counts.join(", ") };
    let mut parts = vec![found];
    if run.left_out > 0 {
        parts.push(format!("{} more not shown", run.left_out));
    }
    if run.fixed > 0 {
        parts.push(format!("{} fixed", run.fixed));
    }
    parts.extend(fixable(run));
    if run.suppressed > 0 {
        parts.push(format!("{} suppressed", run.suppressed));
    }
    parts.push(match run.inputs {
        0 => "nothing was checked".to_owned(),
        inputs => format!(
            "{} over {} in {}",
            counted(run.rules_run, "rule"),
            counted(run.things, noun(run)),
            counted(inputs, if run.has_literals { "input" } else { "file" })
        ),
    });
    if run.ignored > 0 {
        parts.push(format!("{} ignored and not read", counted(run.ignored, ".env file")));
    }
    parts.extend(signatures(run));
    let unchecked: Vec<String> =
        run.not_checked.iter().map(|n| show.safe(&format!("{} ({})", n.what, n.needs))).collect();
    match unchecked.as_slice() {
        [] if run.inputs == 0 => {}
        [] => parts.push("nothing left unchecked".to_owned()),
        list => parts.push(format!("not checked: {}", list.join(", "))),
    }
    parts.join(dot) + "\n"
}

/// `2 can be fixed (check --fix), 1 with --fix=unsafe`.
fn fixable(run: &Run) -> Option<String> {
    let count = |safe| run.findings().filter(|f| f.fix.as_ref().is_some_and(|fix| fix.safe == safe)).count();
    match (count(true), count(false)) {
        (0, 0) => None,
        (safe, 0) => Some(format!("{safe} can be fixed (check --fix)")),
        (0, guessed) => Some(format!("{guessed} can be fixed (check --fix=unsafe)")),
        (safe, guessed) => Some(format!("{safe} can be fixed (check --fix), {guessed} more with --fix=unsafe")),
    }
}

/// `signature verified`, `2 signatures verified, 1 failed`; what was not checked is said elsewhere.
fn signatures(run: &Run) -> Option<String> {
    match (run.signatures(SignatureState::Verified), run.signatures(SignatureState::Failed)) {
        (0, 0) => None,
        (1, 0) => Some("signature verified".to_owned()),
        (0, 1) => Some("signature failed".to_owned()),
        (n, 0) => Some(format!("{n} signatures verified")),
        (0, n) => Some(format!("{n} signatures failed")),
        (n, failed) => Some(format!("{} verified, {failed} failed", counted(n, "signature"))),
    }
}

/// What the things are called: by their kind if they are all of one.
fn noun(run: &Run) -> &'static str {
    let mut kinds = run.kinds.iter();
    match (kinds.next(), kinds.next()) {
        (Some(kind), None) if *kind != Thing::Text => kind.name(),
        _ => "thing",
    }
}

const HINT: &str = "36";

fn severity_color(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "1;31",
        Severity::Warning => "1;33",
        Severity::Note => "1;36",
    }
}

/// The text in a colour (SGR parameters), if the screen has any.
pub(crate) fn paint(text: &str, color: &str, screen: Screen) -> String {
    if screen.color && !color.is_empty() { format!("\u{1b}[{color}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// `head: text`, broken at blanks where it would be too wide, the further lines indented.
pub(crate) fn paragraph(indent: &str, head: &str, color: &str, text: &str, screen: Screen) -> String {
    let mut lines = format!("{indent}{}:", paint(head, color, screen));
    let mut used = indent.len() + head.chars().count() + 1;
    for word in text.split(' ') {
        let length = word.chars().count();
        if used + 1 + length > screen.width && used > 8 {
            lines += "\n       ";
            used = 7;
        }
        lines.push(' ');
        lines += word;
        used += 1 + length;
    }
    lines.push('\n');
    lines
}

/// Draws an excerpt. Of miette's report this is the part between the message, which we leave empty, and the footer.
fn draw(excerpt: &Excerpt, show: Show, screen: Screen, text: &mut String) -> fmt::Result {
    let theme = GraphicalTheme {
        characters: if show.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() },
        styles: if screen.color { ThemeStyles::ansi() } else { ThemeStyles::none() },
    };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_links(false)
        .without_primary_span_start()
        .without_syntax_highlighting();
    let mut drawn = String::new();
    handler.render_report(&mut drawn, &Drawing(excerpt))?;
    *text += drawn.split_once('\n').map_or("", |(_, body)| body);
    Ok(())
}

/// An excerpt as miette wants it.
#[derive(Debug)]
struct Drawing<'a>(&'a Excerpt);

impl fmt::Display for Drawing<'_> {
    fn fmt(&self, _: &mut fmt::Formatter) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Drawing<'_> {}

impl Diagnostic for Drawing<'_> {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.0.marks.iter().map(|mark| {
            let text = (!mark.text.is_empty()).then(|| mark.text.clone());
            LabeledSpan::new(text, mark.span.start, mark.span.len())
        })))
    }
}

impl SourceCode for Drawing<'_> {
    /// Always the whole excerpt, whatever miette asks for: its lines were chosen before.
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = &self.0.text;
        Ok(Box::new(MietteSpanContents::new_named(
            self.0.name.clone(),
            text.as_bytes(),
            (0, text.len()).into(),
            self.0.line.saturating_sub(1),
            0,
            text.matches('\n').count(),
        )))
    }
}
