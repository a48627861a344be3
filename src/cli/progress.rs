//! A bar on standard error, when a terminal watches and the work takes longer than half a second.

#![allow(clippy::disallowed_methods, clippy::disallowed_types)]

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget};

/// Before that nothing is drawn.
const PATIENCE: Duration = Duration::from_millis(500);

/// How far the work is.
pub struct Progress {
    all: u64,
    done: AtomicU64,
    begun: Instant,
    bar: OnceLock<ProgressBar>,
}

impl Progress {
    /// Work of so many steps.
    pub fn new(all: usize) -> Self {
        Self { all: all as u64, done: AtomicU64::new(0), begun: Instant::now(), bar: OnceLock::new() }
    }

    /// A step was begun.
    pub fn step(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed);
        if self.bar.get().is_none() && self.begun.elapsed() < PATIENCE {
            return;
        }
        // It draws nothing where no terminal is.
        let draw = || ProgressBar::with_draw_target(Some(self.all), ProgressDrawTarget::stderr());
        self.bar.get_or_init(draw).set_position(done);
    }

    /// Takes the bar away.
    pub fn end(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}
