//! Printers: one small file per format. They hold no judgement, and everything they print comes through
//! [`crate::show`].

#[cfg(feature = "cli")]
pub mod human;
pub mod json;
pub mod short;

#[cfg(all(test, feature = "cli"))]
mod tests;
