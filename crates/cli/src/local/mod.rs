//! What the commands that run a server themselves read and write on this machine.

mod aws_environment;
mod cidr;
mod data_dir;
mod exclusive_file;
mod listen;
mod profile_writer;
mod public_url;

pub(crate) use aws_environment::{AccessKey, ServerAccess};
pub(crate) use cidr::{IssuerCidr, ProxyCidr};
pub(crate) use data_dir::{DataDirError, default_data_dir, default_root_key_file};
pub(crate) use exclusive_file::ExclusiveFile;
pub(crate) use listen::Listen;
pub(crate) use profile_writer::{NewProfile, add_profile};
pub(crate) use public_url::PublicUrl;
