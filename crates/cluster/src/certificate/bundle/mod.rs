//! The CA bundle that pods are given beside `--endpoint-url`.

mod config_map;
mod content;
mod keeper;

#[cfg(test)]
mod tests;

pub use content::{BundleFault, BundleSources, Roots};
pub use keeper::{BundleKeeper, EndpointBundle};
