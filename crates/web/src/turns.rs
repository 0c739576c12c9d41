//! Turns at what only few may do at once, so many of them for one network: whoever holds theirs for
//! long keeps those of their own network waiting, and nobody else.
//!
//! Says nothing of how long a turn may take; that is for who gives it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use polder_wiki::accounts::Network;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, SemaphorePermit};

/// All turns at one thing.
#[derive(Debug)]
pub struct Turns {
    all: Semaphore,
    per_network: usize,
    /// Of each network of which somebody has a turn or waits for one.
    networks: Mutex<BTreeMap<IpAddr, Arc<Semaphore>>>,
}

/// A turn, or a place in the queue for one; it is given back with the value.
pub struct Turn<'a> {
    of: &'a Turns,
    network: IpAddr,
    own: Option<OwnedSemaphorePermit>,
    all: Option<SemaphorePermit<'a>>,
}

impl Turns {
    pub const fn new(all: usize, per_network: usize) -> Turns {
        Turns { all: Semaphore::const_new(all), per_network, networks: Mutex::new(BTreeMap::new()) }
    }

    /// Waits for a turn: first among those of the same network (/24, or /48 of IPv6), then among all.
    pub async fn take(&self, client: IpAddr) -> Option<Turn<'_>> {
        let mut turn = Turn { of: self, network: Network::of(client).shortened(), own: None, all: None };
        let queue = {
            let mut networks = self.lock();
            let made = || Arc::new(Semaphore::new(self.per_network));
            Arc::clone(networks.entry(turn.network).or_insert_with(made))
        };
        turn.own = Some(queue.acquire_owned().await.ok()?);
        turn.all = Some(self.all.acquire().await.ok()?);
        Some(turn)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<IpAddr, Arc<Semaphore>>> {
        // A panic elsewhere leaves at worst a queue that nobody stands in.
        self.networks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.all = None;
        let mut networks = self.of.lock();
        self.own = None;
        if networks.get(&self.network).is_some_and(|queue| Arc::strong_count(queue) == 1) {
            networks.remove(&self.network);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    fn client(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn one_network_holds_its_share_and_what_it_leaves_is_for_others() {
        let turns = Turns::new(3, 2);
        let now = |address: &str| turns.take(client(address)).now_or_never().flatten();
        let (one, two) = (now("192.0.2.1").expect("free"), now("192.0.2.2").expect("free"));
        assert!(now("192.0.2.3").is_none(), "a third of the same network");
        let other = now("198.51.100.1").expect("another network");
        assert!(now("2001:db8::1").is_none(), "all are taken");
        drop(one);
        let six = now("2001:db8::1").expect("one is free again");
        drop((two, other, six));
        // Whoever waited and went leaves nothing behind either.
        assert!(turns.lock().is_empty());
        let _held: Vec<_> = (0..2).map(|n| now(&format!("2001:db8::{n}")).expect("free")).collect();
        assert!(now("2001:db8:0:7::1").is_none(), "the same /48");
    }

    #[test]
    fn whoever_waits_comes_when_somebody_of_their_network_is_done() {
        let turns = Turns::new(8, 1);
        let held = turns.take(client("192.0.2.1")).now_or_never().flatten().expect("free");
        let mut waiting = Box::pin(turns.take(client("192.0.2.9")));
        assert!(waiting.as_mut().now_or_never().is_none());
        drop(held);
        assert!(waiting.now_or_never().flatten().is_some());
    }
}
