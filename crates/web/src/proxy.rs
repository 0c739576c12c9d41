//! Where a request comes from, and the address that the public knows this wiki by.
//!
//! Forwarding headers count only when the machine at the other end of the connection was named by
//! the owner. Headers that name a person (`X-Remote-User` and the like) are never read: who asks is
//! known by a session or a token, whatever stands in front (W6).

use std::fmt;
use std::net::IpAddr;

use actix_web::http::Uri;
use actix_web::http::header::{self, HeaderMap, HeaderName};

/// Headers that only a proxy sets, besides all that begin with `x-forwarded`.
const FORWARDING: [&str; 12] = [
    "forwarded",
    "via",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-original-host",
    "x-original-url",
    "x-envoy-external-address",
    "true-client-ip",
    "fastly-client-ip",
    "cf-connecting-ip",
    "cdn-loop",
];

/// Steps from one proxy to the next that are followed. Real chains have three.
const HOPS_MAX: usize = 16;

/// Longest host name with its port: DNS allows 253 characters for the name.
const HOST_MAX_BYTES: usize = 260;

/// Longest path under which a wiki is served.
const BASE_MAX_BYTES: usize = 200;

/// The public address of a wiki: `https://wiki.example.org/plan`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    pub is_https: bool,
    /// Name and, where it is not the usual one, port.
    pub host: String,
    /// Empty, or `/plan`: what stands before every address of the wiki.
    pub base: String,
}

impl PublicUrl {
    /// `None` for what is no address of a site: another scheme, a person, a query, an odd path.
    pub fn parse(text: &str) -> Option<PublicUrl> {
        let (is_https, rest) = match text.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("http://")?),
        };
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let base = path.trim_end_matches('/');
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
        let is_segment = |part: &str| {
            !part.is_empty() && part.bytes().all(plain) && part != "." && part != ".." && !part.starts_with('-')
        };
        let is_base = base.is_empty() || (base.len() <= BASE_MAX_BYTES && base[1..].split('/').all(is_segment));
        (is_host(host) && is_base).then(|| PublicUrl {
            is_https,
            host: host.to_ascii_lowercase(),
            base: base.to_owned(),
        })
    }

    /// Scheme and host, as browsers write them in `Origin`.
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.is_https { "https" } else { "http" }, self.host)
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin(), self.base)
    }
}

/// An address, or all addresses that begin like it: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressRange {
    address: IpAddr,
    bits: u8,
}

impl AddressRange {
    pub fn parse(text: &str) -> Option<AddressRange> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address = plain(address.trim().parse().ok()?);
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.trim().parse().ok().filter(|bits| *bits <= most)?,
            None => most,
        };
        Some(AddressRange { address, bits })
    }

    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.address, plain(address)) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                (own.to_bits() ^ other.to_bits()).checked_shr(32 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                (own.to_bits() ^ other.to_bits()).checked_shr(128 - u32::from(self.bits)).unwrap_or(0) == 0
            }
            _ => false,
        }
    }
}

/// An IPv4 address that came over an IPv6 socket, as itself.
pub fn plain(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

/// Where a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The address of who asks: of the other end, or what named proxies say of it.
    pub client: IpAddr,
    /// Whether the connection of who asks is encrypted, as far as this server can know.
    pub is_https: bool,
    /// The host that was asked for. Never trusted for more than an answer to the same person.
    pub host: String,
    /// Whether something stands in between: any forwarding header, from whomever.
    pub is_forwarded: bool,
    /// Whether the other end was named by the owner.
    pub by_proxy: bool,
}

/// What is known of the connection itself.
#[derive(Clone, Copy, Debug)]
pub struct Wire {
    pub peer: IpAddr,
    /// Encrypted by this server.
    pub is_tls: bool,
}

impl Origin {
    /// `uri` holds the host over HTTP/2. `url` is the public address that was set up, which goes
    /// before whatever a proxy says or leaves out.
    pub fn of(wire: Wire, headers: &HeaderMap, uri: &Uri, proxies: &[AddressRange], url: Option<&PublicUrl>) -> Origin {
        let peer = plain(wire.peer);
        let by_proxy = proxies.iter().any(|network| network.holds(peer));
        let asked = match headers.get(header::HOST) {
            Some(host) => host.to_str().unwrap_or_default(),
            None => uri.authority().map_or("", |authority| authority.as_str()),
        };
        let mut origin = Origin {
            client: peer,
            is_https: wire.is_tls,
            host: asked.to_owned(),
            is_forwarded: headers
                .keys()
                .any(|name| name.as_str().starts_with("x-forwarded") || FORWARDING.contains(&name.as_str())),
            by_proxy,
        };
        if by_proxy {
            origin.believe(headers, proxies, url);
        }
        origin
    }

