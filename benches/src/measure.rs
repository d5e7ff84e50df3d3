//! Measures variants, interleaved in one process, round by round.
//!
//! Machines are shared and noisy. A disturbance slows down all variants of a round. So a variant is compared with the
//! bare variant of the *same* round, by difference and by ratio, and the result is the median over all rounds. Memory
//! layout is random but fixed for a process's lifetime, so rounds of [several processes](pool) are more reliable than
//! as many rounds of one.

use std::fmt;
use std::time::Instant;

use cpu_time::ProcessTime;
use serde::{Deserialize, Serialize};

/// One way to do the work; runs it a given number of times.
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
    /// Creates a variant.
    pub fn new(name: &'static str, run: impl FnMut(u32) + 'a) -> Self {
        Self { name, against: None, run: Box::new(run) }
    }

    /// The name of the variant.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Runs the work `times` times.
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

/// The result of one variant, compared with another; by default with the first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Row {
    /// The variant.
    pub name: String,
    /// The variant that it is compared with.
    pub against: String,
    /// Wall-clock nanoseconds per run.
    pub nanos: Spread,
    /// Difference to the other variant in the same round, in nanoseconds.
    pub over: Spread,
    /// Ratio to the other variant in the same round.
    pub ratio: Spread,
    /// CPU nanoseconds per run, summed over all cores.
    pub cpu: Spread,
    /// Difference in CPU time to the other variant in the same round, in nanoseconds.
    pub cpu_over: Spread,
}

/// A median and its quartiles.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Spread {
    /// The lower quartile.
    pub low: f64,
    /// The median.
    pub median: f64,
    /// The upper quartile.
    pub high: f64,
}

impl Spread {
    /// The median and quartiles of some values.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut sorted: Vec<f64> = values.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let at = |quarters| sorted[(sorted.len() - 1) * quarters / 4];
        Self { low: at(1), median: at(2), high: at(3) }
    }
}

/// The time of one variant in one round, in nanoseconds per run.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Sample {
    wall: f64,
    cpu: f64,
}

/// The times of one variant, round by round.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Samples {
    name: String,
    against: Option<String>,
    rounds: Vec<Sample>,
}

/// Runs all variants in turn for `rounds` rounds of `times` runs each. The first variant is the bare one.
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
        // Each round starts with another variant, so that none always follows the same one.
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

/// Merges the rounds of several processes.
///
/// # Panics
///
/// If the processes did not measure the same variants.
pub fn pool(processes: impl IntoIterator<Item = Vec<Samples>>) -> Vec<Samples> {
    let add = |mut pooled: Vec<Samples>, more: Vec<Samples>| {
        assert_eq!(pooled.len(), more.len(), "processes measured different variants");
        for (pooled, more) in pooled.iter_mut().zip(more) {
            assert_eq!(pooled.name, more.name, "processes measured different variants");
            pooled.rounds.extend(more.rounds);
        }
        pooled
    };
    processes.into_iter().reduce(add).unwrap_or_default()
}

/// Compares each variant with its base.
///
/// # Panics
///
/// If a base was not measured.
pub fn compare(measured: &[Samples]) -> Vec<Row> {
    let row = |samples: &Samples| {
        let base = match &samples.against {
            None => measured.first(),
            Some(name) => measured.iter().find(|other| other.name == *name),
        };
        let base = base.unwrap_or_else(|| {
            panic!("{} is compared with a variant that was not measured", samples.name)
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
