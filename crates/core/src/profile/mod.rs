//! Stage profile.
