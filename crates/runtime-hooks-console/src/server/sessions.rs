//! Sessions of browsers: random ids that belong to this console, never the token itself.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use subtle::{Choice, ConstantTimeEq as _};

/// The number of sessions. A new one ends the one that was unused for longest.
const MAX_SESSIONS: usize = 64;
/// How long a session is valid.
pub(super) const LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);

/// The valid sessions, the most recently used last.
#[derive(Default)]
pub(super) struct Sessions(VecDeque<Session>);

struct Session {
    id: String,
    end: Instant,
}

impl Sessions {
    /// Starts a session and returns its id: 256 random bits as hexadecimal digits.
    pub(super) fn start(&mut self, now: Instant) -> Result<String, getrandom::Error> {
        let mut random = [0; 32];
        getrandom::fill(&mut random)?;
        let id = random.iter().fold(String::new(), |mut id, byte| {
            let _ = write!(id, "{byte:02x}");
            id
        });
        self.0.retain(|session| now < session.end);
        if self.0.len() == MAX_SESSIONS {
            self.0.pop_front();
        }
        self.0.push_back(Session { id: id.clone(), end: now + LIFETIME });
        Ok(id)
    }

    /// Whether this is the id of a valid session. It is compared with all of them, so that the time reveals nothing.
    pub(super) fn is_valid(&mut self, id: &[u8], now: Instant) -> bool {
        let mut found = None;
        for (index, session) in self.0.iter().enumerate() {
            let is_equal: Choice = session.id.as_bytes().ct_eq(id);
            if bool::from(is_equal) {
                found = Some(index);
            }
        }
        let Some(session) = found.and_then(|index| self.0.remove(index)) else { return false };
        let is_valid = now < session.end;
        if is_valid {
            self.0.push_back(session);
        }
        is_valid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_random_and_ends_after_its_lifetime() {
        let (mut sessions, start) = (Sessions::default(), Instant::now());
        let [first, second] = [(); 2].map(|()| sessions.start(start).unwrap());
        assert_ne!(first, second);
        assert_eq!(first.len(), 64);
        assert!(first.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let almost = LIFETIME.saturating_sub(Duration::from_nanos(1));
        assert!(sessions.is_valid(first.as_bytes(), start + almost));
        assert!(!sessions.is_valid(first.as_bytes(), start + LIFETIME));
        assert!(!sessions.is_valid(b"", start));
        assert!(!sessions.is_valid(&first.as_bytes()[..63], start));
    }

    #[test]
    fn the_number_of_sessions_is_bounded_and_those_in_use_stay() {
        let (mut sessions, now) = (Sessions::default(), Instant::now());
        let used = sessions.start(now).unwrap();
        let unused = sessions.start(now).unwrap();
        for _ in 0..MAX_SESSIONS * 2 {
            assert!(sessions.is_valid(used.as_bytes(), now));
            sessions.start(now).unwrap();
        }
        assert_eq!(sessions.0.len(), MAX_SESSIONS);
        assert!(sessions.is_valid(used.as_bytes(), now));
        assert!(!sessions.is_valid(unused.as_bytes(), now));
    }
}
