//! How many connections there are, and how many one address may hold.
//!
//! The web server takes new ones until each of its threads has its share of `CONNECTIONS_MAX`; more
//! wait in the queue of the system. It knows nothing of addresses: what one holds too many is closed
//! here, before a byte of it is read. A client that does not read is the system's to find out, which
//! gives a connection up when nothing of what was sent was taken for `WRITE_TIME`; one that reads a
//! little now and then keeps its connection, and its share of the memory.

use std::any::Any;
use std::collections::HashMap;
use std::net::{IpAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use polder_wiki::accounts::Network;
use socket2::SockRef;

use crate::proxy::{AddressRange, plain};

/// Connections at once: an office of thousands with several windows each, at some 20 KiB of memory.
pub const CONNECTIONS_MAX: usize = 10_000;

/// Connections of one address: an office behind one, whose browsers open six each.
pub const PER_ADDRESS_MAX: usize = 256;

/// How long a client may leave what was sent untaken.
pub const WRITE_TIME: Duration = Duration::from_secs(30);

/// How long the beginning of an encrypted connection may take; a round over a satellite takes two.
pub const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

/// The connections that are open, by address.
#[derive(Debug)]
pub struct Connections {
    open: Mutex<HashMap<IpAddr, usize>>,
    /// Proxies hold many: they speak for all.
    proxies: Vec<AddressRange>,
    /// Whether this machine itself is counted.
    with_loopback: bool,
}

/// One open connection; it is given back with the value.
struct Held {
    all: Arc<Connections>,
    address: IpAddr,
}

impl Connections {
    pub fn new(proxies: Vec<AddressRange>, with_loopback: bool) -> Connections {
        Connections { open: Mutex::default(), proxies, with_loopback }
    }

    pub fn len(&self) -> usize {
        self.lock().values().sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<IpAddr, usize>> {
        // A panic elsewhere leaves at worst a wrong count of one.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For the web server: looks at each connection that begins, and closes what is too many.
    pub fn opened(self: &Arc<Self>, connection: &dyn Any, kept: &mut Extensions) {
        let stream = match connection.downcast_ref::<TlsStream<TcpStream>>() {
            Some(tls) => Some(tls.get_ref().0),
            None => connection.downcast_ref::<TcpStream>(),
        };
        let Some(stream) = stream else { return };
        let Ok(peer) = stream.peer_addr() else { return };
        let peer = plain(peer.ip());
        let address = Network::of(peer).address();
        let n = {
            let mut open = self.lock();
            let n = open.entry(address).or_insert(0);
            *n += 1;
            *n
        };
        kept.insert(Held { all: Arc::clone(self), address });
        let is_free =
            self.proxies.iter().any(|network| network.holds(peer)) || (peer.is_loopback() && !self.with_loopback);
        if n > PER_ADDRESS_MAX && !is_free {
            // Reading then ends at once, and with it the connection.
            let _ = SockRef::from(stream).shutdown(std::net::Shutdown::Both);
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut open = self.all.lock();
        if let Some(n) = open.get_mut(&self.address) {
            *n -= 1;
            if *n == 0 {
                open.remove(&self.address);
            }
        }
    }
}

/// Has all connections of a listener given up that take nothing any more.
pub fn bound_writes(listener: &TcpListener) -> std::io::Result<()> {
    SockRef::from(listener).set_tcp_user_timeout(Some(WRITE_TIME))
}
