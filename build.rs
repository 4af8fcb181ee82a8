//! Keeps the sections that `cargo pgrx schema` reads out of the library. cargo-pgrx passes the same flag for the whole
//! build; passing it here lets plain cargo and cargo-pgrx share one build cache.
fn main() {
    println!("cargo:rustc-link-arg-cdylib=-Wl,--no-gc-sections");
    println!("cargo:rerun-if-changed=build.rs");
}
