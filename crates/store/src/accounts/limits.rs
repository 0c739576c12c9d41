//! How often somebody may guess: waits per account and network, and windows per account, address and
//! network.
//!
//! Failures are counted, successes are not; so an office behind one address signs in freely. A
//! failure counts the same whether or not there is such an account. The wait that grows is the
//! account's in one network: who guesses elsewhere does not keep its owner waiting. What all networks
//! guess together is bounded per account too. In a network that its owner came from before only that
//! growing wait holds, or one of an office who guesses would keep all of it out. What
//! is counted is kept in memory only: a restart forgives, which costs whoever guesses more than it
//! gives. Nothing here asks the clock.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Failures of one account in one network before it has to wait there: a person who tries the
/// passwords they know.
pub const FREE_FAILURES: u32 = 5;
/// The longest of those waits. An account is never locked.
pub const LONGEST_WAIT_S: i64 = 60;
/// Failures of an account in a network are forgotten after this long without one.
pub const FAILURES_KEPT_S: i64 = 24 * 3600;
/// Failures of one account in an hour, from everywhere together. A person who errs makes a handful.
/// Who has many networks gets 2,400 guesses a day at one account, and a password that is taken here
/// is not among the first millions that are tried; so guessing stays slow (ASVS 5.0, V6.3.1).
pub const ACCOUNT_PER_HOUR: usize = 100;
/// Failures per address in a minute and in an hour.
pub const ADDRESS_PER_MINUTE: usize = 20;
pub const ADDRESS_PER_HOUR: usize = 100;
/// Failures per network (/24, or /48 of IPv6) in an hour: one provider's customer, many addresses.
pub const NETWORK_PER_HOUR: usize = 300;
/// Names and addresses remembered at once, of each kind. Full, the oldest go: some tens of MB at most,
/// for which somebody must fail millions of times.
pub const REMEMBERED: usize = 20_000;

const MINUTE_S: i64 = 60;
const HOUR_S: i64 = 3600;

/// Where a request comes from. The whole address is for counting only; what is written down or
/// shown is the network, by `to_string`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network(IpAddr);

impl Network {
    pub fn of(address: IpAddr) -> Network {
        Network(address.to_canonical())
    }

    /// What is counted as one address: with IPv6 the /64 that one customer has at least.
    pub fn address(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        }
    }

    /// All of the network as one: what is beneath its /24, or /48 of IPv6, is left out.
    pub fn shortened(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(v4) => IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & 0xffff_ff00)),
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 80))),
        }
    }
}

/// The network, like `192.0.2.0/24` or `2001:db8:1::/48`.
impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.shortened(), if self.0.is_ipv4() { 24 } else { 48 })
    }
}

/// Where an attempt at an account comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// Nobody signed in to this account from this network before.
    New(Network),
    /// Somebody did, so this may well be its owner.
    Known(Network),
    /// From a session of the account itself.
    Inside,
}

impl Came {
    fn network(self) -> Option<Network> {
        match self {
            Came::New(from) | Came::Known(from) => Some(from),
            Came::Inside => None,
        }
    }
}

/// All failures that still count.
#[derive(Default)]
pub(super) struct Limits {
    /// By account and network; without a network for who is signed in already.
    accounts: HashMap<(Box<str>, Option<IpAddr>), Failures>,
    /// By account, from everywhere.
    everywhere: HashMap<Box<str>, VecDeque<i64>>,
    addresses: HashMap<IpAddr, VecDeque<i64>>,
    networks: HashMap<IpAddr, VecDeque<i64>>,
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last_s: i64,
}

impl Limits {
    /// How many seconds this name has to wait here; `None` for not at all.
    pub fn wait(&self, login_key: &str, came: Came, now_s: i64) -> Option<u32> {
        let from = came.network();
        let here = self.accounts.get(&place(login_key, from)).map_or(0, |failures| failures.free_s() - now_s);
        // Or whoever guesses would keep owners out: from elsewhere one, from their own network all.
        let new = match came {
            Came::New(from) => Some(from),
            Came::Known(_) | Came::Inside => None,
        };
        let everywhere = new
            .and_then(|_| self.everywhere.get(login_key))
            .map_or(0, |times| free_s(times, ACCOUNT_PER_HOUR, HOUR_S) - now_s);
        let address = new.and_then(|from| self.addresses.get(&from.address())).map_or(0, |times| {
            free_s(times, ADDRESS_PER_MINUTE, MINUTE_S).max(free_s(times, ADDRESS_PER_HOUR, HOUR_S)) - now_s
        });
        let network = new
            .and_then(|from| self.networks.get(&from.shortened()))
            .map_or(0, |times| free_s(times, NETWORK_PER_HOUR, HOUR_S) - now_s);
        let longest = here.max(everywhere).max(address).max(network);
        // A clock that was set back must not make anybody wait for days.
        (longest > 0).then(|| longest.min(HOUR_S) as u32)
    }

