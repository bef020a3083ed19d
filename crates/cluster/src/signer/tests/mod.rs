//! The signer as a whole, and its parts under attack.

mod claims;
mod grpc;
mod neighbours;
mod restarts;
mod rotation;
mod settings;
mod world;
