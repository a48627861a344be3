//! Values that a specification or its tutorial publishes as an example.

/// The document in which this value is an example, if there is one.
pub fn sample(text: &str) -> Option<&'static str> {
    SAMPLES.iter().find(|(value, _)| *value == text).map(|(_, document)| *document)
}

const SAMPLES: &[(&str, &str)] = &[
    ("mF_9.B5f-4.1JqM", "RFC 6750"),
    ("2YotnFZFEjr1zCsicMWpAA", "RFC 6749"),
    ("tGzv3JOkF0XG5Qx2TlKWIA", "RFC 6749"),
    ("SplxlOBeZQQYbYS6WxSbIA", "RFC 6749"),
    ("gX1fBat3bV", "RFC 6749"),
    ("7Fjfp0ZBr1KtDRbnfVdmIw", "RFC 6749"),
    ("czZCaGRSa3F0MzpnWDFmQmF0M2JW", "RFC 6749"),
    ("czZCaGRSa3F0Mzo3RmpmcDBaQnIxS3REUmJuZlZkbUl3", "RFC 6749"),
    ("QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "RFC 7617"),
    ("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "RFC 7636"),
    ("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "RFC 7636"),
    ("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU", "RFC 9449"),
    ("GmRhmhcxhwAzkoEqiMEg_DnyEysNkuNhszIySk9eS", "RFC 8628"),
    ("WDJB-MJHT", "RFC 8628"),
];
