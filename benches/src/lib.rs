//! The harness of the benches: variants interleaved in one process, round by round.
//!
//! These machines are shared and noisy. Whatever slows one round down slows all variants of that
//! round down, so what counts is the difference to, and the ratio over, the bare variant of the
//! *same* round; of those the median over all rounds.

use std::fmt;
use std::future::poll_fn;
use std::task::Poll;
use std::time::{Duration, Instant};

/// One way of doing the work: runs it `times` times.
pub struct Variant<'a> {
    name: &'static str,
    against: Option<&'static str>,
    run: Box<dyn FnMut(u32) + 'a>,
}

impl fmt::Debug for Variant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Variant").field(&self.name).finish()
    }
}

impl<'a> Variant<'a> {
    /// A variant by name.
    pub fn new(name: &'static str, run: impl FnMut(u32) + 'a) -> Self {
        Self { name, against: None, run: Box::new(run) }
    }

    /// Compares it with another variant than the first.
    #[must_use = "returns the changed variant"]
    pub fn against(mut self, name: &'static str) -> Self {
        self.against = Some(name);
        self
    }
}

/// Medians of one variant, against another: the first, if it does not say which.
#[derive(Clone, Debug)]
pub struct Row {
    /// The variant.
    pub name: &'static str,
    /// Nanoseconds a run.
    pub nanos: f64,
    /// The variant that it is compared with.
    pub against: &'static str,
    /// Nanoseconds above that of the same round.
    pub over: f64,
    /// Times that of the same round.
    pub ratio: f64,
    /// Lower and upper quartile of `over`.
    pub quartiles: (f64, f64),
}

/// Runs all variants in turn for `rounds` rounds of `times` runs each; the first is the bare one.
pub fn interleave(rounds: usize, times: u32, mut variants: Vec<Variant<'_>>) -> Vec<Row> {
    let mut measured = vec![Vec::with_capacity(rounds); variants.len()];
    for variant in &mut variants {
        (variant.run)(times); // warm up
    }
    for round in 0..rounds {
        // Each round starts with another one, so that none always follows the same neighbour.
        for offset in 0..variants.len() {
            let at = (round + offset) % variants.len();
            measured[at].push(time(&mut variants[at], times));
        }
    }
    let row = |(variant, nanos): (&Variant<'_>, &Vec<f64>)| {
        let at =
            variant.against.map_or(Some(0), |name| variants.iter().position(|v| v.name == name));
        let at = at
            .unwrap_or_else(|| panic!("{variant:?} is compared with a variant that is not there"));
        row(variant.name, nanos, variants[at].name, &measured[at])
    };
    variants.iter().zip(&measured).map(row).collect()
}

fn time(variant: &mut Variant<'_>, times: u32) -> f64 {
    let start = Instant::now();
    (variant.run)(times);
    nanos(start.elapsed()) / f64::from(times)
}

fn nanos(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e9
}

fn row(name: &'static str, nanos: &[f64], against: &'static str, base: &[f64]) -> Row {
    let over: Vec<f64> = nanos.iter().zip(base).map(|(ns, base)| ns - base).collect();
    let ratio: Vec<f64> = nanos.iter().zip(base).map(|(ns, base)| ns / base).collect();
    Row {
        name,
        against,
        nanos: quantile(nanos, 0.5),
        over: quantile(&over, 0.5),
        ratio: quantile(&ratio, 0.5),
        quartiles: (quantile(&over, 0.25), quantile(&over, 0.75)),
    }
}

fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an index")]
    let at = ((sorted.len() - 1) as f64 * q).round() as usize;
    sorted[at]
}

/// A task of so many polls, which wakes itself in each but the last.
pub async fn work(polls: u32) {
    let mut left = polls;
    poll_fn(|cx| {
        left -= 1;
        if left == 0 {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Prints a table of the rows.
pub fn print(title: &str, rows: &[Row]) {
    println!("\n{title}");
    println!("{:38} {:>9} {:>9} {:>7}  quartiles of over", "variant", "ns", "over", "ratio");
    let bare = rows.first().map_or("", |row| row.name);
    for Row { name, nanos, against, over, ratio, quartiles: (low, high) } in rows {
        let against = if *against == bare { String::new() } else { format!("  over {against}") };
        println!(
            "{name:38} {nanos:9.1} {over:+9.1} {ratio:6.2}x  {low:+.1} .. {high:+.1}{against}"
        );
    }
}

/// Prints what each poll after the first costs, from the rows of tasks of one poll and of eleven, over what
/// each variant is compared with.
pub fn print_further_polls(one: &[Row], eleven: &[Row]) {
    println!("\nper further poll, ns:");
    for (one, eleven) in one.iter().zip(eleven).skip(1) {
        println!("{:38} {:+9.1}", one.name, (eleven.over - one.over) / 10.0);
    }
}
