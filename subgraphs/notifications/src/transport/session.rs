//! The protocol as a state machine: which message may come when, and what is to be done about it. No I/O.

use std::collections::HashSet;

use async_graphql::{Request, Response, ServerError, Value};
use serde_json::Map;

use super::closing::Closing;
use super::message::{ClientMessage, ServerMessage};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing was said yet.
    Opened,
    /// The client said who it is; that is being checked.
    Initialising,
    /// Operations may begin.
    Acknowledged,
}

/// What a message asks for.
pub(super) enum Effect {
    /// Nothing.
    Nothing,
    /// To find out who the client is, by this token if it gave one; then [`Session::acknowledge`].
    Authenticate(Option<String>),
    /// To say something.
    Answer(ServerMessage),
    /// To execute an operation.
    Start {
        /// By which its results are told from those of others.
        id: String,
        /// The operation.
        request: Request,
    },
    /// To end an operation.
    Stop {
        /// Which.
        id: String,
    },
}

/// A connection's state.
pub(super) struct Session {
    phase: Phase,
    operations: HashSet<String>,
    max_operations: usize,
}

impl Session {
    /// A connection that was just opened.
    pub(super) fn new(max_operations: usize) -> Self {
        Self {
            phase: Phase::Opened,
            operations: HashSet::new(),
            max_operations,
        }
    }

    /// Whether the client has yet to initialise the connection.
    pub(super) fn awaits_init(&self) -> bool {
        self.phase == Phase::Opened
    }

    /// Takes a text frame.
    pub(super) fn receive(&mut self, frame: &str) -> Result<Effect, Closing> {
        let message = serde_json::from_str(frame)
            .map_err(|error: serde_json::Error| Closing::InvalidMessage(error.to_string()))?;
        match message {
            ClientMessage::ConnectionInit { payload } => self.initialise(payload),
            ClientMessage::Ping { payload } => Ok(Effect::Answer(ServerMessage::Pong { payload })),
            ClientMessage::Pong {} => Ok(Effect::Nothing),
            ClientMessage::Subscribe { id, payload } => self.start(id, payload.into()),
            // The operation may have ended by itself meanwhile.
            ClientMessage::Complete { id } if self.operations.remove(&id) => Ok(Effect::Stop { id }),
            ClientMessage::Complete { .. } => Ok(Effect::Nothing),
        }
    }

    fn initialise(&mut self, payload: Option<Map<String, serde_json::Value>>) -> Result<Effect, Closing> {
        if self.phase != Phase::Opened {
            return Err(Closing::InitTwice);
        }
        self.phase = Phase::Initialising;
        Ok(Effect::Authenticate(payload.and_then(token)))
    }

    /// The client is known.
    pub(super) fn acknowledge(&mut self) -> ServerMessage {
        self.phase = Phase::Acknowledged;
        ServerMessage::ConnectionAck
    }

    fn start(&mut self, id: String, request: Request) -> Result<Effect, Closing> {
        if self.phase != Phase::Acknowledged {
            return Err(Closing::NotInitialised);
        }
        if id.is_empty() {
            return Err(Closing::InvalidMessage(
                "an operation's id is not empty".to_owned(),
            ));
        }
        if self.operations.contains(&id) {
            return Err(Closing::DuplicateOperation(id));
        }
        if self.operations.len() >= self.max_operations {
            return Ok(Effect::Answer(ServerMessage::Error {
                id,
                payload: vec![too_many_operations(self.max_operations)],
            }));
        }
        self.operations.insert(id.clone());
        Ok(Effect::Start { id, request })
    }

    /// Whether an operation goes on.
    pub(super) fn runs(&self, id: &str) -> bool {
        self.operations.contains(id)
    }

    /// What to say about an operation's response, or about its end. A response without data ends the operation.
    pub(super) fn respond(&mut self, id: String, response: Option<Response>) -> Option<ServerMessage> {
        if !self.runs(&id) {
            return None;
        }
        match response {
            Some(response) if response.data == Value::Null => {
                self.operations.remove(&id);
                let payload = response.errors;
                Some(ServerMessage::Error { id, payload })
            }
            Some(payload) => Some(ServerMessage::Next { id, payload }),
            None => {
                self.operations.remove(&id);
                Some(ServerMessage::Complete { id })
            }
        }
    }
}

/// The token in an init message, under whatever case of the header's name.
fn token(payload: Map<String, serde_json::Value>) -> Option<String> {
    payload
        .into_iter()
        .find(|(name, value)| name.eq_ignore_ascii_case("authorization") && !value.is_null())
        // What is no text is no token, and refused as one.
        .map(|(_, value)| value.as_str().unwrap_or_default().to_owned())
}

