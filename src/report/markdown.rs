//! A table and details for a job summary or a comment. All of it is HTML, which Markdown passes on as it is: so nothing in
//! a file is markup, and what quotes a file stands in `<code>` or `<pre>`, where no address or name becomes a link.

use std::io::{self, Write};

use quick_xml::escape::escape;

use super::{counted, human, shown};
use crate::run::Run;
use crate::show::{Show, View};

/// A summary must not become too large to be taken.
const MOST: usize = 50;
const SCREEN: human::Screen = human::Screen { color: false, width: 100 };

/// Writes what was found and what could not be done.
pub fn write(run: &Run, show: &Show, out: &mut dyn Write) -> io::Result<()> {
    let (mut rows, mut details, mut count) = (Vec::new(), String::new(), 0);
    for report in &run.reports {
        let view = View::new(*show, &report.sources, &report.facts);
        count += report.findings.len();
        for (finding, shown) in report.findings.iter().zip(shown::findings_of(report, &view)) {
            if rows.len() == MOST {
                break;
            }
            let at = shown.at().map(|at| format!("{}:{}:{}", at.source, at.line, at.column)).unwrap_or_default();
            rows.push([shown.severity.name(), &shown.rule, &at, &shown.message].map(str::to_owned));
            details += &human::finding(finding, &view, SCREEN)?;
            details.push('\n');
        }
    }
    let left = count - rows.len() + run.left_out;
    rows.extend(
        shown::troubles(run, *show)
            .into_iter()
            .map(|trouble| ["not done".to_owned(), String::new(), trouble.source.unwrap_or_default(), trouble.message]),
    );
    let result = if count == 0 { "no findings".to_owned() } else { counted(count, "finding") };
    writeln!(out, "<h3>tokenlint: {result}</h3>")?;
    if !rows.is_empty() {
        writeln!(out, "<table>\n<tr><th>severity</th><th>rule</th><th>place</th><th>what is there</th></tr>")?;
        for [severity, rule, at, message] in &rows {
            let code =
                |text: &str| if text.is_empty() { String::new() } else { format!("<code>{}</code>", escape(text)) };
            let cells = [severity.clone(), code(rule), code(at), code(message)];
            writeln!(out, "<tr><td>{}</td></tr>", cells.join("</td><td>"))?;
        }
        writeln!(out, "</table>")?;
    }
    if left > 0 {
        writeln!(out, "<p>{} not shown here</p>", counted(left, "more finding"))?;
    }
    if !details.is_empty() {
        let details = escape(details.trim_end());
        writeln!(out, "\n<details><summary>excerpts and help</summary>\n\n<pre>\n{details}\n</pre>\n\n</details>")?;
    }
    writeln!(out, "\n<p><code>{}</code></p>", escape(human::summary(run, show, SCREEN).trim_end()))
}
