//! The path of a request and the registry of operations.
