//! The messages of GraphQL over WebSocket.

use async_graphql::{Request, Response, ServerError, Variables};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a client may say.
#[derive(Debug, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ClientMessage {
    /// Opens the connection; must come first, and once.
    ConnectionInit {
        /// Whatever identifies the client.
        payload: Option<Map<String, Value>>,
    },
    /// Wants a pong.
    Ping {
        /// To be sent back.
        payload: Option<Map<String, Value>>,
    },
    /// Is still there.
    Pong {},
    /// Begins an operation.
    Subscribe {
        /// By which its results are told from those of others.
        id: String,
        /// What to execute.
        payload: Operation,
    },
    /// Ends an operation.
    Complete {
        /// Which.
        id: String,
    },
}

/// An operation to execute.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Operation {
    operation_name: Option<String>,
    query: String,
    variables: Option<Map<String, Value>>,
}

impl From<Operation> for Request {
    fn from(operation: Operation) -> Self {
        let variables = Value::Object(operation.variables.unwrap_or_default());
        let request = Self::new(operation.query).variables(Variables::from_json(variables));
        match operation.operation_name {
            Some(name) => request.operation_name(name),
            None => request,
        }
    }
}

/// What the server may say.
#[derive(Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum ServerMessage {
    /// The connection is open.
    ConnectionAck,
    /// Wants a pong.
    Ping,
    /// Answers a ping.
    Pong {
        /// What the ping held.
        #[serde(skip_serializing_if = "Option::is_none")]
        payload: Option<Map<String, Value>>,
    },
    /// A result.
    Next {
        /// Of which operation.
        id: String,
        /// The result.
        payload: Response,
    },
    /// An operation failed, and is over.
    Error {
        /// Which operation.
        id: String,
        /// Why.
        payload: Vec<ServerError>,
    },
    /// An operation is over.
    Complete {
        /// Which operation.
        id: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ClientMessage, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn messages_of_the_protocol_are_read() {
        for text in [
            r#"{"type":"connection_init"}"#,
            r#"{"type":"connection_init","payload":null}"#,
            r#"{"type":"connection_init","payload":{"authorization":"Bearer x"}}"#,
            r#"{"type":"ping"}"#,
            r#"{"type":"pong","payload":{"at":1}}"#,
            r#"{"type":"complete","id":"1"}"#,
            r#"{"id":"1","type":"subscribe","payload":{"query":"{a}","variables":null,"operationName":null,"extensions":{}}}"#,
        ] {
            assert!(read(text).is_ok(), "{text}: {:?}", read(text));
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "1",
            "[]",
            "{}",
            r#"{"type":"start","id":"1","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":1,"payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"1","payload":{}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":"x"}}"#,
            r#"{"type":"connection_init","payload":"token"}"#,
            r#"{"type":"complete"}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn messages_are_written_as_the_protocol_says() {
        let written = |message: &ServerMessage| serde_json::to_string(message).unwrap();
        assert_eq!(
            written(&ServerMessage::ConnectionAck),
            r#"{"type":"connection_ack"}"#
        );
        assert_eq!(
            written(&ServerMessage::Pong { payload: None }),
            r#"{"type":"pong"}"#
        );
        let id = "1".to_owned();
        assert_eq!(
            written(&ServerMessage::Error {
                id,
                payload: vec![ServerError::new("no", None)]
            }),
            r#"{"type":"error","id":"1","payload":[{"message":"no"}]}"#
        );
    }
}
