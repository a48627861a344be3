//! `tokenlint mint`: a correct token for a platform whose users sign their own.

#![allow(clippy::disallowed_methods)]

use std::io::{self, IsTerminal, Write};

use jiff::{SignedDuration, Span, SpanRelativeTo};

use super::options::{now, pairs, trouble};
use super::{Color, Mint, Outcome, keys, look, options};
use crate::finding::{Severity, Trouble};
use crate::load::RuleSet;
use crate::mint::{Order, draft};
use crate::options::{Input, Options, nearest};
use crate::platform::{JwtProfile, Platform};
use crate::recognise::Kind;
use crate::report::human;
use crate::run::Run;
use crate::show::Show;
use crate::verify::keys::{GivenKey, Key};

/// A token, and what there is to say about it.
struct Minted {
    token: String,
    run: Run,
}

/// Runs the command.
pub fn run(mint: &Mint) -> Outcome {
    let show = Show { reveal: false, unicode: options::unicode() };
    match minted(mint) {
        Ok(minted) => match print(&minted, &show, mint.color) {
            Ok(outcome) => outcome,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Outcome::Clean,
            Err(_) => Outcome::Failed,
        },
        Err(troubles) => {
            let run = Run::failed(troubles);
            // If standard error is closed, the exit status says it.
            let _ = look::write_troubles(&run, &show, mint.color);
            Outcome::Failed
        }
    }
}

fn minted(mint: &Mint) -> Result<Minted, Vec<Trouble>> {
    let mut troubles = Vec::new();
    let set = options::rule_set(&mint.rules, &mut troubles);
    let claims = pairs("--claim", &mint.claims, &mut troubles);
    let header = pairs("--header", &mint.header, &mut troubles);
    let expect = options::expect(&mint.expect, &mut troubles);
    let keys = keys::keys(std::slice::from_ref(&mint.key), false, &mut troubles);
    let ttl = mint.ttl.as_deref().map(seconds).transpose().unwrap_or_else(|error| {
        troubles.push(error);
        None
    });
    let now = time(mint.now.as_deref()).unwrap_or_else(|error| {
        troubles.push(error);
        0
    });
    let profile = profile(mint, &set).unwrap_or_else(|error| {
        troubles.push(error);
        None
    });
    let (Some((platform, profile)), [given], true) = (profile, keys.as_slice(), troubles.is_empty()) else {
        return Err(troubles);
    };
    let (key, alg) = key(given, platform, profile).map_err(|error| vec![error])?;
    let has_end = claims.iter().any(|(name, _)| name == "exp");
    let ttl = ttl.or_else(|| usual_lifetime(profile).filter(|_| !has_end));
    let order = Order { profile, header: &header, claims: &claims, alg, ttl, now };
    let Some(token) = draft(&order).signed(key) else {
        let help = "give a whole private key, or leave `alg` to tokenlint".to_owned();
        return Err(vec![trouble(format!("{} cannot sign this token", given.name), help)]);
    };
    let mut options = Options { now: Some(now), expect, platform: Some(platform.id.to_string()), ..Options::default() };
    options.expect.push(("credential".to_owned(), vec![profile.id.to_string()]));
    options.keys = keys;
    let input = Input { name: "<minted token>".to_owned(), text: token.clone(), kind: Some(Kind::Token) };
    Ok(Minted { token, run: Run::from(crate::lint(&input, &set, &options)) })
}

