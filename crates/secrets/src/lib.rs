//! Secrets Manager: one file per operation.