fn too_many_operations(max: usize) -> ServerError {
    let message = format!("at most {max} operations run on one socket at once");
    let mut error = ServerError::new(message, None);
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", "RATE_LIMITED");
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    const INIT: &str = r#"{"type":"connection_init"}"#;

    fn subscribe(id: &str) -> String {
        format!(r#"{{"id":"{id}","type":"subscribe","payload":{{"query":"{{a}}"}}}}"#)
    }

    fn acknowledged() -> Session {
        let mut session = Session::new(2);
        assert!(matches!(session.receive(INIT), Ok(Effect::Authenticate(None))));
        assert_eq!(session.acknowledge(), ServerMessage::ConnectionAck);
        session
    }

    fn closing(result: Result<Effect, Closing>) -> u16 {
        result.err().expect("the socket is closed").frame().code
    }

    #[test]
    fn connection_is_initialised_once() {
        assert_eq!(closing(acknowledged().receive(INIT)), 4429);
        let mut early = Session::new(2);
        assert!(early.receive(INIT).is_ok());
        assert_eq!(closing(early.receive(INIT)), 4429);
    }

    #[test]
    fn operations_wait_for_the_acknowledgement() {
        let mut session = Session::new(2);
        assert_eq!(closing(session.receive(&subscribe("1"))), 4401);
        let mut session = Session::new(2);
        assert!(session.receive(INIT).is_ok());
        assert_eq!(closing(session.receive(&subscribe("1"))), 4401);
    }

    #[test]
    fn id_of_a_running_operation_is_taken_until_it_ends() {
        let mut session = acknowledged();
        assert!(matches!(
            session.receive(&subscribe("1")),
            Ok(Effect::Start { .. })
        ));
        assert_eq!(closing(session.receive(&subscribe("1"))), 4409);
        let complete = r#"{"type":"complete","id":"1"}"#;
        assert!(matches!(session.receive(complete), Ok(Effect::Stop { .. })));
        assert!(
            matches!(session.receive(complete), Ok(Effect::Nothing)),
            "too late is no fault"
        );
        assert!(matches!(
            session.receive(&subscribe("1")),
            Ok(Effect::Start { .. })
        ));
    }

    #[test]
    fn nothing_is_said_of_an_operation_after_its_end() {
        let mut session = acknowledged();
        assert!(session.receive(&subscribe("1")).is_ok());
        let refused = Response::from_errors(vec![ServerError::new("no", None)]);
        let said = session.respond("1".to_owned(), Some(refused));
        assert!(matches!(said, Some(ServerMessage::Error { .. })), "{said:?}");
        assert_eq!(session.respond("1".to_owned(), None), None);
        assert!(session.receive(&subscribe("2")).is_ok());
        let said = session.respond("2".to_owned(), Some(Response::new(1)));
        assert!(matches!(said, Some(ServerMessage::Next { .. })), "{said:?}");
        let said = session.respond("2".to_owned(), None);
        assert_eq!(said, Some(ServerMessage::Complete { id: "2".to_owned() }));
    }

    #[test]
    fn one_operation_too_many_is_refused_and_the_others_go_on() {
        let mut session = acknowledged();
        assert!(session.receive(&subscribe("1")).is_ok());
        assert!(session.receive(&subscribe("2")).is_ok());
        let refused = session.receive(&subscribe("3"));
        assert!(matches!(refused, Ok(Effect::Answer(ServerMessage::Error { id, .. })) if id == "3"));
        assert!(session.runs("1") && session.runs("2") && !session.runs("3"));
    }

    #[test]
    fn pings_are_answered_at_any_time() {
        let mut session = Session::new(2);
        let answer = session.receive(r#"{"type":"ping","payload":{"n":1}}"#);
        let Ok(Effect::Answer(ServerMessage::Pong {
            payload: Some(payload),
        })) = answer
        else {
            panic!("a pong")
        };
        assert_eq!(payload["n"], 1);
        assert!(session.awaits_init());
    }

    #[test]
    fn what_is_no_message_closes_the_socket() {
        for text in ["hello", "{}", r#"{"type":"start"}"#] {
            assert_eq!(closing(acknowledged().receive(text)), 4400, "{text}");
        }
        assert_eq!(closing(acknowledged().receive(&subscribe(""))), 4400);
    }

    #[test]
    fn token_is_found_under_any_case() {
        for name in ["authorization", "Authorization", "AUTHORIZATION"] {
            let init = format!(r#"{{"type":"connection_init","payload":{{"{name}":"Bearer x"}}}}"#);
            let effect = Session::new(1).receive(&init);
            assert!(matches!(effect, Ok(Effect::Authenticate(Some(token))) if token == "Bearer x"));
        }
    }
}
