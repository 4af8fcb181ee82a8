//! Stage catalog.