    fn believe(&mut self, headers: &HeaderMap, proxies: &[AddressRange], url: Option<&PublicUrl>) {
        let by_x: Vec<Option<IpAddr>> = listed(headers, "x-forwarded-for").map(node).collect();
        let by_rfc = forwarded(headers);
        let of_rfc: Vec<Option<IpAddr>> = by_rfc.iter().map(|hop| hop.by).collect();
        let from_x = nearest_stranger(self.client, &by_x, proxies);
        let from_rfc = nearest_stranger(self.client, &of_rfc, proxies);
        // A proxy writes one of the two and lets the other pass as a client wrote it. Where they
        // don't say the same, nobody knows which is which, and the proxy itself is all that is known.
        let disagree = !by_x.is_empty() && !of_rfc.is_empty() && from_x != from_rfc;
        let proto_x = listed(headers, "x-forwarded-proto").last();
        let proto_rfc = by_rfc.last().and_then(|hop| hop.proto);
        self.is_https = self.is_https
            || match (proto_x, proto_rfc) {
                (Some(one), Some(other)) if !one.eq_ignore_ascii_case(other) => url.is_some_and(|url| url.is_https),
                (Some(proto), _) | (None, Some(proto)) => proto.eq_ignore_ascii_case("https"),
                (None, None) => url.is_some_and(|url| url.is_https),
            };
        if !disagree {
            self.client = if by_x.is_empty() { from_rfc } else { from_x };
        }
        let host = listed(headers, "x-forwarded-host").last().or_else(|| by_rfc.last().and_then(|hop| hop.host));
        if let Some(host) = host.filter(|host| is_host(host)) {
            self.host = host.to_owned();
        }
    }
}

/// From the right, since each proxy adds what it saw itself: the first address that is no named
/// proxy. What can't be read ends the way, and the last that was known counts.
fn nearest_stranger(peer: IpAddr, hops: &[Option<IpAddr>], proxies: &[AddressRange]) -> IpAddr {
    let mut nearest = peer;
    for hop in hops.iter().rev().take(HOPS_MAX) {
        let Some(hop) = hop else { break };
        nearest = *hop;
        if !proxies.iter().any(|network| network.holds(nearest)) {
            break;
        }
    }
    nearest
}

/// The members of a header that is a list, in all its lines.
fn listed<'a>(headers: &'a HeaderMap, name: &'static str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(HeaderName::from_static(name))
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(str::trim)
}

/// `192.0.2.7`, `192.0.2.7:8080`, `2001:db8::7`, `[2001:db8::7]:8080`; nothing for `unknown`.
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let address = match text.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?.0,
        None if text.matches(':').count() == 1 => text.split_once(':')?.0,
        None => text,
    };
    address.parse().ok().map(plain)
}

/// One element of `Forwarded` (RFC 7239).
#[derive(Default)]
struct Hop<'a> {
    by: Option<IpAddr>,
    proto: Option<&'a str>,
    host: Option<&'a str>,
}

/// A quoted comma or semicolon is no syntax of addresses, hosts or schemes, so that splitting there
/// only ever makes a hop unreadable.
fn forwarded(headers: &HeaderMap) -> Vec<Hop<'_>> {
    listed(headers, "forwarded")
        .map(|element| {
            let mut hop = Hop::default();
            for (name, value) in element.split(';').filter_map(|pair| pair.split_once('=')) {
                let value = value.trim().trim_matches('"');
                match name.trim().to_ascii_lowercase().as_str() {
                    "for" => hop.by = node(value),
                    "proto" => hop.proto = Some(value),
                    "host" => hop.host = Some(value),
                    _ => {}
                }
            }
            hop
        })
        .collect()
}

/// Whether a text is a host name or address with at most a port, and so may stand in a link.
fn is_host(host: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b':' | b'[' | b']' | b'_');
    !host.is_empty() && host.len() <= HOST_MAX_BYTES && host.bytes().all(plain) && host.parse::<Uri>().is_ok()
}

/// Whether a `Host` header names this machine itself: a name or address, and at most a port.
pub fn is_loopback_host(host: &str) -> bool {
    let (name, rest) = match host.strip_prefix('[') {
        Some(inner) => match inner.split_once(']') {
            Some((name, rest)) => (name, rest),
            None => return false,
        },
        None => host.split_at(host.find(':').unwrap_or(host.len())),
    };
    let port_only = match rest.strip_prefix(':') {
        Some(port) => (1..=5).contains(&port.len()) && port.bytes().all(|byte| byte.is_ascii_digit()),
        None => rest.is_empty(),
    };
    port_only
        && (name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()))
}
