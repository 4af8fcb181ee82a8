//! Stops a request: between runs by a flag, within a long run by telling ONNX Runtime to leave the graph.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use pg_journey_core::kernel::{Code, Error, Result};

/// Something in progress that another thread can end.
pub trait Stoppable: Send + Sync {
    fn stop(&self);

    /// Undoes [`Stoppable::stop`], so that the next run is not stopped, too.
    fn renew(&self) -> Result<()>;
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
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = Some(run.clone());
        // Checked after the run is known, so that no raise falls between.
        let result = self.check().and_then(|()| work());
        let renewed = self.leave(&*run);
        result
            .and_then(|value| renewed.map(|()| value))
            .map_err(|e| if self.is_raised() { canceled() } else { e })
    }

    /// Renewed once no raise can reach it any more: the run may be shared, and the next one is somebody else's.
    fn leave(&self, run: &dyn Stoppable) -> Result<()> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        *running = None;
        run.renew()
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

        fn renew(&self) -> Result<()> {
            self.0.store(false, Ordering::SeqCst);
            Ok(())
        }
    }

    #[test]
    fn a_raise_stops_the_run_in_progress_and_no_later_one_starts() {
        let (interrupt, run) = (Interrupt::default(), Arc::new(Run::default()));
        let result = interrupt.during(run.clone(), || {
            interrupt.raise();
            assert!(run.0.load(Ordering::SeqCst));
            Err::<(), _>(Error::invalid("left the graph"))
        });
        assert_eq!(result.unwrap_err().code, Code::QueryCanceled);
        assert!(interrupt.during(run, || Ok(())).is_err());
    }

    #[test]
    fn a_raise_as_a_run_ends_does_not_stop_the_next_one() {
        let (late, run) = (Interrupt::default(), Arc::new(Run::default()));
        // The work is done, and its stop comes before anybody has noticed.
        let result = late.during(run.clone(), || {
            late.raise();
            Ok(1)
        });
        assert_eq!(result, Ok(1));
        assert!(!run.0.load(Ordering::SeqCst), "the run is shared with other requests");
        // Neither does one that was raised before its run began.
        assert!(late.during(run.clone(), || Ok(())).is_err());
        assert!(!run.0.load(Ordering::SeqCst));
        assert_eq!(Interrupt::default().during(run, || Ok(2)), Ok(2));
    }
}
