//! The command line: what can be typed, and what it means. Nothing after this module sees clap.

mod baseline;
mod check;
mod common;
mod debug;
mod examples;
mod explain;
mod fix;
mod hook;
mod keys;
mod look;
mod made;
mod mint;
mod options;
mod print;
mod progress;
mod rules;
mod run;
mod settings;
mod staged;

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::finding::Severity;
use common::{Color, Common, FailOn, Files};

/// How a run ended. `main` turns it into the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing at or above `--fail-on`.
    Clean,
    /// Findings at or above it.
    Found,
    /// The work could not be done.
    Failed,
    /// A command was run, and this is its exit status.
    Ended(i32),
}

/// Finds out why an API will reject a token, before the request is sent
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true, max_term_width = 100)]
#[command(after_help = "Nothing ever leaves this machine, and credentials are shortened in all output.")]
struct Typed {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check tokens, headers, URLs, curl commands, HTTP messages, JSON; files and folders of them
    #[command(after_help = CHECK_EXAMPLES)]
    Check(Check),
    /// Show everything that is in a token, header, command or response, layer by layer, with a verdict on each part
    #[command(after_help = DEBUG_EXAMPLES)]
    Debug(Debug),
    /// Say what a rule, or an error message of a server or library, means and what to do
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(Explain),
    /// Make a correct token for a platform whose users sign their own
    #[command(after_help = MINT_EXAMPLES)]
    Mint(Mint),
    /// List the rules; with `--platforms` or `--platform` the contracts with their APIs, credentials and scopes
    #[command(args_conflicts_with_subcommands = true)]
    Rules(Rules),
    /// Check a command such as curl, and run it only if nothing is wrong with it
    #[command(after_help = RUN_EXAMPLES)]
    Run(Run),
    /// Check what is staged before each commit: install, remove or run the git pre-commit hook
    #[command(subcommand, after_help = HOOK_EXAMPLES)]
    Hook(Hook),
    /// Print the completions for a shell
    Completions {
        /// The shell
        #[arg(value_enum)]
        shell: Shell,
    },
    /// Print the manual page, for `man -l -`
    Man,
}

const EXPLAIN_EXAMPLES: &str = "Examples:
  tokenlint explain time/milliseconds
  tokenlint explain 'Token used before issued'
  tokenlint explain invalid_grant

Exit status: 0 it is explained, 2 nothing is known about it.";

#[derive(Debug, Args)]
struct Explain {
    /// A rule id, `family/*`, or the message
    #[arg(value_name = "WHAT", required = true)]
    what: Vec<String>,

    /// How to print it
    #[arg(long, value_enum, default_value_t = TableFormat::Human)]
    format: TableFormat,
}

const MINT_EXAMPLES: &str = "Examples:
  tokenlint mint livelike --claim iss=CLIENT_ID --claim custom_profile_id=42 --key env:CLIENT_SECRET --ttl 24h
  curl -H \"Authorization: Bearer $(tokenlint mint livelike …)\" …

The token stands alone on standard output; whatever there is to say goes to standard error.
Exit status: 0 the token is printed, 1 the contract forbids it, 2 it could not be made.";

#[derive(Debug, Args)]
struct Mint {
    /// The platform, such as livelike
    #[arg(value_name = "PLATFORM")]
    platform: String,

    /// A claim; a value that is no JSON is a string, and so is what the platform wants as one. `iat` is set by itself
    #[arg(long = "claim", value_name = "NAME=VALUE")]
    claims: Vec<String>,

    /// A JOSE header parameter, such as `kid=…`; `alg` and `typ` are set by themselves
    #[arg(long = "header", value_name = "NAME=VALUE")]
    header: Vec<String>,

    /// What to sign with: a file, `-`, `env:NAME` or `b64:…` that holds a secret, or a private key as PEM, DER or JWK
    #[arg(long, value_name = "SPEC")]
    key: String,

    /// How long the token is valid, such as `24h`, `15m`, `7d`; where the platform wants an end, an hour by default, or less
    /// if it takes less
    #[arg(long, value_name = "DURATION")]
    ttl: Option<String>,

