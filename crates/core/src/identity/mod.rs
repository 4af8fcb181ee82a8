//! Stage identity.
