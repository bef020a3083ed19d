//! Prints the speed rows of irsa.

fn main() {}