    /// The kind of token, where the platform knows several
    #[arg(long, value_name = "ID")]
    credential: Option<String>,

    /// The time of signing: RFC 3339 with an offset, or seconds since 1970; the default is the system clock
    #[arg(long, value_name = "TIME")]
    now: Option<String>,

    /// What you know, such as `client_id=…`; the token is checked against it
    #[arg(long, value_name = "NAME=VALUE")]
    expect: Vec<String>,

    /// A folder with rules and platforms of your own
    #[arg(long, value_name = "DIR")]
    rules: Vec<PathBuf>,

    /// Use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
}

const TEST_EXAMPLES: &str = "Examples:
  tokenlint rules test lint/rules

A folder holds `<family>/<name>.toml` and `platforms/<id>.toml`, as for `--rules`.
Exit status: 0 each example is as its file says, 1 one is not, 2 a file is refused.";

#[derive(Debug, Subcommand)]
enum RulesCommand {
    /// Run the examples of your own rules and platforms: what each `[[bad]]` must find, and each `[[good]]` must not
    #[command(after_help = TEST_EXAMPLES)]
    Test {
        /// A folder with rules and platforms
        #[arg(value_name = "DIR", required = true)]
        folders: Vec<PathBuf>,
    },
}

#[derive(Debug, Args)]
struct Rules {
    #[command(subcommand)]
    command: Option<RulesCommand>,

    /// Only the rules of this family
    #[arg(long, value_name = "FAMILY")]
    family: Option<String>,

    /// Only rules of this severity
    #[arg(long, value_enum, value_name = "SEVERITY")]
    severity: Option<Level>,

    /// This platform: its contract, its own rules, and those that read contracts
    #[arg(long, value_name = "ID")]
    platform: Option<String>,

    /// The contracts instead of the rules
    #[arg(long)]
    platforms: bool,

