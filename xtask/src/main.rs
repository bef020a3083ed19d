//! Work on the repository: code generation and the layers check.

fn main() {}
