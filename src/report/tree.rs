//! `debug` for people: what was recognised, each layer with a verdict on every part, and a picture of time.

use std::io::{self, Write};

use super::human::{Screen, paint};
use super::timeline;
use crate::finding::{Word, Words};
use crate::inspect::{Layer, Outline, Part, Verdict};
use crate::repair::{Change, Repaired};
use crate::run::Run;
use crate::show::{Show, View, disarm};

/// The widest column of names and of values, in characters.
const NAME: usize = 24;
const VALUE: usize = 30;
/// Fewer columns than this for remarks, and they go under their part.
const REMARKS: usize = 28;

/// Between what stands in what.
const ARROW: &str = " › ";
const ASCII_ARROW: &str = " > ";

const STRONG: &str = "1";
const FAINT: &str = "2";

/// Writes the outlines of each report.
pub fn write(outlines: &[Vec<Outline>], run: &Run, show: &Show, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let several = outlines.iter().flatten().any(|o| o.number > 1);
    for (report, outlines) in run.reports.iter().zip(outlines) {
        let view = View::new(*show, &report.sources, &report.facts);
        for outline in outlines {
            let text = shown(outline, several, &view, screen);
            out.write_all(disarm(&text).as_bytes())?;
        }
    }
    Ok(())
}

/// Writes the corrected tokens: what changed, as a diff, and the token itself, whole, for it was asked for.
pub fn write_repairs(outlines: &[Vec<Outline>], show: &Show, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let outlines = || outlines.iter().flatten();
    let several = outlines().any(|o| o.number > 1);
    for outline in outlines() {
        let Some(repaired) = &outline.repaired else { continue };
        let heading =
            if several { format!("corrected claims of {}", outline.number) } else { "corrected claims".into() };
        out.write_all(format!("\n{}\n", paint(&heading, STRONG, screen)).as_bytes())?;
        out.write_all(disarm(&diff(repaired, show, screen)).as_bytes())?;
        if let (Some(token), Some((key, alg))) = (&repaired.token, &repaired.signed_by) {
            let heading = format!("corrected token, signed by {key} with {}", show.text(alg));
            out.write_all(format!("\n{}\n{token}\n", paint(&heading, STRONG, screen)).as_bytes())?;
        }
    }
    if !outlines().any(|o| o.repaired.is_some()) {
        out.write_all(b"\nthere are no claims to correct\n")?;
    }
    Ok(())
}

fn diff(repaired: &Repaired, show: &Show, screen: Screen) -> String {
    let mut text = String::new();
    if !repaired.members.iter().any(Change::is_new) {
        text += "  nothing to correct\n";
        return text;
    }
    for change in &repaired.members {
        let part = if change.part == "header" { " (JOSE header)" } else { "" };
        let line = |value: &str| show.text(&format!("\"{}\": {value}", change.name));
        if !change.is_new() {
            text += &format!("{}\n", paint(&format!("  {}", line(&change.is)), FAINT, screen));
            continue;
        }
        if let Some(was) = &change.was {
            text += &format!("{}{part}\n", paint(&format!("- {}", line(was)), "31", screen));
        }
        text += &format!("{}{part}\n", paint(&format!("+ {}", line(&change.is)), "32", screen));
    }
    if !repaired.left.is_empty() {
        text += &format!("  only you know how to correct {}\n", repaired.left.join(", "));
    } else if repaired.token.is_none() {
        text += "  give the key of the signer, `--key`, to have the token signed anew\n";
    }
    text
}

/// Where it stands and what it is: `curl command › Authorization header › Bearer › JWT (JWS) · LiveLike, client-generated`.
pub fn heading(outline: &Outline, view: &View) -> String {
    let (arrow, dot) = if view.show.unicode { (ARROW, " · ") } else { (ASCII_ARROW, " - ") };
    let trail: Vec<String> = outline.trail.iter().map(|words| view.words(words)).collect();
    let identity = outline.identity.as_ref().map(|words| format!("{dot}{}", view.words(words))).unwrap_or_default();
    trail.join(arrow) + &identity
}

fn shown(outline: &Outline, several: bool, view: &View, screen: Screen) -> String {
    let arrow = if view.show.unicode { ARROW } else { ASCII_ARROW };
    let heading = heading(outline, view);
    let mut text = String::new();
    let mut number = if several { format!("{}. ", outline.number) } else { String::new() };
    if outline.is_inner {
        number += arrow.trim_start();
    }
    for (i, line) in wrapped(&heading, screen.width.saturating_sub(number.chars().count())).into_iter().enumerate() {
        let lead = if i == 0 { number.clone() } else { " ".repeat(number.chars().count()) };
        text += &format!("{lead}{}\n", paint(&line, STRONG, screen));
    }
    text.push('\n');
    let parts = || outline.layers.iter().flat_map(|layer| &layer.parts);
    let widths = Widths {
        name: parts().map(|part| name(part, view).chars().count()).max().unwrap_or(0).min(NAME),
        value: parts().map(|part| view.words(&part.value).chars().count()).filter(|n| *n <= VALUE).max().unwrap_or(0),
    };
    for layer in &outline.layers {
        push_layer(&mut text, layer, widths, view, screen);
    }
    let picture = timeline::draw(&outline.times, screen.width.saturating_sub(2), view.show.unicode);
    if !picture.is_empty() {
        text.push('\n');
        picture.iter().for_each(|line| text += &format!("  {line}\n"));
    }
    text.push('\n');
    text
}

