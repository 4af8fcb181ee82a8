//! Whose turn it is to compute.
//!
//! Every model runs on the same threads. Were two runs in progress at once, they would push each other off the
//! processor; so a run takes a turn, in order of asking, and a model that decodes and one that embeds alternate.

use std::sync::{Condvar, Mutex, PoisonError};

#[derive(Default)]
pub struct Turn {
    counter: Mutex<Counter>,
    next: Condvar,
}

#[derive(Default)]
struct Counter {
    asked: u64,
    serving: u64,
}

pub struct Taken<'a>(&'a Turn);

impl Turn {
    pub fn take(&self) -> Taken<'_> {
        let mut counter = self.counter.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = counter.asked;
        counter.asked += 1;
        while counter.serving != mine {
            counter = self.next.wait(counter).unwrap_or_else(PoisonError::into_inner);
        }
        Taken(self)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut counter = self.0.counter.lock().unwrap_or_else(PoisonError::into_inner);
        counter.serving += 1;
        drop(counter);
        self.0.next.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn one_at_a_time_and_everybody_in_the_end() {
        let turn = Arc::new(Turn::default());
        let inside = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let (turn, inside) = (turn.clone(), inside.clone());
                std::thread::spawn(move || {
                    for _ in 0..500 {
                        let _mine = turn.take();
                        assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                        inside.fetch_sub(1, Ordering::SeqCst);
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
    }
}
