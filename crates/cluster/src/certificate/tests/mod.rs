pub(crate) mod api_server;
mod files;
pub(crate) mod handshake;
