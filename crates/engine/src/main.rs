//! The inference process of pg_journey.

fn main() {}
