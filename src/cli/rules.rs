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
    /// Ids of the credentials that its users sign themselves: what `tokenlint mint` makes.
    mints: Vec<&'a str>,
    /// How many messages of its servers are explained.
    errors: usize,
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
    /// Headers and parameters other than Authorization.
    carrier: &'a [Str],
    /// `secret`, `public` or `short-lived`.
    exposure: &'a str,
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
        let mut families: Vec<&str> = set.rules.iter().map(|rule| family_of(&rule.id)).collect();
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

fn family_of(id: &str) -> &str {
    id.split('/').next().unwrap_or_default()
}

fn known<'a>(typed: &Rules, set: &'a RuleSet) -> Known<'a> {
    let is_wanted = |rule: &&Rule| {
        let family = family_of(&rule.id);
        typed.family.as_deref().is_none_or(|f| family == f)
            && typed.severity.is_none_or(|s| rule.severity == s.into())
            // The rules of a platform's own, and those that read its contract.
            && typed.platform.as_deref().is_none_or(|p| family == p || family == "platform")
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
            .map(|c| KnownCredential {
                id: &c.id,
                title: &c.title,
                scheme: &c.scheme,
                carrier: &c.carrier,
                exposure: c.exposure.name(),
            })
            .collect(),
        mints: platform.jwts.iter().filter(|jwt| jwt.key.is_some()).map(|jwt| jwt.id.as_ref()).collect(),
        errors: platform.errors.len(),
        scopes: platform.scopes.iter().map(|scope| scope.id.as_ref()).collect(),
    }
}

fn write(known: &Known, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let width = known.rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut family = "";
    for rule in &known.rules {
        if family_of(rule.id) != family {
            let gap = if family.is_empty() { "" } else { "\n" };
            family = family_of(rule.id);
            writeln!(out, "{gap}{}", paint(family, "1", screen))?;
        }
        writeln!(out, "  {:width$}  {:7}  {}", rule.id, rule.severity.name(), rule.title)?;
    }
    match known.platforms.as_slice() {
        [] => {}
        [platform] => contract(platform, if known.rules.is_empty() { "" } else { "\n" }, screen, out)?,
        platforms => table(platforms, screen, out)?,
    }
    if known.rules.len() > 1 {
        writeln!(out, "\n{} rules; `tokenlint explain RULE` says more about one", known.rules.len())?;
    }
    Ok(())
}

/// A line a platform.
fn table(platforms: &[KnownPlatform], screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    let widest = |text: fn(&KnownPlatform) -> usize| platforms.iter().map(text).max().unwrap_or(0);
    let (id, title) = (widest(|p| p.id.len()).max(2), widest(|p| p.title.chars().count()).max(8));
    let heading = format!("{:id$}  {:title$}  APIs  credentials  errors  tokens to mint", "id", "platform");
    writeln!(out, "{}", paint(&heading, "1", screen))?;
    for p in platforms {
        let (apis, credentials, mints) = (p.apis.len(), p.credentials.len(), p.mints.join(", "));
        let line = format!("{:id$}  {:title$}  {apis:4}  {credentials:11}  {:6}  {mints}", p.id, p.title, p.errors);
        writeln!(out, "{}", line.trim_end())?;
    }
    writeln!(out, "\n{} platforms; `tokenlint rules --platform ID` says all of one", platforms.len())
}

/// All that a contract lists.
fn contract(platform: &KnownPlatform, gap: &str, screen: Screen, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{gap}{}  {}  {}", paint(platform.id, "1", screen), platform.title, platform.docs)?;
    writeln!(out, "  APIs")?;
    for api in &platform.apis {
        let accepted = platform.credentials.iter().filter(|c| api.accepts.iter().any(|id| id == c.id));
        let accepted: Vec<&str> = accepted.map(|c| c.title).collect();
        let accepted = if accepted.is_empty() { "not documented".to_owned() } else { accepted.join(", ") };
        writeln!(out, "    {}: {accepted}", api.title)?;
        api.urls.iter().try_for_each(|url| writeln!(out, "      {url}"))?;
    }
    writeln!(out, "  credentials")?;
    for credential in &platform.credentials {
        writeln!(out, "    {}: {}", credential.title, credential.sent())?;
    }
    if !platform.mints.is_empty() {
        writeln!(out, "  tokens to mint\n    {}", platform.mints.join(", "))?;
    }
    if !platform.scopes.is_empty() {
        writeln!(out, "  scopes\n    {}", platform.scopes.join(" "))?;
    }
    Ok(())
}

impl KnownCredential<'_> {
    /// How it is sent: `Authorization: Bearer`, `x-api-key`.
    fn sent(&self) -> String {
        let schemes: Vec<&str> = self.scheme.iter().map(AsRef::as_ref).filter(|scheme| !scheme.is_empty()).collect();
        let header = format!("Authorization: {}", schemes.join(" or "));
        let header = (!self.scheme.is_empty()).then(|| header.trim_end_matches([':', ' ']).to_owned());
        let others = self.carrier.iter().map(ToString::to_string).filter(|name| name != "authorization");
        let ways: Vec<String> = header.into_iter().chain(others).collect();
        if ways.is_empty() { "in no header".to_owned() } else { ways.join(", or ") }
    }
}
