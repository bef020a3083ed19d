//! The whole server, over TLS, against an API server that does what the test says.

mod api_server;
mod client;
mod world;

mod bad_input;
mod certificates;
mod http2;
mod live_reads;
mod namespaces;
mod observability;
mod sources;
mod watches;
