//! curl commands as people write them: what is sent, what stays unknown, and where it all stands.
//!
//! What curl sends was compared with a recording of what curl 7.88 does send.

use tokenlint::recognise::curl::{find, looks_like};
use tokenlint::recognise::request::{Request, Sent};
use tokenlint::source::{Place, Sources};

/// The requests in a script, and the sources to look their places up in.
struct Read {
    sources: Sources,
    requests: Vec<Request>,
}

fn read_as(script: &str, name: Option<&str>) -> Read {
    let mut sources = Sources::new();
    let id = sources.add_given("script", script);
    let place = sources.whole(id);
    let requests = find(&mut sources, place, name);
    Read { sources, requests }
}

fn read(script: &str) -> Read {
    read_as(script, None)
}

impl Read {
    /// The text of a place with its holes shown as `‹name›`.
    fn text(&self, place: Place) -> String {
        let text = &self.sources.get(place.source).text;
        let mut shown = String::new();
        let mut at = place.span.start;
        for hole in self.sources.holes(place) {
            shown += &text[at..hole.span.start.max(at)];
            shown += &format!("‹{}›", hole.name);
            at = hole.span.end;
        }
        shown + text.get(at..place.span.end).unwrap_or("")
    }

    /// The bytes of the script that a place leads back to.
    fn given(&self, place: Place) -> &str {
        self.sources.text(self.sources.given(place))
    }

    /// A request in words, one line for each part. Implied fields are shown only if they are not what curl always
    /// sends.
    fn show(&self, request: &Request) -> String {
        let method = request.method.map_or(request.default_method.to_owned(), |m| self.text(m));
        let mut lines = vec![format!("{method} {}", request.url.map_or("no URL".to_owned(), |u| self.text(u)))];
        lines.extend(request.query.iter().map(|q| format!("query {}", self.text(*q))));
        for field in &request.fields {
            let (name, value) = (self.text(field.name), self.text(field.value));
            lines.push(match field.sent {
                Sent::Yes => format!("{name}: {value}"),
                Sent::Removed => format!("removed {name}"),
                Sent::NoColon => format!("no colon {name}"),
            });
        }
        let usual = [("accept", "*/*"), ("user-agent", "curl")];
        let implied = request.implied.iter().filter(|i| !usual.contains(i));
        lines.extend(implied.map(|(name, value)| format!("({name}: {value})")));
        lines.extend(request.user.map(|u| format!("user {}", self.text(u))));
        lines.extend(request.body.map(|b| format!("body {}", self.text(b).escape_debug())));
        for part in &request.parts {
            let file = if part.file { "file " } else { "" };
            lines.push(format!("part {} = {file}{}", self.text(part.name), self.text(part.value)));
        }
        for (name, place) in &request.options {
            lines.push(format!("option {name} `{}`", self.given(*place).escape_debug()));
        }
        for literal in &request.literals {
            lines.push(format!("literal {} in {}", self.given(literal.place), literal.quotes.name()));
        }
        if request.open {
            lines.push("open".to_owned());
        }
        lines.join("\n")
    }

    fn all(&self) -> String {
        self.requests.iter().map(|r| self.show(r)).collect::<Vec<_>>().join("\n--\n")
    }
}

/// Compares all requests of a script with `expected`, whose lines may be indented; `+` stands for an indent that counts.
#[track_caller]
fn check_as(name: &str, script: &str, expected: &str) {
    assert!(looks_like(script), "{script}");
    let expected: Vec<_> = expected.trim_start().lines().map(|l| l.trim_start().trim_start_matches('+')).collect();
    assert_eq!(read_as(script, Some(name)).all(), expected.join("\n"), "\n{script}");
}

#[track_caller]
fn check(script: &str, expected: &str) {
    check_as("", script, expected);
}

/// The same for a command whose body is sent as a form.
#[track_caller]
fn check_form(script: &str, method: &str, rest: &str) {
    let expected = format!("{method} https://x.test\n(content-type: application/x-www-form-urlencoded)\n{rest}");
    check(script, &expected);
}

