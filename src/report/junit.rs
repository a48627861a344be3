//! JUnit XML, which every CI server can show: a suite a source, a case a finding.

use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::BytesText;

use super::shown::{self, Finding, Trouble};
use crate::finding::Severity;
use crate::run::Run;
use crate::show::Show;

type Xml<'a> = Writer<&'a mut dyn Write>;

/// Writes what was found and what could not be done. A finding of the severity `fails` or above is a failed case.
pub fn write(run: &Run, show: &Show, fails: Option<Severity>, out: &mut dyn Write) -> io::Result<()> {
    let findings: Vec<Finding> = shown::findings(run, *show).collect();
    let troubles = shown::troubles(run, *show);
    let failed = |finding: &Finding| fails.is_some_and(|least| finding.severity >= least);
    let source = |finding: &Finding| finding.at().map(|at| at.source.clone()).unwrap_or_default();
    let failures = |findings: &[Finding]| findings.iter().filter(|finding| failed(finding)).count().to_string();
    // A report without a case is taken for a broken one.
    let nothing = findings.is_empty() && troubles.is_empty();
    let tests = (findings.len() + troubles.len() + usize::from(nothing)).to_string();
    let mut xml = Writer::new_with_indent(out, b' ', 2);
    let all = xml.create_element("testsuites").with_attributes([
        ("name", env!("CARGO_PKG_NAME")),
        ("tests", &tests),
        ("failures", &failures(&findings)),
        ("errors", &troubles.len().to_string()),
    ]);
    all.write_inner_content(|xml| {
        for suite in findings.chunk_by(|a, b| source(a) == source(b)) {
            let name = suite.first().map(source).unwrap_or_default();
            let element = xml.create_element("testsuite").with_attributes([
                ("name", name.as_str()),
                ("tests", &suite.len().to_string()),
                ("failures", &failures(suite)),
            ]);
            element.write_inner_content(|xml| suite.iter().try_for_each(|one| case(one, &name, failed(one), xml)))?;
        }
        let rest = troubles.len() + usize::from(nothing);
        if rest > 0 {
            let (name, rest) = (env!("CARGO_PKG_NAME"), rest.to_string());
            let errors = troubles.len().to_string();
            let element = xml.create_element("testsuite");
            let element = element.with_attributes([("name", name), ("tests", &rest), ("errors", &errors)]);
            element.write_inner_content(|xml| {
                if nothing {
                    let case = xml.create_element("testcase");
                    case.with_attributes([("name", "no findings"), ("classname", name)]).write_empty()?;
                }
                troubles.iter().try_for_each(|one| error(one, name, xml))
            })?;
        }
        Ok(())
    })?;
    xml.into_inner().write_all(b"\n")
}

fn case(finding: &Finding, source: &str, failed: bool, xml: &mut Xml) -> io::Result<()> {
    let (line, column) = finding.at().map_or((1, 1), |at| (at.line, at.column));
    let place = format!("{source}:{line}:{column}");
    let severity = finding.severity.name();
    let docs: Vec<String> = finding.basis.iter().map(|link| format!("docs: {link}")).collect();
    let text = format!("{severity}: {}\n{}\n{place}", finding.sentences(), docs.join("\n"));
    let (name, line) = (format!("{} at {line}:{column}", finding.rule), line.to_string());
    let case = xml.create_element("testcase");
    let case =
        case.with_attributes([("name", name.as_str()), ("classname", source), ("file", source), ("line", &line)]);
    case.write_inner_content(|xml| {
        let inside = if failed {
            let failure = xml.create_element("failure");
            failure.with_attributes([("type", finding.rule.as_str()), ("message", &finding.message)])
        } else {
            xml.create_element("system-out")
        };
        inside.write_text_content(BytesText::new(&text)).map(|_| ())
    })?;
    Ok(())
}

fn error(trouble: &Trouble, class: &str, xml: &mut Xml) -> io::Result<()> {
    let name = trouble.source.as_deref().unwrap_or("the command");
    let case = xml.create_element("testcase").with_attributes([("name", name), ("classname", class)]);
    case.write_inner_content(|xml| {
        let error = xml.create_element("error").with_attribute(("message", trouble.message.as_str()));
        error.write_text_content(BytesText::new(&trouble.sentences())).map(|_| ())
    })?;
    Ok(())
}
