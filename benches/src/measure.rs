//! Variants interleaved in one process, round by round.
//!
//! Machines are shared and noisy. Whatever slows one round down slows all variants of that round down,
//! so what counts is the difference to, and the ratio over, the bare variant of the *same* round; of
//! those the median over all rounds. Where a process's heap and stack lie is a matter of chance that
//! lasts as long as it does, so rounds of [several processes](pool) say more than as many of one.

use std::fmt;
use std::time::Instant;

use cpu_time::ProcessTime;
use serde::{Deserialize, Serialize};

/// One way of doing the work: runs it so many times.
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

    /// What it is called.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Does the work so often, once.
    pub fn run(&mut self, times: u32) {
        (self.run)(times);
    }

    /// Compares it with another variant than the first.
    #[must_use = "returns the changed variant"]
    pub fn against(mut self, name: &'static str) -> Self {
        self.against = Some(name);
        self
    }
}

/// What was measured of one variant, against another: the first, if it does not say which.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// The variant.
    pub name: String,
    /// The variant that it is compared with.
    pub against: String,
    /// Nanoseconds a run, by the wall.
    pub nanos: Spread,
    /// Nanoseconds above that of the same round.
    pub over: Spread,
    /// Times that of the same round.
    pub ratio: Spread,
    /// Nanoseconds a run, on all cores together.
    pub cpu: Spread,
    /// Nanoseconds on all cores together above that of the same round.
    pub cpu_over: Spread,
}

/// A median and its quartiles.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Spread {
    /// A quarter is below.
    pub low: f64,
    /// Half is below.
    pub median: f64,
    /// A quarter is above.
    pub high: f64,
}

impl Spread {
    /// Of these values.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let at = |quarters| sorted[(sorted.len() - 1) * quarters / 4];
        Self { low: at(1), median: at(2), high: at(3) }
    }
}

/// What one variant took in one round, in nanoseconds a run.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Sample {
    wall: f64,
    cpu: f64,
}

/// What one variant took, round by round.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Samples {
    name: String,
    against: Option<String>,
    rounds: Vec<Sample>,
}

/// Runs all variants in turn for `rounds` rounds of `times` runs each; the first is the bare one.
pub fn interleave(rounds: usize, times: u32, mut variants: Vec<Variant<'_>>) -> Vec<Samples> {
    let nothing = |variant: &Variant<'_>| Samples {
        name: variant.name.to_owned(),
        against: variant.against.map(str::to_owned),
        rounds: Vec::with_capacity(rounds),
    };
    let mut measured: Vec<Samples> = variants.iter().map(nothing).collect();
    for variant in &mut variants {
        (variant.run)(times); // warm up
    }
    for round in 0..rounds {
        // Each round starts with another one, so that none always follows the same neighbour.
        for offset in 0..variants.len() {
            let at = (round + offset) % variants.len();
            measured[at].rounds.push(sample(&mut variants[at], times));
        }
    }
    measured
}

fn sample(variant: &mut Variant<'_>, times: u32) -> Sample {
    let (cpu, wall) = (ProcessTime::now(), Instant::now());
    (variant.run)(times);
    let (wall, cpu) = (wall.elapsed(), cpu.elapsed());
    let each = |took: std::time::Duration| took.as_secs_f64() * 1e9 / f64::from(times);
    Sample { wall: each(wall), cpu: each(cpu) }
}

/// The rounds of several processes as if they were of one.
///
/// # Panics
///
/// If they did not measure the same variants.
pub fn pool(processes: impl IntoIterator<Item = Vec<Samples>>) -> Vec<Samples> {
    let add = |mut pooled: Vec<Samples>, more: Vec<Samples>| {
        assert_eq!(pooled.len(), more.len(), "other variants than in the process before");
        for (pooled, more) in pooled.iter_mut().zip(more) {
            assert_eq!(pooled.name, more.name, "another variant than in the process before");
            pooled.rounds.extend(more.rounds);
        }
        pooled
    };
    processes.into_iter().reduce(add).unwrap_or_default()
}

/// Each variant against the one that it is to be compared with.
///
/// # Panics
///
/// If that is not there.
pub fn compare(measured: &[Samples]) -> Vec<Row> {
    let row = |samples: &Samples| {
        let base = match &samples.against {
            None => measured.first(),
            Some(name) => measured.iter().find(|other| other.name == *name),
        };
        let base = base.unwrap_or_else(|| {
            panic!("{} is compared with a variant that is not there", samples.name)
        });
        row(samples, base)
    };
    measured.iter().map(row).collect()
}

fn row(samples: &Samples, base: &Samples) -> Row {
    let rounds = || samples.rounds.iter().zip(&base.rounds);
    Row {
        name: samples.name.clone(),
        against: base.name.clone(),
        nanos: Spread::of(samples.rounds.iter().map(|sample| sample.wall)),
        over: Spread::of(rounds().map(|(this, base)| this.wall - base.wall)),
        ratio: Spread::of(rounds().map(|(this, base)| this.wall / base.wall)),
        cpu: Spread::of(samples.rounds.iter().map(|sample| sample.cpu)),
        cpu_over: Spread::of(rounds().map(|(this, base)| this.cpu - base.cpu)),
    }
}