#[test]
fn plain_requests() {
    check("curl https://api.example.com/v1", "GET https://api.example.com/v1");
    check("/usr/bin/curl 'https://api.example.com/a b'", "GET https://api.example.com/a b");
    check("command curl \"https://x.test/\" -I", "HEAD https://x.test/\noption head `-I`");
    check("sudo -u www curl -sSLX DELETE https://x.test/", "DELETE https://x.test/\noption location `L`");
    check("time env A=1 curl -XPOST https://x.test/", "POST https://x.test/");
    check("timeout 5s curl --request PUT --url https://x.test/", "PUT https://x.test/");
    check("curl -o out.json -w '%{http_code}\\n' --max-time 5 https://x.test/", "GET https://x.test/");
    check(
        "curl --compressed --retry 3 -x proxy:80 -U pu:pp x.test",
        "GET x.test\noption proxy `-x`\noption proxy-user `-U`",
    );
    check("curl https://a.test https://b.test", "GET https://a.test\n--\nGET https://b.test");
    check("docker run --rm curlimages/curl:8.1 -s https://x.test", "GET https://x.test");
    check("cat ids | xargs -I{} curl https://x.test/{}", "GET https://x.test/{}\nopen");
    check("- run: curl -sf x.test\n- RUN curl y.test", "GET x.test\n--\nGET y.test");
    check("if ! curl -sf https://x.test; then exit 1; fi", "GET https://x.test");
    check("$ curl \\\n> https://x.test/ \\\n> -X PUT", "PUT https://x.test/");
    check("me@host:~$ curl https://x.test/", "GET https://x.test/");
    check("echo \"got `curl https://x.test/`\"", "GET https://x.test/");
    check_form("TOKEN=$(curl -s -d a=1 https://x.test | jq -r .t)", "POST", "body a=1");
}

#[test]
fn no_requests() {
    let scripts = [
        "curl --version",
        "which curl",
        "sudo apt install curl jq",
        "echo curl https://x.test",
        "curl -h all",
        "curl is a tool. Use it.",
    ];
    for script in scripts {
        assert_eq!(read(script).all(), "", "{script}");
    }
    assert!(!looks_like("use libcurl or curling"));
    assert!(looks_like("$(curl https://x.test)"));
}

#[test]
fn headers() {
    check(
        "curl https://x.test -H 'Authorization: Bearer abc' --header \"X-A:b \"",
        "GET https://x.test
        Authorization: Bearer abc
        X-A: b ",
    );
    check("curl https://x.test -H'A: b' -H\"C: d\" -HE:f", "GET https://x.test\nA: b\nC: d\nE: f");
    check(
        "curl https://x.test -H 'Empty;' -H 'Accept:' -H 'B:  ' -H 'Bearer abc' -H 'C;d'",
        "GET https://x.test
        Empty: \nremoved Accept
        removed B
        no colon Bearer abc
        no colon C;d",
    );
    check("curl https://x.test -H @headers.txt", "GET https://x.test\noption header-file `@headers.txt`\nopen");
    check(
        "curl https://x.test -H=\"Authorization: token x\"",
        "GET https://x.test
        =Authorization: token x
        option short-equals `=`",
    );
    check(
        "curl https://x.test --header=\"Authorization: token x\" --request=POST",
        "POST https://x.test
        Authorization: token x
        option equals `=`
        option equals `=`",
    );
    check(
        "curl https://x.test -H 'Authorization : x' -H ' B: c'",
        "GET https://x.test
        Authorization : x
        + B: c",
    );
    check(r"curl https://x.test -H $'A: it\'s\tb\x41\u00e9\xc3\xa9\101\z'", "GET https://x.test\nA: it's\tbAééA\\z");
    check(
        "curl -A 'my app/1' -e 'https://r.test/;auto' -b 'a=1' -b c=2 https://x.test",
        "GET https://x.test
        User-Agent: my app/1
        Referer: https://r.test/
        Cookie: a=1;c=2",
    );
    check(
        "curl -A x -b a=1 -H 'User-Agent: y' -H 'cookie:' https://x.test",
        "GET https://x.test
        User-Agent: y
        removed cookie",
    );
    check("curl -b cookies.txt https://x.test", "GET https://x.test\nopen");
    check("curl -A '' https://x.test", "GET https://x.test");
}

