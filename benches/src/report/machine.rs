//! The machine that ran the benches.

use std::fmt;
use std::fs;
use std::process::Command;
use std::thread::available_parallelism;

use serde::{Deserialize, Serialize};

/// The properties of a machine that the report shows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Machine {
    cores: usize,
    cpu: String,
    system: String,
    compiler: String,
    clock_source: String,
}

impl Machine {
    /// The current machine.
    pub fn this() -> Self {
        Self {
            cores: available_parallelism().map_or(1, Into::into),
            cpu: field("/proc/cpuinfo", "model name")
                .unwrap_or_else(|| std::env::consts::ARCH.into()),
            system: first_line("/proc/sys/kernel/osrelease")
                .map_or_else(|| std::env::consts::OS.into(), |kernel| format!("Linux {kernel}")),
            compiler: compiler().unwrap_or_else(|| "rustc".into()),
            clock_source: first_line(
                "/sys/devices/system/clocksource/clocksource0/current_clocksource",
            )
            .unwrap_or_else(|| "unknown".into()),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cores, cpu, system, compiler, clock_source } = self;
        let cores = if *cores == 1 { "1 core".into() } else { format!("{cores} cores") };
        write!(f, "{cores} of {cpu}, {system}, clock source {clock_source}, {compiler}")
    }
}

fn first_line(path: &str) -> Option<String> {
    Some(fs::read_to_string(path).ok()?.lines().next()?.trim().to_owned())
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn compiler() -> Option<String> {
    let version = Command::new("rustc").arg("--version").output().ok()?.stdout;
    let version = String::from_utf8(version).ok()?;
    Some(version.split(" (").next()?.trim().to_owned())
}
