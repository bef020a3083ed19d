//! The signer as a whole, and its parts under attack.

mod claims;
mod first_key;
mod grpc;
mod neighbours;
mod restarts;
mod rotation;
mod settings;
mod world;
