//! Source code: the line that would be right, in the language at hand.
//!
//! The rules of this family are tests on facts. What they cannot say is how to write it instead, since that is another
//! line in each language; and that a guess is only a guess.

use super::{Check, Context, Hit};
use crate::platform::Mark;

pub(super) const CHECKS: &[Check] =
    &[Check { name: "code-line", about: &["code.language"], offers: &["line"], run: code_line }];

/// What a finding about code is about, the first that is there.
const MAIN: &[&str] = &["code.time", "code.id", "code.credential", "code.trouble", "code.secret"];
/// What the code only suggests.
const GUESSES: &[&str] = &["wrapped-if-long", "pem-as-secret-perhaps", "verify-false"];

fn code_line(cx: &Context) -> Vec<Hit> {
    let Some(fact) = MAIN.iter().find_map(|path| cx.one(path)) else { return Vec::new() };
    let what = fact.value.text().unwrap_or_default();
    let language = cx.text("code.language").unwrap_or_default();
    let mut hit = Hit::on(fact);
    if cx.text("code.sure") == Some("maybe") || GUESSES.contains(&what) {
        hit.mark = Mark::T;
    }
    let line = match fact.path.as_str() {
        "code.time" => {
            let later = if cx.text("code.claim") == Some("exp") { " + 3600" } else { "" };
            format!("{}{later}", now(language))
        }
        "code.id" => text_of(language).to_owned(),
        "code.credential" => match what {
            "not-filled-in" => filled_in(language).to_owned(),
            // Android has an encoder of its own.
            "wrapped" if cx.sources.text(fact.place).contains("Base64.DEFAULT") => {
                "Base64.encodeToString(bytes, Base64.NO_WRAP)".to_owned()
            }
            _ => basic(language).to_owned(),
        },
        _ => return vec![hit],
    };
    hit = hit.told("line", line);
    vec![hit]
}

/// The seconds since 1970.
fn now(language: &str) -> &'static str {
    match language {
        "Python" => "int(time.time())",
        "Java" => "Instant.now().getEpochSecond()",
        "Kotlin" => "Instant.now().epochSecond",
        "Go" => "time.Now().Unix()",
        "Ruby" => "Time.now.to_i",
        "PHP" => "time()",
        "C#" => "DateTimeOffset.UtcNow.ToUnixTimeSeconds()",
        "Rust" => "Utc::now().timestamp()",
        "Dart" => "DateTime.now().millisecondsSinceEpoch ~/ 1000",
        "Swift" => "Int(Date().timeIntervalSince1970)",
        _ => "Math.floor(Date.now() / 1000)",
    }
}

/// A number as text.
fn text_of(language: &str) -> &'static str {
    match language {
        "Python" => "str(id)",
        "Java" => "String.valueOf(id)",
        "C#" => "id.ToString()",
        "Kotlin" | "Dart" => "id.toString()",
        "Go" => "strconv.Itoa(id)",
        "Ruby" => "id.to_s",
        "PHP" => "(string) $id",
        "Rust" => "id.to_string()",
        _ => "String(id)",
    }
}

/// How a value is put into a string.
fn filled_in(language: &str) -> &'static str {
    match language {
        "Python" => "put `f` before the quotes",
        "C#" => "put `$` before the quotes",
        "Rust" => "write `format!(\"Bearer {token}\")`",
        "Ruby" => "write `\"Bearer #{token}\"`, in double quotes",
        "PHP" => "write `\"Bearer $token\"`, in double quotes",
        "Kotlin" | "Dart" => "write `\"Bearer $token\"`",
        "Swift" => "write `\"Bearer \\(token)\"`",
        "Go" | "Java" => "write `\"Bearer \" + token`",
        _ => "put backticks around the string instead of quotes, and write `${token}` in it",
    }
}

/// A header of the scheme Basic.
fn basic(language: &str) -> &'static str {
    match language {
        "Python" => "\"Basic \" + base64.b64encode(f\"{user}:{password}\".encode()).decode()",
        "Java" => "\"Basic \" + Base64.getEncoder().encodeToString((user + \":\" + password).getBytes())",
        "Kotlin" => "\"Basic \" + Base64.getEncoder().encodeToString(\"$user:$password\".toByteArray())",
        "Go" => "req.SetBasicAuth(user, password)",
        "Ruby" => "\"Basic \" + Base64.strict_encode64(\"#{user}:#{password}\")",
        "PHP" => "\"Basic \" . base64_encode(\"$user:$password\")",
        "C#" => "\"Basic \" + Convert.ToBase64String(Encoding.UTF8.GetBytes(user + \":\" + password))",
        "Rust" => ".basic_auth(user, Some(password))",
        "Dart" => "\"Basic \" + base64Encode(utf8.encode(\"$user:$password\"))",
        "Swift" => "\"Basic \" + Data(\"\\(user):\\(password)\".utf8).base64EncodedString()",
        _ => "\"Basic \" + btoa(user + \":\" + password)",
    }
}
