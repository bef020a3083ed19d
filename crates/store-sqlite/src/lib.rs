//! The embedded durable engine of the store port, on SQLite.