    pub fn failed(&mut self, login_key: &str, came: Came, now_s: i64) {
        let from = came.network();
        make_room(&mut self.accounts, |failures| failures.last_s, now_s - FAILURES_KEPT_S);
        let failures = self.accounts.entry(place(login_key, from)).or_insert(Failures { count: 0, last_s: now_s });
        if failures.last_s < now_s - FAILURES_KEPT_S {
            failures.count = 0;
        }
        *failures = Failures { count: failures.count.saturating_add(1), last_s: now_s };
        count(&mut self.everywhere, login_key.into(), ACCOUNT_PER_HOUR, now_s);
        if let Some(from) = from {
            count(&mut self.addresses, from.address(), ADDRESS_PER_HOUR, now_s);
            count(&mut self.networks, from.shortened(), NETWORK_PER_HOUR, now_s);
        }
    }

    /// Forgives the account in this network. What others guess at it, and what this address and network
    /// guess at others, stays counted: one right password must not buy any number of guesses.
    pub fn succeeded(&mut self, login_key: &str, came: Came) {
        self.accounts.remove(&place(login_key, came.network()));
    }
}

fn place(login_key: &str, from: Option<Network>) -> (Box<str>, Option<IpAddr>) {
    (login_key.into(), from.map(Network::shortened))
}

impl Failures {
    /// When this account may be tried again: 1, 2, 4 … seconds after the last failure.
    fn free_s(self) -> i64 {
        match self.count.checked_sub(FREE_FAILURES) {
            None => i64::MIN / 2,
            Some(over) => self.last_s + 1_i64.checked_shl(over.min(30)).unwrap_or(LONGEST_WAIT_S).min(LONGEST_WAIT_S),
        }
    }
}

/// When the last `most` failures no longer all lie within one window.
fn free_s(times: &VecDeque<i64>, most: usize, window_s: i64) -> i64 {
    match times.len().checked_sub(most) {
        None => i64::MIN / 2,
        Some(at) => times[at] + window_s,
    }
}

fn count<K: Eq + std::hash::Hash>(held: &mut HashMap<K, VecDeque<i64>>, of: K, most: usize, now_s: i64) {
    make_room(held, |times| times.back().copied().unwrap_or(i64::MIN), now_s - HOUR_S);
    let times = held.entry(of).or_default();
    if times.len() >= most {
        times.pop_front();
    }
    times.push_back(now_s);
}

