//! What the standard members of tokens and requests mean, in a phrase each.

/// What a JOSE header member, a claim or a parameter is; `None` if no standard defines it.
pub fn of(layer: super::Kind, name: &str) -> Option<&'static str> {
    let table: &[(&str, &str)] = match layer {
        super::Kind::JoseHeader => JOSE_HEADER,
        super::Kind::Claims => CLAIMS,
        super::Kind::Parameters => PARAMETERS,
        super::Kind::Other => return None,
    };
    table.iter().find(|(known, _)| *known == name).map(|(_, meaning)| *meaning)
}

/// What a signature or encryption algorithm is (RFC 7518, RFC 8037, RFC 8812).
pub fn of_algorithm(alg: &str) -> Option<&'static str> {
    Some(match alg {
        "HS256" | "HS384" | "HS512" => "HMAC: signed with a shared secret",
        "RS256" | "RS384" | "RS512" => "RSA (PKCS #1): verified with a public key",
        "PS256" | "PS384" | "PS512" => "RSA-PSS: verified with a public key",
        "ES256" => "ECDSA on P-256: verified with a public key",
        "ES384" => "ECDSA on P-384: verified with a public key",
        "ES512" => "ECDSA on P-521: verified with a public key",
        "ES256K" => "ECDSA on secp256k1: verified with a public key",
        "EdDSA" | "Ed25519" | "Ed448" => "EdDSA: verified with a public key",
        "none" => "not signed at all",
        "dir" => "encrypted with a shared key",
        "RSA-OAEP" | "RSA-OAEP-256" | "RSA1_5" => "encrypted for an RSA key",
        "ECDH-ES" | "ECDH-ES+A128KW" | "ECDH-ES+A192KW" | "ECDH-ES+A256KW" => "encrypted for an elliptic-curve key",
        _ => return None,
    })
}

/// RFC 7515 section 4.1, RFC 7516 section 4.1.
const JOSE_HEADER: &[(&str, &str)] = &[
    ("apu", "who sent it, for the key agreement"),
    ("apv", "who receives it, for the key agreement"),
    ("b64", "whether the payload is base64url"),
    ("crit", "extensions that must be understood"),
    ("cty", "type of the content"),
    ("enc", "how the content is encrypted"),
    ("epk", "the sender's public key for this token"),
    ("jku", "where the keys of the issuer are said to be"),
    ("jwk", "the key itself"),
    ("kid", "which key signed it"),
    ("typ", "type of the token"),
    ("x5c", "certificates of the key"),
    ("x5t", "fingerprint of the certificate (SHA-1)"),
    ("x5t#S256", "fingerprint of the certificate (SHA-256)"),
    ("x5u", "where the certificates are said to be"),
    ("zip", "compressed before it was encrypted"),
];

/// RFC 7519 section 4.1, OpenID Connect Core section 2 and 5.1, RFC 9068 section 2.2, and what large issuers add.
const CLAIMS: &[(&str, &str)] = &[
    ("acr", "how strongly the user was authenticated"),
    ("act", "who acts for the subject"),
    ("amr", "by what means the user was authenticated"),
    ("appid", "client that it was issued to"),
    ("at_hash", "hash of the access token beside it"),
    ("aud", "audience: who is to accept it"),
    ("auth_time", "when the user logged in"),
    ("azp", "client that it was issued to"),
    ("c_hash", "hash of the code beside it"),
    ("cid", "client that it was issued to"),
    ("client_id", "client that it was issued to"),
    ("cnf", "key that the sender must prove to have"),
    ("email", "e-mail address of the user"),
    ("email_verified", "whether the address was verified"),
    ("entitlements", "what the subject may do"),
    ("exp", "expiry"),
    ("family_name", "surname"),
    ("given_name", "first name"),
    ("groups", "groups of the subject"),
    ("iat", "issued at"),
    ("iss", "issuer"),
    ("jti", "id of this token"),
    ("may_act", "who may act for the subject"),
    ("name", "full name of the user"),
    ("nbf", "not valid before"),
    ("nonce", "value of the login request"),
    ("oid", "id of the user or service"),
    ("org_id", "organization"),
    ("permissions", "what the subject may do"),
    ("preferred_username", "name to show for the user"),
    ("roles", "roles of the subject"),
    ("s_hash", "hash of the state beside it"),
    ("scope", "what it opens"),
    ("scopes", "what it opens"),
    ("scp", "what it opens"),
    ("sid", "session"),
    ("sub", "subject: whom it is about"),
    ("tid", "tenant"),
    ("token_use", "what the token is for"),
    ("updated_at", "when the profile changed last"),
    ("upn", "name of the user"),
];

/// RFC 6749, RFC 7636, OpenID Connect Core section 3.1.2.1.
const PARAMETERS: &[(&str, &str)] = &[
    ("access_token", "what an API takes"),
    ("assertion", "what is exchanged for a token"),
    ("audience", "who is to accept the token"),
    ("client_assertion", "JWT that proves which client this is"),
    ("client_id", "which application this is"),
    ("client_secret", "secret of the application"),
    ("code", "to be exchanged for a token, once"),
    ("code_challenge", "PKCE: hash of the verifier"),
    ("code_challenge_method", "PKCE: how it was hashed"),
    ("code_verifier", "PKCE: what was hashed"),
    ("error", "why it failed"),
    ("error_description", "the same in words"),
    ("error_uri", "a page about the error"),
    ("expires_in", "lifetime in seconds"),
    ("grant_type", "what is exchanged for a token"),
    ("id_token", "who logged in, for the application itself"),
    ("login_hint", "who is going to log in"),
    ("max_age", "how old a login may be, in seconds"),
    ("nonce", "ties the ID token to this login"),
    ("password", "of the user"),
    ("prompt", "what to ask the user"),
    ("redirect_uri", "where the user comes back to"),
    ("refresh_token", "gets new access tokens"),
    ("request_uri", "where the parameters are"),
    ("resource", "API that the token is for"),
    ("response_mode", "how the answer comes back"),
    ("response_type", "what is asked for"),
    ("scope", "what the token is to open"),
    ("state", "ties the answer to this login"),
    ("token_type", "how the token is sent"),
    ("username", "of the user"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_in_order_and_name_nothing_twice() {
        for table in [JOSE_HEADER, CLAIMS, PARAMETERS] {
            assert!(table.is_sorted_by(|a, b| a.0 < b.0), "{:?}", table.first());
        }
    }
}
