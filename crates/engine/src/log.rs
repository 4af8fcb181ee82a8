//! One line an event on standard error, which the launcher passes to the server's log.

/// Writes a line as `pg_journey engine: …`.
#[macro_export]
macro_rules! log_line {
    ($($argument:tt)*) => {
        eprintln!("pg_journey engine: {}", format_args!($($argument)*))
    };
}
