//! `tokenlint rules`: what this binary knows.

use std::io::{self, BufWriter, IsTerminal, Write};

use serde::Serialize;

use super::look::screen;
use super::{Color, Outcome, Rules, TableFormat, options};
use crate::finding::{Confidence, Severity, Trouble};
use crate::load::RuleSet;
use crate::options::nearest;
use crate::platform::Platform;
use crate::report::human::{self, Screen, paint};
use crate::rule::{Rule, Str};
use crate::show::Show;

#[derive(Serialize)]
struct Known<'a> {
    rules: Vec<KnownRule<'a>>,
    platforms: Vec<KnownPlatform<'a>>,
}

#[derive(Serialize)]
struct KnownRule<'a> {
    id: &'a str,
    title: &'a str,
    severity: Severity,
    confidence: Confidence,
    since: &'a str,
    basis: &'a [Str],
    /// `safe`, `unsafe`, or `null` if it has no fix.
    fix: Option<&'static str>,
}

#[derive(Serialize)]
struct KnownPlatform<'a> {
    id: &'a str,
    title: &'a str,
    docs: &'a str,
    apis: Vec<KnownApi<'a>>,
    credentials: Vec<KnownCredential<'a>>,
    scopes: Vec<&'a str>,
}

#[derive(Serialize)]
struct KnownApi<'a> {
    id: &'a str,
    title: &'a str,
    urls: &'a [Str],
    /// Ids of credentials.
    accepts: &'a [Str],
}

#[derive(Serialize)]
struct KnownCredential<'a> {
    id: &'a str,
    title: &'a str,
    scheme: &'a [Str],
    carrier: &'a [Str],
}

/// Runs the command.
pub fn run(typed: &Rules) -> Outcome {
    let set = RuleSet::builtin();
    let show = Show { reveal: false, unicode: options::unicode() };
    let troubles = unknown(typed, &set);
    if !troubles.is_empty() {
        let run = crate::run::Run::failed(troubles);
        let screen = screen(Color::Auto, io::stderr().is_terminal());
        let _ = human::write_troubles(&run, &show, screen, &mut io::stderr().lock());
        return Outcome::Failed;
    }
    let known = known(typed, &set);
    let stdout = io::stdout();
    let screen = screen(Color::Auto, stdout.is_terminal());
    let mut out = BufWriter::new(stdout.lock());
    let printed = match typed.format {
        TableFormat::Json => serde_json::to_writer(&mut out, &known).map_err(io::Error::other),
        TableFormat::Human => write(&known, screen, &mut out),
    };
    match printed.and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Outcome::Failed,
        _ => Outcome::Clean,
    }
}

/// A family or platform that there is not.
fn unknown(typed: &Rules, set: &RuleSet) -> Vec<Trouble> {
    let trouble = |message: String, help: String| Trouble { message, help: Some(help), ..Trouble::default() };
    let mut troubles = Vec::new();
    if let Some(family) = &typed.family {
        let mut families: Vec<&str> = set.rules.iter().map(family_of).collect();
        families.dedup();
        if !families.contains(&family.as_str()) {
            let help = nearest(family, families.iter().copied());
            troubles.push(trouble(format!("there is no family `{family}`"), help));
        }
    }
    if let Some(id) = &typed.platform {
        if !set.platforms.iter().any(|p| p.id == *id) {
            let help = nearest(id, set.platforms.iter().map(|p| p.id.as_ref()));
            troubles.push(trouble(format!("there is no platform `{id}`"), help));
        }
    }
    troubles
}

fn family_of(rule: &Rule) -> &str {
    rule.id.split('/').next().unwrap_or_default()
}

fn known<'a>(typed: &Rules, set: &'a RuleSet) -> Known<'a> {
    let is_wanted = |rule: &&Rule| {
        typed.family.as_deref().is_none_or(|f| family_of(rule) == f)
            && typed.severity.is_none_or(|s| rule.severity == s.into())
            // The rules of a platform's own, and those that read its contract.
            && typed.platform.as_deref().is_none_or(|p| family_of(rule) == p || family_of(rule) == "platform")
            && !typed.platforms
    };
    let is_listed = |platform: &&Platform| match &typed.platform {
        Some(id) => platform.id == *id,
        None => {
            typed.platforms || typed.format == TableFormat::Json && typed.family.is_none() && typed.severity.is_none()
        }
    };
    Known {
        rules: set.rules.iter().filter(is_wanted).map(rule).collect(),
        platforms: set.platforms.iter().filter(is_listed).map(platform).collect(),
    }
}

fn rule(rule: &Rule) -> KnownRule<'_> {
    KnownRule {
        id: &rule.id,
        title: &rule.title,
        severity: rule.severity,
        confidence: rule.confidence,
        since: &rule.since,
        basis: &rule.basis,
        fix: rule.fix.as_ref().map(|fix| if fix.safe { "safe" } else { "unsafe" }),
    }
}

fn platform(platform: &Platform) -> KnownPlatform<'_> {
    KnownPlatform {
        id: &platform.id,
        title: &platform.title,
        docs: &platform.docs,
        apis: platform
            .apis
            .iter()
            .map(|api| KnownApi { id: &api.id, title: &api.title, urls: &api.urls, accepts: &api.accepts })
            .collect(),
        credentials: platform
            .credentials
            .iter()
            .map(|c| KnownCredential { id: &c.id, title: &c.title, scheme: &c.scheme, carrier: &c.carrier })
            .collect(),
        scopes: platform.scopes.iter().map(|scope| scope.id.as_ref()).collect(),
    }
}

fn write(known: &Known, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let width = known.rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut family = "";
    for rule in &known.rules {
        let of = rule.id.split('/').next().unwrap_or_default();
        if of != family {
            writeln!(out, "{}{}", if family.is_empty() { "" } else { "\n" }, paint(of, "1", screen))?;
            family = of;
        }
        writeln!(out, "  {:width$}  {:7}  {}", rule.id, rule.severity.name(), rule.title)?;
    }
    for (i, platform) in known.platforms.iter().enumerate() {
        let gap = if i == 0 && known.rules.is_empty() { "" } else { "\n" };
        writeln!(out, "{gap}{}  {}  {}", paint(platform.id, "1", screen), platform.title, platform.docs)?;
        writeln!(out, "  APIs")?;
        for api in &platform.apis {
            let accepts: Vec<&str> = platform
                .credentials
                .iter()
                .filter(|c| api.accepts.iter().any(|id| id == c.id))
                .map(|c| c.title)
                .collect();
            writeln!(out, "    {}: {}", api.title, or_any(&accepts.join(", ")))?;
            api.urls.iter().try_for_each(|url| writeln!(out, "      {url}"))?;
        }
        writeln!(out, "  credentials")?;
        for credential in &platform.credentials {
            let carrier = match credential.carrier {
                [] => String::new(),
                list => format!(" in {}", list.join(" or ")),
            };
            writeln!(out, "    {}: {}{carrier}", credential.title, or_any(&credential.scheme.join(" or ")))?;
        }
        if !platform.scopes.is_empty() {
            writeln!(out, "  scopes\n    {}", platform.scopes.join(" "))?;
        }
    }
    if known.rules.len() > 1 {
        writeln!(out, "\n{} rules; `tokenlint explain RULE` says more about one", known.rules.len())?;
    }
    Ok(())
}

fn or_any(text: &str) -> &str {
    if text.is_empty() { "not documented" } else { text }
}