/// Drops what no longer counts once the table is full, and if that isn't enough the older half.
fn make_room<K: Eq + std::hash::Hash, V>(held: &mut HashMap<K, V>, last_s: impl Fn(&V) -> i64, oldest_s: i64) {
    if held.len() < REMEMBERED {
        return;
    }
    held.retain(|_, value| last_s(value) >= oldest_s);
    if held.len() < REMEMBERED {
        return;
    }
    let mut times: Vec<i64> = held.values().map(&last_s).collect();
    let middle = times.len() / 2;
    let (_, median, _) = times.select_nth_unstable(middle);
    let median = *median;
    held.retain(|_, value| last_s(value) > median);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(address: &str) -> Came {
        Came::New(Network::of(address.parse().unwrap()))
    }

    #[test]
    fn waits_of_an_account_double_up_to_a_minute_and_success_forgives() {
        let mut limits = Limits::default();
        let mut now_s = 1_000_000;
        for _ in 0..FREE_FAILURES {
            assert_eq!(limits.wait("anna", from("192.0.2.1"), now_s), None);
            limits.failed("anna", from("192.0.2.1"), now_s);
        }
        for expected in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert_eq!(limits.wait("anna", from("192.0.2.99"), now_s), Some(expected), "from this network");
            assert_eq!(limits.wait("anna", from("198.51.100.7"), now_s), None, "from elsewhere");
            now_s += i64::from(expected);
            assert_eq!(limits.wait("anna", from("192.0.2.1"), now_s), None);
            limits.failed("anna", from("192.0.2.1"), now_s);
        }
        assert_eq!(limits.wait("bert", from("192.0.2.7"), now_s), None);
        limits.succeeded("anna", from("198.51.100.7"));
        assert_eq!(
            limits.wait("anna", from("192.0.2.1"), now_s),
            Some(60),
            "a success elsewhere forgives nothing here"
        );
        limits.succeeded("anna", from("192.0.2.1"));
        assert_eq!(limits.wait("anna", from("192.0.2.1"), now_s), None);
    }

    #[test]
    fn all_networks_together_have_a_hundred_an_hour_and_the_owner_comes_in_from_a_known_one() {
        let mut limits = Limits::default();
        for n in 0..ACCOUNT_PER_HOUR as u32 {
            let guesser = Came::New(Network::of(IpAddr::V4((n << 8).into())));
            assert_eq!(limits.wait("anna", guesser, i64::from(n)), None, "guess {n}");
            limits.failed("anna", guesser, i64::from(n));
        }
        let home = Network::of("192.0.2.1".parse().unwrap());
        assert_eq!(limits.wait("anna", Came::New(home), 100), Some(3_500));
        assert_eq!(limits.wait("anna", Came::Known(home), 100), None);
        assert_eq!(limits.wait("anna", Came::Inside, 100), None);
        assert_eq!(limits.wait("bert", Came::New(home), 100), None);
        limits.succeeded("anna", Came::Known(home));
        assert_eq!(limits.wait("anna", Came::New(home), 100), Some(3_500), "a success does not help who guesses");
        assert_eq!(limits.wait("anna", Came::New(home), 3_600), None);
    }

    #[test]
    fn a_day_without_failures_forgives() {
        let mut limits = Limits::default();
        for _ in 0..20 {
            limits.failed("anna", from("192.0.2.1"), 0);
        }
        limits.failed("anna", from("192.0.2.1"), FAILURES_KEPT_S + 1);
        assert_eq!(limits.wait("anna", from("192.0.2.1"), FAILURES_KEPT_S + 1), None);
    }

    #[test]
    fn an_address_has_twenty_a_minute_and_a_hundred_an_hour() {
        let mut limits = Limits::default();
        for n in 0..20 {
            assert_eq!(limits.wait(&format!("a{n}"), from("192.0.2.1"), n), None);
            limits.failed(&format!("a{n}"), from("192.0.2.1"), n);
        }
        assert_eq!(limits.wait("other", from("192.0.2.1"), 20), Some(40));
        assert_eq!(limits.wait("other", from("192.0.2.2"), 20), None);
        let known = Came::Known(Network::of("192.0.2.1".parse().unwrap()));
        assert_eq!(limits.wait("other", known, 20), None, "an owner is not kept out by others of the office");
        assert_eq!(limits.wait("other", from("192.0.2.1"), 60), None);
        limits.succeeded("other", from("192.0.2.1"));
        for n in 20..100 {
            limits.failed(&format!("a{n}"), from("192.0.2.1"), n * 10);
        }
        assert_eq!(limits.wait("other", from("192.0.2.1"), 1_100), Some(2_500));
    }

    #[test]
    fn a_network_has_three_hundred_an_hour() {
        let mut limits = Limits::default();
        for n in 0..300_u32 {
            let address = format!("192.0.2.{}", n % 200);
            assert_eq!(limits.wait(&format!("a{n}"), from(&address), 0), None);
            limits.failed(&format!("a{n}"), from(&address), 0);
        }
        assert_eq!(limits.wait("other", from("192.0.2.250"), 600), Some(3_000));
        assert_eq!(limits.wait("other", from("192.0.3.1"), 600), None);
        for n in 0..300_u32 {
            limits.failed(&format!("b{n}"), from(&format!("2001:db8:7:{n:x}::1")), 0);
        }
        assert_eq!(limits.wait("other", from("2001:db8:7:ffff::9"), 0), Some(3_600));
        assert_eq!(limits.wait("other", from("2001:db8:8::9"), 0), None);
    }

    #[test]
    fn memory_is_bounded_and_a_clock_set_back_does_no_harm() {
        let mut limits = Limits::default();
        for n in 0..2 * REMEMBERED as u32 + 10 {
            limits.failed(&format!("a{n}"), Came::New(Network::of(IpAddr::V4(n.into()))), i64::from(n));
        }
        assert!(limits.accounts.len() <= REMEMBERED && limits.addresses.len() <= REMEMBERED);
        assert!(limits.everywhere.len() <= REMEMBERED);
        for _ in 0..400 {
            limits.failed("anna", from("192.0.2.1"), 1_000_000_000);
        }
        assert_eq!(limits.wait("anna", from("192.0.2.1"), 0), Some(3_600));
        assert!(limits.networks.values().all(|times| times.len() <= NETWORK_PER_HOUR));
    }

    #[test]
    fn networks_are_shown_short() {
        assert_eq!(from("192.0.2.77").network().unwrap().to_string(), "192.0.2.0/24");
        assert_eq!(from("::ffff:192.0.2.77").network().unwrap().to_string(), "192.0.2.0/24");
        assert_eq!(from("2001:db8:1:2:3:4:5:6").network().unwrap().to_string(), "2001:db8:1::/48");
    }
}
