//! The pure logic of pg_journey: no Postgres, no SQL, no clock, no files, no threads, no global random state.
//!
//! One module a stage, in the order data flows through them:
//! capture → identity → profile → catalog → models → decision → generation → pages → feedback.
//! A stage may use [`kernel`] and earlier stages, never a later one; `tests/house.rs` guards the rule.
#![forbid(unsafe_code)]

pub mod kernel;

pub mod capture;
pub mod identity;
pub mod profile;

pub mod catalog;

pub mod models;

pub mod generation;

pub mod pages;
