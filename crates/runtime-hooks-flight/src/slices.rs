//! The slices of a track, properly nested, and the arrows from wakes to polls.

use std::collections::HashMap;

use runtime_hooks_recorder::{Flight, FlightEventKind};

/// An interval on a track.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slice<T> {
    pub(crate) from: u64,
    pub(crate) to: u64,
    pub(crate) of: T,
}

/// The start or the end of a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Edge<T> {
    Begin(T),
    End,
}

/// The edges of the slices of one track, in order. A slice that begins inside another ends inside it.
///
/// Of two slices with equal times, the later in `slices` is the outer one: a poll is recorded when it ends, so that the
/// inner poll comes first.
pub(crate) fn edges<T: Copy>(slices: &[Slice<T>]) -> Vec<(u64, Edge<T>)> {
    let mut order: Vec<_> = slices.iter().enumerate().collect();
    order.sort_by_key(|(number, slice)| (slice.from, u64::MAX - slice.to, usize::MAX - number));
    let mut edges = Vec::with_capacity(2 * slices.len());
    let mut open: Vec<u64> = Vec::new();
    for (_, slice) in order {
        while let Some(to) = open.pop_if(|to| *to <= slice.from) {
            edges.push((to, Edge::End));
        }
        let outer = open.last().copied().unwrap_or(u64::MAX);
        open.push(slice.to.min(outer));
        edges.push((slice.from, Edge::Begin(slice.of)));
    }
    edges.extend(open.into_iter().rev().map(|to| (to, Edge::End)));
    edges
}

/// The arrows of a record: of each event its number, if an arrow leaves from it or ends at it.
///
/// A wake has an arrow if the poll that it caused is in the record: the next poll of the task that begins after it.
pub(crate) fn arrows(flight: &Flight) -> Vec<Option<u64>> {
    let mut arrows = vec![None; flight.events.len()];
    let mut woken: HashMap<usize, usize> = HashMap::new();
    let mut next = 1;
    // By the start of polls: a wake during a poll causes the next one.
    let mut order: Vec<_> = (0..flight.events.len()).collect();
    order.sort_by_key(|number| flight.events[*number].from());
    for number in order {
        let event = &flight.events[number];
        match event.kind {
            FlightEventKind::Woken => {
                woken.entry(event.task).or_insert(number);
            }
            FlightEventKind::Polled { .. } => {
                if let Some(wake) = woken.remove(&event.task) {
                    (arrows[wake], arrows[number]) = (Some(next), Some(next));
                    next += 1;
                }
            }
            _ => {}
        }
    }
    arrows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(slices: &[(u64, u64, char)]) -> String {
        let slices: Vec<_> =
            slices.iter().map(|(from, to, of)| Slice { from: *from, to: *to, of: *of }).collect();
        let text = |(at, edge)| match edge {
            Edge::Begin(of) => format!("{of}{at} "),
            Edge::End => format!(".{at} "),
        };
        edges(&slices).into_iter().map(text).collect::<String>().trim_end().to_owned()
    }

    #[test]
    fn slices_are_nested_whatever_their_times_are() {
        assert_eq!(of(&[]), "");
        assert_eq!(of(&[(1, 2, 'a'), (2, 3, 'b')]), "a1 .2 b2 .3");
        // Recorded from the inside out.
        assert_eq!(of(&[(2, 3, 'c'), (2, 4, 'b'), (1, 9, 'a')]), "a1 b2 c2 .3 .4 .9");
        assert_eq!(of(&[(1, 5, 'b'), (1, 5, 'a')]), "a1 b1 .5 .5");
        // Without a length.
        assert_eq!(of(&[(4, 4, 'a'), (4, 4, 'b')]), "b4 .4 a4 .4");
        // Two clocks may disagree by a few ticks.
        assert_eq!(of(&[(1, 5, 'a'), (3, 6, 'b')]), "a1 b3 .5 .5");
    }
}
