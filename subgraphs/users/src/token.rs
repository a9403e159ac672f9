//! The two tokens of a session: one that other services check by themselves and that lives for minutes, and one that is
//! good here alone, for one use, and gets the next pair.

mod access;
mod hand_out;
mod refresh;

pub use access::{AccessToken, AccessTokens};
pub use hand_out::{HandOutError, hand_out};
pub use refresh::RefreshToken;
