//! Recordings of browsers: large, and nearly all of it is passed over. Each size is four times the one before it, so
//! that the throughput stays the same where the time is linear.
//!
//! `cargo bench --bench har`

use divan::Bencher;
use divan::counter::BytesCount;
use tokenlint::load::RuleSet;
use tokenlint::options::{Input, Options};

const SIZES: [usize; 3] = [3 << 20, 12 << 20, 50 << 20];

fn main() {
    divan::main();
}

/// A page load: a page, scripts and pictures, and among them requests of a program with its token.
fn recording(size: usize, pretty: bool) -> String {
    let page = "<p class=\\\"a\\\">{{name}} $x \\n".repeat(400);
    let picture = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ".repeat(300);
    let list = "{\\\"id\\\":\\\"a1\\\",\\\"text\\\":\\\"hello\\\"},".repeat(100);
    let entry = |method: &str, url: &str, headers: &str, kind: &str, mime: &str, text: &str| {
        format!(
            "{{\"startedDateTime\":\"2027-01-15T08:00:00.000Z\",\"time\":81,\"_resourceType\":\"{kind}\",\n\
             \"request\":{{\"method\":\"{method}\",\"url\":\"{url}\",\"httpVersion\":\"h2\",\"headers\":[\n\
             {{\"name\":\":authority\",\"value\":\"a.example\"}},{headers}\n\
             {{\"name\":\"user-agent\",\"value\":\"Mozilla/5.0\"}}],\"queryString\":[],\"cookies\":[]}},\n\
             \"response\":{{\"status\":200,\"headers\":[{{\"name\":\"content-type\",\"value\":\"{mime}\"}}],\n\
             \"content\":{{\"size\":1,\"mimeType\":\"{mime}\",\"text\":\"{text}\"}}}}}},\n"
        )
    };
    let pat = "{\"name\":\"authorization\",\"value\":\"Bearer NGFkN2Y2YTEtOTNjMi00ZDBlLThiNWYtMmY2YzFlOWE3ZDMwOmZha2UtcGF0LWZvci10ZXN0cw==\"},";
    let api = "https://api.livechatinc.com/v3.6/agent/action/list_chats";
    let unit = [
        entry("GET", "https://a.example/", "", "document", "text/html", &page),
        entry("GET", "https://a.example/a.png", "", "image", "image/png", &picture),
        entry("POST", api, pat, "fetch", "application/json", &format!("[{list}{{}}]")),
        entry("POST", api, pat, "xhr", "application/json", "{}"),
    ]
    .concat();
    let unit = if pretty { unit } else { unit.replace('\n', "") };
    let entries = unit.repeat(size / unit.len());
    format!("{{\"log\":{{\"version\":\"1.2\",\"entries\":[{}]}}}}", entries.trim_end().trim_end_matches(','))
}

fn lint(bencher: Bencher, text: String) {
    let set = RuleSet::builtin();
    let size = text.len();
    let input = Input { name: "a.har".to_owned(), text, kind: None };
    let options = Options { now: Some(1_800_000_000), ..Options::default() };
    bencher.counter(BytesCount::new(size)).bench(|| {
        let report = tokenlint::lint(&input, &set, &options);
        assert_eq!(report.findings.len(), 1);
        report.things
    });
}

#[divan::bench(args = SIZES, sample_count = 3, sample_size = 1)]
fn laid_out(bencher: Bencher, size: usize) {
    lint(bencher, recording(size, true));
}

#[divan::bench(args = SIZES, sample_count = 3, sample_size = 1)]
fn in_one_line(bencher: Bencher, size: usize) {
    lint(bencher, recording(size, false));
}
