//! The options of curl (manual of curl 8.16): which of them take an argument.
//!
//! All of them are here, since the argument of an option must never be taken for the URL. What the options that matter
//! to a request do is in `arguments`.

use std::sync::LazyLock;

/// Options that take an argument, with the letter of the short form in front.
const WITH_ARGUMENT: &str = "\
    abstract-unix-socket alt-svc aws-sigv4 cacert capath E:cert cert-type ciphers K:config connect-timeout \
    connect-to C:continue-at b:cookie c:cookie-jar create-file-mode crlfile curves d:data data-ascii data-binary \
    data-raw data-urlencode delegation dns-interface dns-ipv4-addr dns-ipv6-addr dns-servers doh-url D:dump-header \
    ech egd-file engine etag-compare etag-save expect100-timeout F:form form-string ftp-account \
    ftp-alternative-to-user ftp-method P:ftp-port ftp-ssl-ccc-mode happy-eyeballs-timeout-ms haproxy-clientip \
    H:header hostpubmd5 hostpubsha256 hsts interface ip-tos ipfs-gateway json keepalive-cnt keepalive-time key \
    key-type knownhosts krb libcurl limit-rate local-port login-options mail-auth mail-from mail-rcpt max-filesize \
    max-redirs m:max-time netrc-file noproxy oauth2-bearer o:output output-dir parallel-max parallel-max-host pass \
    pinnedpubkey preproxy proto proto-default proto-redir x:proxy proxy-cacert proxy-capath proxy-cert \
    proxy-cert-type proxy-ciphers proxy-crlfile proxy-header proxy-key proxy-key-type proxy-pass proxy-pinnedpubkey \
    proxy-service-name proxy-tls13-ciphers proxy-tlsauthtype proxy-tlspassword proxy-tlsuser U:proxy-user proxy1.0 \
    pubkey Q:quote random-file r:range rate e:referer X:request request-target resolve retry retry-delay \
    retry-max-time sasl-authzid service-name sig-algs sigalgs socks socks4 socks4a socks5 socks5-gssapi-service \
    socks5-hostname Y:speed-limit y:speed-time stderr t:telnet-option tftp-blksize z:time-cond tls-max tls13-ciphers \
    tlsauthtype tlspassword tlsuser trace trace-ascii trace-config unix-socket T:upload-file upload-flags url \
    url-query u:user A:user-agent variable vlan-priority w:write-out";

/// Options that take none. Each can also be written with `no-` in front.
const FLAGS: &str = "\
    alpn anyauth a:append basic N:buffer ca-native cert-status clobber compressed compressed-ssh create-dirs crlf \
    digest q:disable disable-eprt disable-epsv disallow-username-in-url doh-cert-status doh-insecure dump-ca-embed \
    eprt epsv f:fail fail-early fail-with-body false-start follow form-escape ftp-create-dirs ftp-pasv ftp-pret \
    ftp-skip-pasv-ip ftp-ssl ftp-ssl-ccc ftp-ssl-control ftp-ssl-reqd G:get g:globoff haproxy-protocol I:head h:help \
    http0.9 0:http1.0 http1.1 http2 http2-prior-knowledge http3 http3-only ignore-content-length i:include \
    k:insecure 4:ipv4 6:ipv6 j:junk-session-cookies keepalive l:list-only L:location location-trusted \
    mail-rcpt-allowfails M:manual metalink mptcp negotiate n:netrc netrc-optional ::next npn ntlm ntlm-wb out-null \
    Z:parallel parallel-immediate path-as-is post301 post302 post303 #:progress-bar progress-meter proxy-anyauth \
    proxy-basic proxy-ca-native proxy-digest proxy-http2 proxy-insecure proxy-negotiate proxy-ntlm \
    proxy-ssl-allow-beast proxy-ssl-auto-client-cert proxy-tlsv1 p:proxytunnel raw J:remote-header-name \
    O:remote-name remote-name-all R:remote-time remove-on-error retry-all-errors retry-connrefused sasl-ir sessionid \
    S:show-error s:silent skip-existing socks5-basic socks5-gssapi socks5-gssapi-nec ssl ssl-allow-beast \
    ssl-auto-client-cert ssl-no-revoke ssl-reqd ssl-revoke-best-effort 2:sslv2 3:sslv3 styled-output \
    suppress-connect-headers tcp-fastopen tcp-nodelay tftp-no-options tls-earlydata 1:tlsv1 tlsv1.0 tlsv1.1 tlsv1.2 \
    tlsv1.3 tr-encoding trace-ids trace-time B:use-ascii v:verbose V:version xattr";

/// An option curl knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    /// Its long name.
    pub name: &'static str,
    /// True if an argument follows.
    pub argument: bool,
}

/// All options, with the letter of the short form.
static ALL: LazyLock<Vec<(Option<char>, Known)>> = LazyLock::new(|| {
    let split = |list: &'static str, argument| {
        list.split_ascii_whitespace().map(move |item| {
            // The letter may itself be a colon: `-:` is `--next`.
            let (letter, name) = match item.as_bytes() {
                [letter, b':', ..] => (Some(*letter as char), item.get(2..).unwrap_or("")),
                _ => (None, item),
            };
            (letter, Known { name, argument })
        })
    };
    split(WITH_ARGUMENT, true).chain(split(FLAGS, false)).collect()
});

/// The option with that long name. curl also takes the beginning of a name that no other option shares.
pub(super) fn long(name: &str) -> Option<Known> {
    let exact = |name: &str| ALL.iter().map(|(_, known)| *known).find(|known| known.name == name);
    if let Some(known) = exact(name) {
        return Some(known);
    }
    if let Some(flag) = name.strip_prefix("no-").and_then(exact).filter(|known| !known.argument) {
        // What is switched off changes nothing that matters here.
        return Some(Known { name: "no", ..flag });
    }
    if let Some(known) = name.strip_prefix("expand-").and_then(exact) {
        return Some(known);
    }
    let mut begins = ALL.iter().map(|(_, known)| *known).filter(|known| name.len() > 2 && known.name.starts_with(name));
    begins.next().filter(|_| begins.next().is_none())
}

/// The option with that letter.
pub(super) fn short(letter: char) -> Option<Known> {
    ALL.iter().find(|(l, _)| *l == Some(letter)).map(|(_, known)| *known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_found_by_name_letter_and_beginning() {
        assert_eq!(long("header"), Some(Known { name: "header", argument: true }));
        assert_eq!(long("head"), Some(Known { name: "head", argument: false }));
        assert_eq!(long("heade").map(|k| k.name), Some("header"));
        assert_eq!(long("no-progress-meter").map(|k| k.name), Some("no"));
        assert_eq!(long("expand-header").map(|k| k.name), Some("header"));
        assert_eq!(long("da"), None);
        assert_eq!(long("headers"), None);
        assert_eq!(short('H').map(|k| k.name), Some("header"));
        assert_eq!(short(':').map(|k| k.name), Some("next"));
        assert_eq!(short('N').map(|k| (k.name, k.argument)), Some(("buffer", false)));
        assert_eq!(short('!'), None);
    }

    #[test]
    fn no_option_is_listed_twice() {
        let mut names: Vec<_> = ALL.iter().map(|(_, known)| known.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        assert!(count > 250);
    }
}
