//! Why the server closes a socket, with the codes that the protocol prescribes.

use axum::extract::ws::CloseFrame;

/// A reason of more bytes does not fit into a control frame (RFC 6455, 5.5).
const MAX_REASON_BYTES: usize = 123;

/// Why the server closes a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// The process stops; the client may connect again.
    GoingAway,
    /// The client does not answer.
    Silent,
    /// Something is out of order here; the client may connect again.
    TryAgainLater,
    /// A message that the protocol does not know.
    InvalidMessage(String),
    /// An operation before the connection was acknowledged.
    NotInitialised,
    /// The token does not hold, or not any more.
    Forbidden(String),
    /// The client did not initialise the connection in time.
    InitTimeout,
    /// The id of a running operation.
    DuplicateOperation(String),
    /// The client initialised the connection twice.
    InitTwice,
}

impl Closing {
    fn code(&self) -> u16 {
        match self {
            Self::GoingAway | Self::Silent => 1001,
            Self::TryAgainLater => 1013,
            Self::InvalidMessage(_) => 4400,
            Self::NotInitialised => 4401,
            Self::Forbidden(_) => 4403,
            Self::InitTimeout => 4408,
            Self::DuplicateOperation(_) => 4409,
            Self::InitTwice => 4429,
        }
    }

    fn reason(&self) -> String {
        match self {
            Self::GoingAway => "the server is stopping, connect again".to_owned(),
            Self::Silent => "the client does not answer".to_owned(),
            Self::TryAgainLater => "the token cannot be checked now, connect again".to_owned(),
            Self::InvalidMessage(what) => format!("Invalid message: {what}"),
            Self::NotInitialised => "Unauthorized".to_owned(),
            Self::Forbidden(why) => format!("Forbidden: {why}"),
            Self::InitTimeout => "Connection initialisation timeout".to_owned(),
            Self::DuplicateOperation(id) => format!("Subscriber for {id} already exists"),
            Self::InitTwice => "Too many initialisation requests".to_owned(),
        }
    }

    /// The frame that tells the client.
    pub(super) fn frame(&self) -> CloseFrame {
        let mut reason = self.reason();
        reason.truncate(reason.floor_char_boundary(MAX_REASON_BYTES));
        CloseFrame {
            code: self.code(),
            reason: reason.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reason_fits_its_frame() {
        let frame = Closing::DuplicateOperation("ü".repeat(200)).frame();
        assert_eq!(frame.code, 4409);
        assert!(frame.reason.len() <= MAX_REASON_BYTES, "{}", frame.reason.len());
        assert!(frame.reason.starts_with("Subscriber for üüü"));
    }
}
