//! Finds out why an API will reject a token, and how to mend it, before the request is sent.

pub mod facts;
pub mod finding;
pub mod recognise;
pub mod source;
