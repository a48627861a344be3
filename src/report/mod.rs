//! Printers: one small file per format. They hold no judgement, and everything they print comes through
//! [`crate::show`]: those for people ask it themselves, those for other programs take what `shown` has made of it.

pub mod github;
pub mod gitlab;
#[cfg(feature = "cli")]
pub mod human;
pub mod json;
pub mod jsonl;
#[cfg(feature = "cli")]
pub mod junit;
#[cfg(feature = "cli")]
pub mod markdown;
pub mod sarif;
pub mod short;
mod shown;
#[cfg(feature = "cli")]
pub mod timeline;
#[cfg(feature = "cli")]
pub mod tree;

/// How to print what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// [`human`]
    Human,
    /// [`short`]
    Short,
    /// [`json`]
    Json,
    /// [`jsonl`]
    Jsonl,
    /// [`sarif`]
    Sarif,
    /// [`github`]
    Github,
    /// [`gitlab`]
    Gitlab,
    /// [`junit`]
    Junit,
    /// [`markdown`]
    Markdown,
}

impl Format {
    /// Every format with its name and what it is.
    pub const ALL: &[(Format, &str, &str)] = &[
        (Format::Human, "human", "Sentences and excerpts"),
        (Format::Short, "short", "One line a finding"),
        (Format::Json, "json", "One JSON object"),
        (Format::Jsonl, "jsonl", "One JSON object a finding, a line each"),
        (Format::Sarif, "sarif", "SARIF 2.1.0, for code scanning and editors"),
        (Format::Github, "github", "Annotations of GitHub Actions"),
        (Format::Gitlab, "gitlab", "The Code Quality report of GitLab"),
        (Format::Junit, "junit", "JUnit XML, for test reports"),
        (Format::Markdown, "markdown", "A table and details, for a job summary"),
    ];
}

/// What printers need to know beside the run.
#[cfg(feature = "cli")]
#[derive(Debug, Clone, Copy)]
pub struct Printer<'a> {
    /// How much to show.
    pub show: crate::show::Show,
    /// What the screen can do, if it is one.
    pub screen: human::Screen,
    /// The rules that this program knows.
    pub rules: &'a [crate::rule::Rule],
    /// The least severity that makes the run fail; `None`: none does.
    pub fails: Option<crate::finding::Severity>,
}

#[cfg(feature = "cli")]
impl Printer<'_> {
    /// Writes a run in a format.
    pub fn write(&self, format: Format, run: &crate::run::Run, out: &mut dyn std::io::Write) -> std::io::Result<()> {
        let Self { show, screen, rules, fails } = self;
        match format {
            Format::Human => human::write(run, show, *screen, out),
            Format::Short => short::write(run, show, out),
            Format::Json => json::write(run, show, rules.len(), out),
            Format::Jsonl => jsonl::write(run, show, out),
            Format::Sarif => sarif::write(run, show, rules, out),
            Format::Github => github::write(run, show, out),
            Format::Gitlab => gitlab::write(run, show, out),
            Format::Junit => junit::write(run, show, *fails, out),
            Format::Markdown => markdown::write(run, show, out),
        }
    }
}

/// `1 error`, `2 errors`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

#[cfg(all(test, feature = "cli"))]
mod tests;