#[test]
fn implied_fields() {
    let implied = |script: &str| read(script).requests[0].implied.clone();
    assert_eq!(implied("curl x.test"), [("accept", "*/*"), ("user-agent", "curl")]);
    assert_eq!(implied("curl x.test -A x -H accept:"), []);
    assert_eq!(
        implied("curl x.test -d a --json b -H 'user-agent: x'"),
        [("accept", "application/json"), ("content-type", "application/json")]
    );
    assert_eq!(implied("curl x.test -Gd a -A x -H Accept:"), []);
}

#[test]
fn credentials_in_options() {
    check("curl -u user:pa:ss https://x.test", "GET https://x.test\nuser user:pa:ss");
    check(
        "curl --digest --user 'user:p w' https://x.test",
        "GET https://x.test\nuser user:p w\noption digest `--digest`",
    );
    check("curl -uuser: https://u:p@x.test", "GET https://u:p@x.test\nuser user:");
    check(
        "curl --oauth2-bearer tok -k https://x.test",
        "GET https://x.test
        Authorization: Bearer tok
        option oauth2-bearer `--oauth2-bearer`
        option insecure `-k`",
    );
    check(
        "curl --oauth2-bearer tok -H 'authorization: Basic eA==' https://x.test",
        "GET https://x.test
        authorization: Basic eA==
        option oauth2-bearer `--oauth2-bearer`",
    );
    check(
        "curl --aws-sigv4 aws:amz:eu:es --user AK:SK https://x.test",
        "GET https://x.test
        user AK:SK
        option aws-sigv4 `--aws-sigv4`",
    );
    check("curl -n https://x.test", "GET https://x.test\noption netrc `-n`\nopen");
    check("curl -K secret.cfg https://x.test", "GET https://x.test\noption config `-K`\nopen");
    check("curl -E me.pem:pw https://x.test", "GET https://x.test\noption cert `-E`");
}

