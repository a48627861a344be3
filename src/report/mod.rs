//! Printers: one small file per format. They hold no judgement, and everything they print comes through
//! [`crate::show`].

#[cfg(feature = "cli")]
pub mod human;
pub mod json;
pub mod short;
#[cfg(feature = "cli")]
pub mod timeline;
#[cfg(feature = "cli")]
pub mod tree;

#[cfg(all(test, feature = "cli"))]
mod tests;
