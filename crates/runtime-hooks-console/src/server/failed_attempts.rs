//! Wrong tokens: each address has a few tries, and then one a second.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::time::{Duration, Instant};

/// Wrong tokens that an address may try at once.
const AT_ONCE: u32 = 10;
/// From then on, one after each such time.
const INTERVAL: Duration = Duration::from_secs(1);
/// Addresses that are kept: of more, those with the fewest wrong tokens are forgotten.
const MAX_CLIENTS: usize = 1_024;

/// By address, when it has all its tries again.
#[derive(Debug, Default)]
pub(super) struct FailedAttempts(HashMap<IpAddr, Instant>);

impl FailedAttempts {
    /// How long this client must wait for its next try; `None` if it may try now.
    pub(super) fn wait(&self, client: IpAddr, now: Instant) -> Option<Duration> {
        let recovered = self.0.get(&network(client))?;
        let wait = (*recovered).saturating_duration_since(now + INTERVAL * (AT_ONCE - 1));
        (!wait.is_zero()).then_some(wait)
    }

    /// It has tried a wrong one.
    pub(super) fn failed(&mut self, client: IpAddr, now: Instant) {
        let client = network(client);
        if !self.0.contains_key(&client) && self.0.len() >= MAX_CLIENTS {
            self.forget(now);
        }
        let recovered = self.0.entry(client).or_insert(now);
        *recovered = (*recovered).max(now) + INTERVAL;
    }

    /// Those that have all their tries again, or else the one that will have first.
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

/// Of version 6 the first half: a client has the other half to itself.
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
    fn ten_are_free_then_one_a_second_and_other_clients_do_not_notice() {
        let (mut tries, start) = (FailedAttempts::default(), Instant::now());
        let (guesses, other) = (client(1), client(2));
        for _ in 0..AT_ONCE {
            assert_eq!(tries.wait(guesses, start), None);
            tries.failed(guesses, start);
        }
        assert_eq!(tries.wait(guesses, start), Some(INTERVAL));
        assert_eq!(tries.wait(other, start), None);
        let mut now = start;
        for _ in 0..100 {
            now += INTERVAL;
            assert_eq!(tries.wait(guesses, now), None);
            tries.failed(guesses, now);
            assert_eq!(tries.wait(guesses, now), Some(INTERVAL));
        }
        assert_eq!(tries.wait(guesses, now + INTERVAL * AT_ONCE), None);
    }

    #[test]
    fn memory_is_bounded_and_the_worst_are_kept() {
        let (mut tries, now) = (FailedAttempts::default(), Instant::now());
        (0..=AT_ONCE).for_each(|_| tries.failed(client(0), now));
        (1..10_000).for_each(|number| tries.failed(client(number), now));
        assert_eq!(tries.0.len(), MAX_CLIENTS);
        assert_eq!(tries.wait(client(0), now), Some(INTERVAL * 2));
        let later = now + INTERVAL * 20;
        tries.failed(client(0), later);
        tries.failed(client(20_000), later);
        assert_eq!(tries.0.len(), 2);
    }

    #[test]
    fn a_network_of_version_6_is_one_client() {
        let mut tries = FailedAttempts::default();
        let now = Instant::now();
        for number in 0..u128::from(AT_ONCE) {
            tries.failed(Ipv6Addr::from_bits(0x2001_0db8 << 96 | number).into(), now);
        }
        assert!(tries.wait("2001:db8::1234".parse().unwrap(), now).is_some());
        assert_eq!(tries.wait("2001:db8:0:1::1".parse().unwrap(), now), None);
        assert_eq!(
            network("::ffff:10.0.0.1".parse().unwrap()),
            network("10.0.0.1".parse().unwrap())
        );
    }
}
