//! The file itself: every table and every key that it may have. The schema for editors is made of these types.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::rule::OneOrMany;
use crate::settle::Level;

/// Rules, by id or `family/*`, and how bad they are.
pub type Levels = BTreeMap<Spanned<String>, Level>;

/// The least severity that makes the exit status 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Only errors.
    Error,
    /// Warnings and errors.
    Warning,
    /// Whatever is found.
    Note,
    /// Nothing: the status says whether the work was done.
    Never,
}

/// What tokenlint does in this folder and below it.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "tokenlint.toml"))]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Written {
    /// How bad rules are: by id or `family/*`; the more exact name counts.
    #[cfg_attr(test, schemars(with = "BTreeMap<String, Level>"))]
    pub rules: Levels,
    /// Only these rules: ids, `family/*`.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub select: Vec<Spanned<String>>,
    /// Not these rules: ids, `family/*`.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub ignore: Vec<Spanned<String>>,
    /// The least severity that makes the exit status 1.
    pub fail_on: Option<FailOn>,
    /// The file of findings that are known, from the folder of this file.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub baseline: Option<Spanned<String>>,
    /// Where documents disagree, take the stricter reading.
    pub strict: bool,
    /// In folders, only files that one of these patterns means.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub include: Vec<Spanned<String>>,
    /// In folders, no file that one of these patterns means.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub exclude: Vec<Spanned<String>>,
    /// Folders with rules and platforms of your own, from the folder of this file.
    #[cfg_attr(test, schemars(with = "Vec<String>"))]
    pub rule_folders: Vec<Spanned<String>>,
    /// What holds for some files. Where several tables mean a file, the later ones count.
    pub path: Vec<WrittenPath>,
    /// Findings that are right where they are.
    pub allow: Vec<WrittenAllow>,
}

/// What holds for some files.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WrittenPath {
    /// The files: a pattern or several, as in `.gitignore`, from the folder of this file.
    #[cfg_attr(test, schemars(with = "OneOrMany"))]
    pub glob: Spanned<OneOrMany>,
    /// The platform that they are for, such as `livechat`.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    pub platform: Option<Spanned<String>>,
    /// What you know about the tokens and requests in them, by the names of `--expect`; a list: one of these.
    #[cfg_attr(test, schemars(with = "BTreeMap<String, OneOrMany>"))]
    #[serde(default)]
    pub expect: BTreeMap<Spanned<String>, OneOrMany>,
    /// What verifies their signatures: `env:NAME`, or a file below the folder of this file.
    #[cfg_attr(test, schemars(with = "Option<OneOrMany>"))]
    pub key: Option<Spanned<OneOrMany>>,
    /// What they are, by the names of `--as`.
    #[cfg_attr(test, schemars(with = "Option<String>"))]
    #[serde(rename = "as")]
    pub kind: Option<Spanned<String>>,
    /// How bad rules are in them: by id or `family/*`.
    #[cfg_attr(test, schemars(with = "BTreeMap<String, Level>"))]
    #[serde(default)]
    pub rules: Levels,
}

/// A finding that is right where it is.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WrittenAllow {
    /// The rule: its id, or `family/*`.
    #[cfg_attr(test, schemars(with = "String"))]
    pub rule: Spanned<String>,
    /// The files: a pattern or several, as in `.gitignore`, from the folder of this file.
    #[cfg_attr(test, schemars(with = "OneOrMany"))]
    pub source: Spanned<OneOrMany>,
    /// Why it is right there.
    #[cfg_attr(test, schemars(with = "String"))]
    pub reason: Spanned<String>,
}
