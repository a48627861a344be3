//! Decoders: from a delimited text to facts. Nothing is rejected here; what is wrong becomes a fact, and decoding goes on.

pub mod base64;
pub mod basic;
pub mod classify;
pub mod code;
pub mod credential;
pub mod hex;
pub mod http;
pub mod json;
pub mod jws_json;
pub mod jwt;
pub mod oauth;
pub mod paste;
pub mod pem;
pub mod sd_jwt;
pub mod url;

use crate::facts::{Facts, Path, Thing};
use crate::recognise::Found;
use crate::source::Sources;

/// Writes the facts of something recognised.
pub fn decode(sources: &mut Sources, facts: &mut Facts, found: &Found) {
    match found {
        Found::Request(request) => {
            http::request(sources, facts, request);
        }
        Found::Response(response) => {
            http::response(sources, facts, response);
        }
        Found::Credential(place) => {
            let carrier = credential::Carrier { kind: "bare", name: None };
            credential::header(sources, facts, None, carrier, *place);
        }
        Found::Setting(setting) => credential::setting(sources, facts, setting),
        Found::Code(site) => code::facts(facts, site),
        Found::Pem(place) => pem::facts(sources, facts, *place),
        Found::Json { place, claims } => {
            let document = json::read(sources.text(*place), &http::holes_in(sources, *place));
            if *claims {
                oauth::claims(sources, facts, &document, *place);
            } else if jws_json::facts(sources, facts, &document, *place).is_none()
                && oauth::document(sources, facts, None, &document, *place).is_none()
            {
                let subject = facts.subject(Thing::Json, None, *place);
                json::facts(&document, &Path::new("json"), *place, facts, subject);
                http::json_credentials(sources, facts, subject, &document, *place);
            }
        }
    }
}