    /// How to print them
    #[arg(long, value_enum, default_value_t = TableFormat::Human)]
    format: TableFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Level {
    Error,
    Warning,
    Note,
}

impl From<Level> for Severity {
    fn from(level: Level) -> Self {
        match level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Note => Severity::Note,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shell {
    Bash,
    Elvish,
    Fish,
    Nushell,
    Powershell,
    Zsh,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TableFormat {
    /// For people
    Human,
    /// One JSON object
    Json,
}

const RUN_EXAMPLES: &str = "Examples:
  tokenlint run -- curl https://api.example.com/me -H \"Authorization: Bearer $TOKEN\"
  tokenlint run --platform livechat -- curl …
  alias curl='tokenlint run -- curl'

The command gets its words as they are, never through a shell. Of curl everything is read; of other programs the
headers, URLs and tokens among their words. What tokenlint has to say goes to standard error.
Exit status: that of the command if it ran, 1 it was not run for what was found, 2 the work could not be done.";

#[derive(Debug, Args)]
struct Run {
    /// Run the command whatever is found
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    common: Common,

    /// The command and its arguments, after `--`
    #[arg(value_name = "COMMAND", required = true, last = true)]
    command: Vec<OsString>,
}

const HOOK_EXAMPLES: &str =
    "A hook that is there already is kept: it runs first, and `uninstall` puts it back. `core.hooksPath` is obeyed.
`git commit --no-verify` commits without it.";

#[derive(Debug, Subcommand)]
enum Hook {
    /// Put the hook where git looks for it
    Install,
    /// Take the hook away, and put back the one that was there before
    Uninstall,
    /// Check what is staged, as the hook does; also for a line in a hook of your own
    Run {
        #[command(flatten)]
        common: Box<Common>,
    },
}

const CHECK_EXAMPLES: &str = "Examples:
  tokenlint check request.http
  tokenlint check 'Authorization: Bearer eyJ…'
  pbpaste | tokenlint check -
  tokenlint check token.jwt --key public.pem
  tokenlint check token.jwt --expect aud=https://api.example.com --now 2027-01-15T08:00:00Z

Exit status: 0 nothing at or above --fail-on, 1 findings at or above it, 2 the work could not be done.";

const DEBUG_EXAMPLES: &str = "Examples:
  tokenlint debug eyJhbGciOi…
  tokenlint debug request.sh --expect aud=https://api.example.com
  pbpaste | tokenlint debug

Marks: ✔ as it has to be, i worth knowing, ! may fail, ✘ fails, ? not checked, · not there.
Exit status: as for check.";

#[derive(Debug, Args)]
struct Check {
    /// Files, folders, `-` for standard input, or a literal token, header, URL or curl command;
    /// on a terminal the default is this folder
    #[arg(value_name = "INPUT")]
    inputs: Vec<OsString>,

    /// Check what is staged in git, as it would be committed; INPUT then names files and folders, and the default is all
    #[arg(long, conflicts_with = "files_from")]
    staged: bool,

    /// Show only what stands on lines that changed since REV, or since HEAD left it; without INPUT look at all files that
    /// changed, and with `--staged` at what is staged
    #[arg(long, value_name = "REV", conflicts_with = "files_from")]
    diff_base: Option<String>,

    /// How to print what was found, and the file to write it to if not to standard output; may be repeated, such as
    /// `--format sarif=out.sarif --format human`
    #[arg(long, value_name = "FORMAT[=FILE]", value_parser = print::TargetParser, default_value = "human")]
    format: Vec<print::Target>,

    /// The file to write to instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Mend the files where the meaning is certain; `--fix=unsafe` also where it is a guess. A literal, or what is piped
    /// in, is printed corrected, with $TOKEN for each credential. With `--staged` the files are mended, never the index
    #[arg(long, value_enum, value_name = "HOW", num_args = 0..=1, require_equals = true, default_missing_value = "safe")]
    fix: Option<FixMode>,

    /// Show what `--fix` would change, and change nothing
    #[arg(long, conflicts_with_all = ["format", "output"])]
    diff: bool,

    /// Show only what this file does not know; by default the one that the configuration names
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,

    /// Write everything that is found to the baseline, so that it is known from then on
    #[arg(long, conflicts_with_all = ["fix", "diff", "format", "output", "staged", "diff_base"])]
    write_baseline: bool,

    #[command(flatten)]
    files: Files,

    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Args)]
struct Debug {
    /// A file, `-` for standard input, or a literal token, header, URL or curl command; the default is standard input
    #[arg(value_name = "INPUT")]
    inputs: Vec<OsString>,

    /// How to print what is there
    #[arg(long, value_enum, default_value_t = DebugFormat::Human)]
    format: DebugFormat,

    /// Only this one, by the number it is shown with
    #[arg(long, value_name = "N")]
    thing: Option<usize>,

    /// Show the claims as they should be; with `--key`, also the token signed anew
    #[arg(long)]
    repair: bool,

    #[command(flatten)]
    common: Common,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum FixMode {
    /// Only where the meaning is certain
    Safe,
    /// Also where it is a guess
    Unsafe,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DebugFormat {
    /// Layers, verdicts and a picture of time, then the findings
    Human,
    /// One JSON object
    Json,
}

/// Runs the command line of this process.
pub fn run() -> Outcome {
    let typed = match Typed::try_parse() {
        Ok(typed) => typed,
        Err(error) => return options::usage(&error),
    };
    match typed.command {
        Command::Check(check) => check::run(&check),
        Command::Debug(debug) => debug::run(&debug),
        Command::Explain(typed) => explain::run(&typed),
        Command::Hook(hook) => hook::run(hook),
        Command::Mint(mint) => mint::run(&mint),
        Command::Rules(Rules { command: Some(RulesCommand::Test { folders }), .. }) => examples::run(&folders),
        Command::Rules(typed) => rules::run(&typed),
        Command::Run(typed) => run::run(&typed),
        Command::Completions { shell } => made::completions(shell),
        Command::Man => made::man(),
    }
}
