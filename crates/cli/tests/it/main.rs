//! The binary as its users run it, against a server that only answers what it is told to.

#[cfg(test)]
mod demo;
#[cfg(test)]
mod exec;
#[cfg(test)]
mod fake_server;
#[cfg(test)]
mod inspect;
#[cfg(test)]
mod remote;
#[cfg(test)]
mod run;
#[cfg(test)]
mod usage;
