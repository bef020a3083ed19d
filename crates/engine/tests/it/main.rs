//! The engine over real sockets.

mod front;