#[test]
fn bodies() {
    check_form("curl https://x.test -d a=1", "POST", "body a=1");
    check_form("curl https://x.test -d a=1 --data b=2 --data-raw @c", "POST", "body a=1&b=2&@c");
    check_form("curl https://x.test -d '' -d b", "POST", "body &b");
    check_form(
        "curl https://x.test --data-urlencode 'a=b c&ü/~' --data-urlencode '=x y' --data-urlencode 'p t' -d z=1",
        "POST",
        "body a=b+c%26%C3%BC%2F~&x+y&p+t&z=1",
    );
    check_form(
        "curl https://x.test --data-urlencode \"k=$V/x\" --data-urlencode n@f.txt",
        "POST",
        "body k=‹V›%2Fx&n=‹f.txt›\nopen",
    );
    check_form(
        "curl https://x.test --data-urlencode 't=a b $T c'",
        "POST",
        "body t=a+b+%24T+c\nliteral $T in single quotes",
    );
    check_form("curl https://x.test -d @body.json", "POST", "body ‹body.json›");
    check_form("curl https://x.test -d @- <<EOF\n{\"a\":\r\n\"$B\"}\nEOF\necho", "POST", r#"body {\"a\":\"‹B›\"}"#);
    check_form(
        "curl https://x.test --data-binary @- <<-'EOF' | jq .\n\t{\n\t\"a\": \"$B\"}\n\tEOF\n",
        "POST",
        r#"body {\n\"a\": \"$B\"}\n
        literal $B in a quoted here-document"#,
    );
    check_form(
        "curl https://x.test -d \"$(cat <<EOF\n{\"a\": \"$B\"}\nEOF\n)\" -X PUT",
        "PUT",
        r#"body {\"a\": \"‹B›\"}"#,
    );
    check_form("curl https://x.test -d @- <<< 'a=1'", "POST", "body a=1");
    check_form("jq -n '{}' | curl https://x.test -d @-", "POST", "body ‹-›");
    check(
        "curl -G https://x.test/?x=1 --data-urlencode 'a=b c' -d q=1",
        "GET https://x.test/?x=1
        query a=b+c&q=1
        option get `-G`",
    );
    check("curl https://x.test --url-query 'a=b c' --url-query +d=%20", "GET https://x.test\nquery a=b+c\nquery d=%20");
    check(
        "curl https://x.test --json '{\"a\":1}' --json '{\"b\":2}'",
        r#"POST https://x.test
        (accept: application/json)
        (content-type: application/json)
        body {\"a\":1}{\"b\":2}"#,
    );
    check(
        "curl https://x.test -H 'content-type: application/json' --data-binary '{\n  \"a\": \"it'\\''s\"\n}'",
        r#"POST https://x.test
        content-type: application/json
        body {\n  \"a\": \"it\'s\"\n}"#,
    );
    check("curl -T f.bin https://x.test", "PUT https://x.test\noption upload-file `-T`\nopen");
    check(
        "curl https://x.test -F a=b -F 'f=@x.png;type=image/png' -F 'c=d;type=text/plain' --form-string 'e=@f;type=g'",
        "POST https://x.test
        (content-type: multipart/form-data)
        part a = b
        part f = file x.png
        part c = d
        part e = @f;type=g
        open",
    );
}

#[test]
fn unknown_variables_are_holes() {
    check(
        "curl https://x.test -H \"Authorization: Bearer $TOKEN\"",
        "GET https://x.test\nAuthorization: Bearer ‹TOKEN›",
    );
    check("curl https://x.test -H 'Authorization: Bearer '$TOKEN", "GET https://x.test\nAuthorization: Bearer ‹TOKEN›");
    check("T=abc curl https://x.test -H \"A: $T\"", "GET https://x.test\nA: ‹T›");
    check(
        "T=$(pass show x)\ncurl https://x.test -H \"A: $T\" -u \"me:$(cat pw)\"",
        "GET https://x.test
        A: ‹T›
        user me:‹$(…)›",
    );
    check("read -r T\nU=$1\ncurl \"https://x.test/${U}\" -H \"A: $T\"", "GET https://x.test/‹U›\nA: ‹T›");
    check("curl $OPTS https://x.test \"${MORE[@]}\"", "GET https://x.test\nopen");
    check("curl $URL -H \"$AUTH\"", "GET ‹URL›\nopen");
    check("curl \"$URL\" -H \"$N: b\"", "GET ‹URL›\n‹N›: b\nopen");
    check("curl https://x.test/$((1+2))/$# -H \"Cost: 5$\"", "GET https://x.test/‹$((…))›/‹#›\nCost: 5$");
    check(
        "curl https://x.test -H 'A: ${{ secrets.TOKEN }}' -H \"B: ${{ env.B }}\" -H 'C: {{token}}'",
        "GET https://x.test
        A: ‹secrets.TOKEN›
        B: ‹env.B›
        C: ‹token›",
    );
}

#[test]
fn variables_in_single_quotes_are_text() {
    check(
        "curl https://x.test -H 'Authorization: Bearer $TOKEN'",
        "GET https://x.test
        Authorization: Bearer $TOKEN
        literal $TOKEN in single quotes",
    );
    check(
        "curl 'https://x.test/${ID}' -u 'me:'\"$P\" -o '$x'",
        "GET https://x.test/${ID}
        user me:‹P›
        literal ${ID} in single quotes",
    );
    check("curl https://x.test -H \"A: \\$T \\\"q\\\" \\n\"", "GET https://x.test\nA: $T \"q\" \\n");
    check("curl https://x.test/<user-id>/posts -H 'A: <token>'", "GET https://x.test/<user-id>/posts\nA: <token>");
}

#[test]
fn variables_of_the_script_are_followed() {
    check("T=abc\ncurl https://x.test -H \"A: Bearer ${T}\"", "GET https://x.test\nA: Bearer abc");
    check("export H='https://x.test' T=\"a b\" && curl \"$H/v1\" -H \"A: $T\"", "GET https://x.test/v1\nA: a b");
    check("A=x\nB=\"Bearer $A\"\nB+=y\ncurl https://x.test -H \"A: $B\"", "GET https://x.test\nA: Bearer xy");
    check("A=\"k $B\"\ncurl https://x.test -H \"A: ${A:-z}\"", "GET https://x.test\nA: k ‹B›");
    check("main() {\n  local T=abc\n  curl https://x.test -H \"A: $T\"\n}\nmain", "GET https://x.test\nA: abc");
    check("O='-s -X POST'\ncurl $O https://x.test", "POST https://x.test");
    check("T='$X'\ncurl https://x.test/$T", "GET https://x.test/$X\nliteral $X in single quotes");
    // What may not have run may not have assigned.
    check("T=a\nif [ -n \"$X\" ]; then T=b; fi\ncurl https://x.test -H \"A: $T\"", "GET https://x.test\nA: ‹T›");
    check("T=a\n[ -n \"$X\" ] && T=b\ncurl https://x.test -H \"A: $T\"", "GET https://x.test\nA: ‹T›");
    check("T=a\n[ -n \"$X\" ] || T=b\ncurl https://x.test -H \"A: $T\"", "GET https://x.test\nA: ‹T›");
    check("for T in a b; do curl https://x.test/$T; done", "GET https://x.test/‹T›");
    check("T=a\nsource .env\ncurl https://x.test/$T", "GET https://x.test/‹T›");
    check(
        "T=${T:-abc}\ncurl https://x.test -H \"A: $T\" -H \"B: ${U:-x:y}\" -H \"C: ${V#x}\"",
        "GET https://x.test
        A: ‹T›
        B: ‹U›
        C: ‹V›",
    );
}

#[test]
fn scripts() {
    check(
        "# curl https://no.test\ncurl https://a.test > out 2>&1; curl https://b.test 2>/dev/null || curl c.test &",
        "GET https://a.test
        --
        GET https://b.test
        --
        GET c.test",
    );
    check(
        "curl -d a=$(curl -s https://inner.test) https://outer.test",
        "POST https://outer.test
        (content-type: application/x-www-form-urlencoded)
        body a=‹$(…)›
        --
        GET https://inner.test",
    );
    check(
        "curl https://a.test -d x --next -X PUT https://b.test -H 'A: b' -: https://c.test",
        "POST https://a.test
        (content-type: application/x-www-form-urlencoded)
        body x
        --
        PUT https://b.test
        A: b
        --
        GET https://c.test",
    );
    check(
        "(cd x && curl https://a.test)\n{ curl https://b.test; }\ncurl https://c.test\r\n",
        "GET https://a.test
        --
        GET https://b.test
        --
        GET https://c.test",
    );
    check("curl \\\r\n  -X POST \\\r\n  https://a.test\r\n", "POST https://a.test");
    check("cmd=(curl -s https://a.test)\n", "GET https://a.test");
    check("diff <(curl https://a.test) <(curl https://b.test)", "GET https://a.test\n--\nGET https://b.test");
    check(
        "case $1 in a) curl https://a.test;; esac\ncurl https://b.test",
        "GET https://a.test\n--\nGET https://b.test",
    );
}

#[test]
fn slips_are_read_as_they_were_meant() {
    check(
        "curl https://x.test \\ \n  -H 'A: b' \\\t\n -X PUT",
        r"PUT https://x.test
        A: b
        option blank-after-continuation `\\ `
        option blank-after-continuation `\\\t`",
    );
    check(
        "curl https://x.test\n  -H 'A: b'\n  -X PUT\n",
        "PUT https://x.test
        A: b
        option missing-continuation ``
        option missing-continuation ``",
    );
    check(
        "curl https://x.test -H “A: $B” –H ‘C: d’ —request PUT",
        "PUT https://x.test
        A: ‹B›
        C: d
        option smart-dash `–`
        option smart-dash `—`
        option smart-quotes `“`
        option smart-quotes `‘`",
    );
    check(
        "curl https://x.test/cb?code=abc&state=1 -H 'A: b'",
        "GET https://x.test/cb?code=abc
        option unquoted-ampersand `&`
        open",
    );
    check("curl https://x.test -H \"A: b", "GET https://x.test\nA: b\noption unclosed-quote `\\\"`");
    check("curl https://x.test -H 'A: b -X PUT", "GET https://x.test\nA: b -X PUT\noption unclosed-quote `\\'`");
    check_as(
        "x.cmd",
        "curl -H \"A: b\ncurl https://x.test",
        r#"GET no URL
        A: b
        option unclosed-quote `\"`
        --
        GET https://x.test"#,
    );
    check("curl --headers 'A: b' https://x.test", "GET https://x.test\noption unknown `--headers`\nopen");
    check("curl https://x.test --bogus word", "GET https://x.test\noption unknown `--bogus`\nopen");
}

#[test]
fn windows_command_prompt() {
    check(
        "curl ^\n  -H \"Authorization: Bearer %TOKEN%\" ^\n  -d \"{\\\"a\\\": 1, \"\"b\"\": 2}\" ^\n  \
         https://x.test/?a=%20%C3%A9^&b=1",
        r#"POST https://x.test/?a=%20%C3%A9&b=1
        Authorization: Bearer ‹TOKEN›
        (content-type: application/x-www-form-urlencoded)
        body {\"a\": 1, \"b\": 2}"#,
    );
    // As browsers copy it.
    check(
        "curl ^\"https://x.test/?a=1^&b=2^\" ^\r\n  -H ^\"accept: */*^\" ^\r\n  \
         --data-raw ^\"^{^\\^\"a^\\^\":^\\^\"b c^\\^\"^}^\"",
        r#"POST https://x.test/?a=1&b=2
        accept: */*
        (content-type: application/x-www-form-urlencoded)
        body {\"a\":\"b c\"}"#,
    );
    check_form("curl --data-raw ^\"a^\n\nb^\" ^\n https://x.test", "POST", r"body a\nb");
    check_as(
        "x.bat",
        "@echo off\r\nset TOKEN=abc\r\nset \"H=https://x.test\"\r\nset /p P=Password: \r\n\
         @curl.exe %H%/%%20 -H \"A: %TOKEN%\" -u \"me:%P%\" && curl.exe %h%\r\n",
        "GET https://x.test/%20
        A: abc
        user me:‹P›
        --
        GET https://x.test",
    );
    check_as(
        "x.cmd",
        "curl -H \"Authorization: Bearer $TOKEN\" https://x.test",
        "GET https://x.test
        Authorization: Bearer $TOKEN
        literal $TOKEN in double quotes",
    );
    check("C:\\Users\\me>curl -u \"me:a\\\\\" \"https://x.test/a b\"", "GET https://x.test/a b\nuser me:a\\");
    check(
        "curl https://x.test/?a=1&b=2 ^ \n -X PUT",
        "GET https://x.test/?a=1
        option unquoted-ampersand `&`
        open",
    );
}

#[test]
fn powershell() {
    check(
        "curl.exe -H \"Authorization: Bearer $env:TOKEN\" `\n  -H 'A: it''s $env:B' `\n  -X POST https://x.test",
        "POST https://x.test
        Authorization: Bearer ‹TOKEN›
        A: it's $env:B
        literal $env:B in single quotes",
    );
    check(
        "$t = \"abc\"\n$env:H = 'https://x.test'\n\
         $r = curl.exe \"$($env:H)/a\" \"${env:H}/b\" -H \"A: $t `\"q`\"`t\" -u \"me:$(Get-Secret x)\"",
        "GET ‹$(…)›/a
        A: abc \"q\"\t
        user me:‹$(…)›
        --
        GET https://x.test/b
        A: abc \"q\"\t
        user me:‹$(…)›",
    );
    check_as(
        "x.ps1",
        "$b = @'\n{\"a\": \"$x\"}\n'@\ncurl.exe -d $b -H (\"A: \" + $t) https://x.test # c\n\
         & curl.exe -d @\"\n{\"c\": \"$x\"}\n\"@ https://y.test",
        r#"POST https://x.test
        (content-type: application/x-www-form-urlencoded)
        body {\"a\": \"$x\"}
        literal $x in a quoted here-document
        open
        --
        POST https://y.test
        (content-type: application/x-www-form-urlencoded)
        body {\"c\": \"‹x›\"}"#,
    );
    // Windows PowerShell 5 needs the backslashes.
    check_as(
        "x.ps1",
        "if ($x) { curl.exe --json '{\\\"a\\\": 1}' -H \"A: \\`\"b\\`\"\" $u.path @rest > out.txt }",
        r#"POST ‹u›
        A: "b"
        (accept: application/json)
        (content-type: application/json)
        body {\"a\": 1}
        open"#,
    );
    check("PS C:\\> curl.exe https://x.test <# no #> -X PUT; curl.exe y.test", "PUT https://x.test\n--\nGET y.test");
}
