//! Wrong tokens: each address has ten attempts at once, and then one per second.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Wrong tokens that an address may send at once.
const BURST: u32 = 10;
/// After these, the time between two attempts.
const INTERVAL: Duration = Duration::from_secs(1);
/// Addresses that are kept. The one with the fewest wrong tokens is forgotten for a new one.
const MAX_CLIENTS: usize = 1_024;

/// By address: when it has all its attempts again.
#[derive(Debug, Default)]
pub(super) struct FailedAttempts(HashMap<IpAddr, Instant>);

impl FailedAttempts {
    /// How long this client must wait for its next attempt; `None` if it need not wait.
    pub(super) fn wait(&self, client: IpAddr, now: Instant) -> Option<Duration> {
        let recovered = self.0.get(&network(client))?;
        let wait = (*recovered).saturating_duration_since(now + INTERVAL * (BURST - 1));
        (!wait.is_zero()).then_some(wait)
    }

    /// Counts a wrong token of this client.
    pub(super) fn add(&mut self, client: IpAddr, now: Instant) {
        let client = network(client);
        if !self.0.contains_key(&client) && self.0.len() >= MAX_CLIENTS {
            self.forget(now);
        }
        let recovered = self.0.entry(client).or_insert(now);
        *recovered = (*recovered).max(now) + INTERVAL;
    }

    /// Removes the clients that have all their attempts again, or else the one that will have them first.
    fn forget(&mut self, now: Instant) {
        self.0.retain(|_, recovered| now < *recovered);
        if self.0.len() >= MAX_CLIENTS
            && let Some(client) =
                self.0.iter().min_by_key(|(_, at)| **at).map(|(client, _)| *client)
        {
            self.0.remove(&client);
        }
    }
}

/// The client that an address belongs to: of IPv6 the /64 network, which one client has to itself.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(number: u32) -> IpAddr {
        std::net::Ipv4Addr::from_bits(number).into()
    }

    #[test]
    fn ten_are_free_then_one_per_second_and_other_clients_are_not_affected() {
        let (mut attempts, start) = (FailedAttempts::default(), Instant::now());
        let (guesses, other) = (client(1), client(2));
        for _ in 0..BURST {
            assert_eq!(attempts.wait(guesses, start), None);
            attempts.add(guesses, start);
        }
        assert_eq!(attempts.wait(guesses, start), Some(INTERVAL));
        assert_eq!(attempts.wait(other, start), None);
        let mut now = start;
        for _ in 0..100 {
            now += INTERVAL;
            assert_eq!(attempts.wait(guesses, now), None);
            attempts.add(guesses, now);
            assert_eq!(attempts.wait(guesses, now), Some(INTERVAL));
        }
        assert_eq!(attempts.wait(guesses, now + INTERVAL * BURST), None);
    }

    #[test]
    fn memory_is_bounded_and_the_clients_with_most_are_kept() {
        let (mut attempts, now) = (FailedAttempts::default(), Instant::now());
        (0..=BURST).for_each(|_| attempts.add(client(0), now));
        (1..10_000).for_each(|number| attempts.add(client(number), now));
        assert_eq!(attempts.0.len(), MAX_CLIENTS);
        assert_eq!(attempts.wait(client(0), now), Some(INTERVAL * 2));
        let later = now + INTERVAL * 20;
        attempts.add(client(0), later);
        attempts.add(client(20_000), later);
        assert_eq!(attempts.0.len(), 2);
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        let mut attempts = FailedAttempts::default();
        let now = Instant::now();
        for number in 0..u128::from(BURST) {
            attempts.add(Ipv6Addr::from_bits(0x2001_0db8 << 96 | number).into(), now);
        }
        assert!(attempts.wait("2001:db8::1234".parse().unwrap(), now).is_some());
        assert_eq!(attempts.wait("2001:db8:0:1::1".parse().unwrap(), now), None);
        assert_eq!(
            network("::ffff:10.0.0.1".parse().unwrap()),
            network("10.0.0.1".parse().unwrap())
        );
    }
}
