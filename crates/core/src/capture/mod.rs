//! Stage capture.
