//! The in-memory engine and the encodings.

#[cfg(test)]
mod change_log;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod records;
