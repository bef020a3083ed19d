//! GENERATED inputs, outputs, constraints and errors of each operation that we serve.
//!
//! The small model that describes them ([`Service`], [`Operation`], [`Type`], …) is written by
//! hand; the modules named after services are written by `xtask codegen` from the service models
//! and never edited.

mod convert;
mod generated;
mod model;
mod pattern;
mod value;

pub use convert::{FromValue, IntoValue};
pub use generated::{accessanalyzer, cloudtrail, eks, iam, irsa, secretsmanager, services, sts};
pub use model::{
    BlobShape, ErrorShape, ListShape, Location, MapShape, Member, NumberShape, Operation, Protocol,
    Service, StringShape, Structure, Type, UnservedOperation,
};
pub use pattern::{Node, Pattern};
pub use value::Value;
