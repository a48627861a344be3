//! Options that several commands take.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::config;
use crate::finding::Severity;
use crate::recognise::Kind;

/// What `check` and `debug` both take.
#[derive(Debug, Args)]
pub struct Common {
    /// The least severity that makes the exit status 1; the default is error
    #[arg(long, value_enum, value_name = "SEVERITY")]
    pub fail_on: Option<FailOn>,

    /// Only these rules: an id, `family/*`; may be repeated or separated by commas
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub select: Vec<String>,

    /// Not these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub ignore: Vec<String>,

    /// The platform that the tokens and requests are for, such as livechat
    #[arg(long, value_name = "ID")]
    pub platform: Option<String>,

    /// What you know about the token or request, such as `aud=https://api.example.com`; the same name again: one of these
    #[arg(long, value_name = "NAME=VALUE")]
    pub expect: Vec<String>,

    /// What to verify signatures with: a file, `-`, `env:NAME` or `b64:…` that holds a secret, a PEM or DER key, a
    /// certificate, a JWK or a key set; may be repeated
    #[arg(long = "key", value_name = "SPEC")]
    pub keys: Vec<String>,

    /// The time to judge by: RFC 3339 with an offset, seconds since 1970, or `none`; the default is the system clock,
    /// and `none` for folders, lists of files, --staged and --diff-base
    #[arg(long, value_name = "TIME")]
    pub now: Option<String>,

    /// Tolerated clock skew in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub leeway: u32,

    /// Where documents disagree, take the stricter reading
    #[arg(long)]
    pub strict: bool,

    /// What the inputs are, if it is not seen by itself
    #[arg(long = "as", value_name = "KIND", value_parser = kind)]
    pub kind: Option<Kind>,

    /// The name to show for standard input
    #[arg(long, value_name = "NAME")]
    pub stdin_filename: Option<String>,

    /// A folder with rules and platforms of your own
    #[arg(long, value_name = "DIR")]
    pub rules: Vec<PathBuf>,

    /// The configuration; by default `tokenlint.toml` in the folder of the first input or above it
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,

    /// Use no configuration
    #[arg(long)]
    pub no_config: bool,

    /// Show credentials whole
    #[arg(long)]
    pub reveal: bool,

    /// Use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    Error,
    Warning,
    Note,
    Never,
}

impl From<config::FailOn> for FailOn {
    fn from(written: config::FailOn) -> Self {
        match written {
            config::FailOn::Error => FailOn::Error,
            config::FailOn::Warning => FailOn::Warning,
            config::FailOn::Note => FailOn::Note,
            config::FailOn::Never => FailOn::Never,
        }
    }
}

impl FailOn {
    /// The least severity that fails.
    pub fn severity(self) -> Option<Severity> {
        match self {
            FailOn::Error => Some(Severity::Error),
            FailOn::Warning => Some(Severity::Warning),
            FailOn::Note => Some(Severity::Note),
            FailOn::Never => None,
        }
    }

    pub fn is_met(self, severity: Severity) -> bool {
        self.severity().is_some_and(|least| severity >= least)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

/// Which files are read.
#[derive(Debug, Clone, Args)]
pub struct Files {
    /// Check the files that FILE lists, one a line or each ended by NUL; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub files_from: Vec<PathBuf>,

    /// Read what git, `.ignore` and `.tokenlintignore` leave out too
    #[arg(long)]
    pub no_ignore: bool,

    /// Pass over files that are larger, and say so
    #[arg(long, value_name = "MB", default_value_t = MAX_FILE_SIZE)]
    pub max_file_size: u32,

    /// Say which files were passed over, and why
    #[arg(long, short)]
    pub verbose: bool,
}

/// In megabytes.
const MAX_FILE_SIZE: u32 = 64;

impl Default for Files {
    fn default() -> Self {
        Self { files_from: Vec::new(), no_ignore: false, max_file_size: MAX_FILE_SIZE, verbose: false }
    }
}

fn kind(name: &str) -> Result<Kind, String> {
    Kind::parse(name).ok_or_else(|| {
        let names: Vec<&str> = Kind::ALL.iter().map(|(name, _)| *name).collect();
        format!("there is no such kind; the kinds are {}", names.join(", "))
    })
}
