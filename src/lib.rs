//! Finds out why an API will reject a token, and how to mend it, before the request is sent.
//!
//! The library is pure: it has no clock, no file system and no network. It goes one way: text → things → facts →
//! findings → report.

pub mod check;
pub mod checks;
pub mod facts;
pub mod finding;
pub mod load;
pub mod platform;
pub mod recognise;
pub mod rule;
pub mod settle;
pub mod source;
