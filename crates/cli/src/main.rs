//! The irsa command line.
fn main() {}
