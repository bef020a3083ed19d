//! The binary as its users run it: its servers, and its clients against a server that only answers
//! what it is told to.

#[cfg(test)]
mod caller;
#[cfg(test)]
mod certificate;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod dev;
#[cfg(test)]
mod exec;
#[cfg(test)]
mod exec_cluster;
#[cfg(test)]
mod fake_server;
#[cfg(test)]
mod init;
#[cfg(test)]
mod init_secret;
#[cfg(test)]
mod inspect;
#[cfg(test)]
mod least_privilege;
mod lint;
#[cfg(test)]
mod questions;
#[cfg(test)]
mod remote;
#[cfg(test)]
mod run;
#[cfg(test)]
mod serve;
#[cfg(test)]
mod server_process;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod usage;
#[cfg(test)]
mod webhook;