#[derive(Clone, Copy)]
struct Widths {
    name: usize,
    value: usize,
}

fn push_layer(text: &mut String, layer: &Layer, widths: Widths, view: &View, screen: Screen) {
    // A layer of one part that is called as the layer needs no heading.
    let alone = matches!(layer.parts.as_slice(), [part] if part.name == layer.title);
    if !alone {
        *text += &format!("  {}\n", paint(&layer.title, STRONG, screen));
    }
    let indent = if alone { 2 } else { 4 };
    let name_width = widths.name + 4 - indent;
    for part in &layer.parts {
        let room = screen.width.saturating_sub(indent + name_width + 6).max(16);
        let value = clipped(&view.words(&part.value), room, view);
        let remarks = remarks(part, view);
        let (symbol, color) = symbol(part.verdict, view.show.unicode);
        let before = indent + name_width + 2 + widths.value + 2 + 2;
        let beside = screen.width.saturating_sub(before) >= REMARKS;
        let mut line = format!("{}{}", " ".repeat(indent), padded(&name(part, view), name_width + 2));
        let too_long = value.chars().count() > widths.value;
        line += &if too_long || !beside { value.clone() + "  " } else { padded(&value, widths.value + 2) };
        line += &if symbol == " " { symbol.to_owned() } else { paint(symbol, color, screen) };
        let column = if beside { before } else { indent + 4 };
        let mut lines = wrapped(&remarks, screen.width.saturating_sub(column).max(16)).into_iter();
        if beside && !too_long {
            if let Some(first) = lines.next().filter(|l| !l.is_empty()) {
                line += &format!(" {}", paint(&first, remark_color(part.verdict), screen));
            }
        }
        *text += line.trim_end();
        text.push('\n');
        for more in lines.filter(|l| !l.is_empty()) {
            *text += &format!("{}{}\n", " ".repeat(column), paint(&more, remark_color(part.verdict), screen));
        }
    }
}

fn name(part: &Part, view: &View) -> String {
    view.words(&[Word::Value { text: part.name.clone(), secret: false }])
}

/// What it means and why it is right, then what is wrong with it and which rule says so.
fn remarks(part: &Part, view: &View) -> String {
    let said: Vec<String> = part.remarks.iter().map(|words: &Words| view.words(words)).collect();
    let mut lines = vec![said.join("; ")];
    for flaw in &part.flaws {
        lines.push(format!("{} [{}]", view.words(&flaw.label), view.show.safe(&flaw.rule)));
    }
    lines.retain(|line| !line.is_empty());
    lines.join("\n")
}

fn symbol(verdict: Verdict, unicode: bool) -> (&'static str, &'static str) {
    match (verdict, unicode) {
        (Verdict::Pass, true) => ("✔", "32"),
        (Verdict::Pass, false) => ("+", "32"),
        (Verdict::Note, _) => ("i", "36"),
        (Verdict::Warn, _) => ("!", "33"),
        (Verdict::Fail, true) => ("✘", "31"),
        (Verdict::Fail, false) => ("x", "31"),
        (Verdict::Unchecked, _) => ("?", "33"),
        (Verdict::Absent, true) => ("·", FAINT),
        (Verdict::Absent, false) => ("-", FAINT),
        (Verdict::Shown, _) => (" ", FAINT),
    }
}

fn remark_color(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Fail | Verdict::Warn | Verdict::Note => "",
        _ => FAINT,
    }
}

/// The text, cut where it does not fit.
fn clipped(text: &str, room: usize, view: &View) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    let ellipsis = if view.show.unicode { "…" } else { "..." };
    text.chars().take(room - ellipsis.chars().count()).collect::<String>() + ellipsis
}

fn padded(text: &str, width: usize) -> String {
    let used = text.chars().count();
    format!("{text}{}", " ".repeat(width.saturating_sub(used).max(1)))
}

/// The text in lines of at most so many columns, broken at blanks; a longer word stands alone.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        for word in paragraph.split(' ') {
            if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut line));
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line += word;
        }
        lines.push(line);
    }
    lines
}