/// The contract and its profile of the tokens that its users sign.
fn profile<'a>(mint: &Mint, set: &'a RuleSet) -> Result<Option<(&'a Platform, &'a JwtProfile)>, Trouble> {
    let minting = |platform: &&Platform| platform.jwts.iter().any(|jwt| jwt.key.is_some());
    let names = || set.platforms.iter().filter(minting).map(|p| p.id.as_ref());
    let Some(platform) = set.platforms.iter().find(|platform| platform.id == mint.platform) else {
        let known = set.platforms.iter().map(|p| p.id.as_ref());
        return Err(trouble(format!("there is no platform `{}`", mint.platform), nearest(&mint.platform, known)));
    };
    let mut profiles = platform.jwts.iter().filter(|jwt| jwt.key.is_some());
    let found = match &mint.credential {
        Some(id) => profiles.find(|jwt| jwt.id == *id),
        None => profiles.next(),
    };
    match found {
        Some(profile) => Ok(Some((platform, profile))),
        None if mint.credential.is_some() => {
            let ids: Vec<&str> =
                platform.jwts.iter().filter(|jwt| jwt.key.is_some()).map(|jwt| jwt.id.as_ref()).collect();
            Err(trouble(
                format!("--credential: {} has no token of that kind that its users sign", platform.title),
                format!("write one of {}", ids.join(", ")),
            ))
        }
        None => Err(trouble(
            format!("{} issues its tokens itself: its users sign none", platform.title),
            format!(
                "see where they come from with `tokenlint rules --platform {}`; users sign tokens for {}",
                platform.id,
                names().collect::<Vec<_>>().join(", ")
            ),
        )),
    }
}

/// The key that signs, and the algorithm that the contract and it agree on.
fn key<'a>(given: &'a GivenKey, platform: &Platform, profile: &'a JwtProfile) -> Result<(&'a Key, &'a str), Trouble> {
    let algs = || profile.alg.iter().map(AsRef::as_ref);
    let serves = |key: &&Key, alg: &str| key.material.as_ref().is_some_and(|material| material.serves(alg));
    let fits = given.keys.iter().find_map(|key| Some((key, algs().find(|alg| serves(&key, alg))?)));
    let wanted = profile.key.as_deref().unwrap_or("the key of the signer");
    match fits {
        Some((key, alg)) if key.sign(alg, b"").is_some() => Ok((key, alg)),
        Some(_) => Err(trouble(
            format!("{} is only the public half of a key, or damaged: it cannot sign", given.name),
            format!("give the private key: {wanted}"),
        )),
        None => {
            let is =
                given.keys.iter().find_map(|key| key.material.as_ref()).map_or(given.form.to_owned(), |m| m.name());
            let alg = algs().collect::<Vec<_>>().join(" or ");
            Err(trouble(
                format!("{} is {is}, and {} wants {alg}", given.name, platform.title),
                format!("give {wanted}"),
            ))
        }
    }
}

/// How long a token is valid if nobody says it and the contract wants an end: an hour, or as near to it as the platform
/// takes, in seconds.
fn usual_lifetime(profile: &JwtProfile) -> Option<i64> {
    const HOUR: i64 = 3600;
    let has_end = profile.claims.iter().any(|(name, need)| name == "exp" && need.required);
    let most = profile.lifetime.unwrap_or(HOUR).min(HOUR);
    has_end.then_some(most.max(profile.min_lifetime.unwrap_or(0)))
}

/// A duration in seconds: `24h`, `15m`, `7d`, `1h30m`, ISO 8601.
fn seconds(written: &str) -> Result<i64, Trouble> {
    let span: Option<Span> = written.parse().ok();
    let duration = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    match duration.map(|d: SignedDuration| d.as_secs()).filter(|seconds| *seconds > 0) {
        Some(seconds) => Ok(seconds),
        None => Err(trouble(
            format!("--ttl {written} is no duration"),
            "write a number with its unit, such as 15m, 24h or 7d".into(),
        )),
    }
}

fn time(written: Option<&str>) -> Result<i64, Trouble> {
    now(written)?.ok_or_else(|| {
        trouble("--now none: a token is signed at some time".into(), "leave the option out, or write a time".into())
    })
}

/// The token on standard output if there is no error; findings worth reading on standard error.
fn print(minted: &Minted, show: &Show, color: Color) -> io::Result<Outcome> {
    let worst = minted.run.findings().map(|f| f.severity).max().unwrap_or(Severity::Note);
    if worst > Severity::Note {
        let stderr = io::stderr();
        let screen = look::screen(color, stderr.is_terminal());
        human::write(&minted.run, show, screen, &mut stderr.lock())?;
    }
    if worst == Severity::Error {
        writeln!(io::stderr(), "\nno token is printed: correct `--claim`, `--header`, `--ttl` or `--key`")?;
        return Ok(Outcome::Found);
    }
    writeln!(io::stdout(), "{}", minted.token)?;
    Ok(Outcome::Clean)
}
