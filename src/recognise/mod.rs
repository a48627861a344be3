//! Recognisers: what is in a text, and where.
//!
//! Each file knows one form in which people write tokens and requests down, and only finds and delimits the parts;
//! what the parts mean is decided later. All of them leave places behind, never judgements.

pub mod request;
