//! Stops a request: between runs by a flag, within a long run by telling ONNX Runtime to leave the graph.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pg_journey_core::kernel::{Code, Error, Result};

/// Something in progress that another thread can end.
pub trait Stoppable: Send + Sync {
    fn stop(&self);
}

#[derive(Default)]
pub struct Interrupt {
    raised: AtomicBool,
    running: Mutex<Option<Arc<dyn Stoppable>>>,
}

impl Interrupt {
    pub fn raise(&self) {
        self.raised.store(true, Ordering::SeqCst);
        if let Some(run) = &*self.running.lock().unwrap_or_else(PoisonError::into_inner) {
            run.stop();
        }
    }

    pub fn is_raised(&self) -> bool {
        self.raised.load(Ordering::SeqCst)
    }

    pub fn check(&self) -> Result<()> {
        if self.is_raised() { Err(canceled()) } else { Ok(()) }
    }

    /// Runs `work`, which [`Interrupt::raise`] may stop from now on until it returns.
    pub fn during<T>(&self, run: Arc<dyn Stoppable>, work: impl FnOnce() -> Result<T>) -> Result<T> {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(run);
        // Checked after the run is known, so that no raise falls between.
        let result = self.check().and_then(|()| work());
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = None;
        result.map_err(|e| if self.is_raised() { canceled() } else { e })
    }
}

fn canceled() -> Error {
    Error::new(Code::QueryCanceled, "the request was canceled")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Run(AtomicBool);

    impl Stoppable for Run {
        fn stop(&self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    #[test]
    fn a_raise_stops_the_run_in_progress_and_no_later_one_starts() {
        let (interrupt, run) = (Interrupt::default(), Arc::new(Run::default()));
        let result = interrupt.during(run.clone(), || {
            interrupt.raise();
            Err::<(), _>(Error::invalid("left the graph"))
        });
        assert_eq!(result.unwrap_err().code, Code::QueryCanceled);
        assert!(run.0.load(Ordering::SeqCst));
        assert!(interrupt.during(run, || Ok(())).is_err());
    }
}
