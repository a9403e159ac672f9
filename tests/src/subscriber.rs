//! A subscriber: GraphQL over WebSocket (`graphql-transport-ws`) through the public origin.

use std::collections::VecDeque;

use futures::{SinkExt, StreamExt};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::api::Document;
use crate::patience::PATIENCE;

const SUBPROTOCOL: &str = "graphql-transport-ws";

/// Why a subscription did not hold.
#[derive(Debug, thiserror::Error)]
pub enum SubscriptionError {
    /// The socket broke, or never opened.
    #[error("the WebSocket to {url} broke")]
    Socket {
        /// Where to.
        url: String,
        /// Why.
        #[source]
        source: Box<tungstenite::Error>,
    },
    /// The server ended it.
    #[error("the server ended the subscription {operation}: {why}")]
    Ended {
        /// Which.
        operation: String,
        /// What it said.
        why: String,
    },
    /// Nothing came.
    #[error("nothing came on the subscription {operation} within {} s", PATIENCE.as_secs())]
    Silent {
        /// Which.
        operation: String,
    },
    /// What came is not what the document asked for.
    #[error("the subscription {operation} brought something else than was asked for: {event}")]
    Event {
        /// Which.
        operation: String,
        /// What came.
        event: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
}

/// One subscription on a socket of its own.
pub struct Subscriber {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    url: String,
    operation: String,
    /// Events that came while something else was waited for.
    early: VecDeque<Value>,
}

impl Subscriber {
    /// Subscribes in the name of a token. When this returns the server has begun the operation.
    ///
    /// # Errors
    /// [`SubscriptionError`].
    pub async fn begin(
        origin: &str,
        token: &str,
        document: &Document,
        variables: Value,
    ) -> Result<Self, SubscriptionError> {
        let url = format!("{}/graphql", origin.replacen("http", "ws", 1));
        let broken = |source| SubscriptionError::Socket {
            url: url.clone(),
            source: Box::new(source),
        };
        let mut request = url.as_str().into_client_request().map_err(broken)?;
        let subprotocol = HeaderValue::from_static(SUBPROTOCOL);
        request
            .headers_mut()
            .insert("sec-websocket-protocol", subprotocol);
        let (socket, _) = connect_async(request).await.map_err(broken)?;
        let mut subscriber = Self {
            socket,
            url,
            operation: document.name().to_owned(),
            early: VecDeque::new(),
        };
        let init =
            json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } });
        subscriber.say(init).await?;
        subscriber.hear("connection_ack").await?;
        let payload = json!({ "query": document.text(), "variables": variables });
        subscriber
            .say(json!({ "type": "subscribe", "id": "1", "payload": payload }))
            .await?;
        // A subscription is not acknowledged. Messages are dealt with in order: by the pong it has begun.
        subscriber.say(json!({ "type": "ping" })).await?;
        subscriber.hear("pong").await?;
        Ok(subscriber)
    }

    /// The next event.
    ///
    /// # Errors
    /// [`SubscriptionError`].
    pub async fn next<T: DeserializeOwned>(&mut self) -> Result<T, SubscriptionError> {
        let event = match self.early.pop_front() {
            Some(event) => event,
            None => self.hear("next").await?,
        };
        let result = &event["payload"]["data"]["result"];
        T::deserialize(result).map_err(|source| SubscriptionError::Event {
            operation: self.operation.clone(),
            event: event.to_string(),
            source,
        })
    }

    async fn say(&mut self, message: Value) -> Result<(), SubscriptionError> {
        let sent = self.socket.send(Message::text(message.to_string())).await;
        sent.map_err(|source| self.broken(source))
    }

    /// The next message of this type; waits for it.
    async fn hear(&mut self, wanted: &str) -> Result<Value, SubscriptionError> {
        match timeout(PATIENCE, self.listen(wanted)).await {
            Ok(heard) => heard,
            Err(_elapsed) => Err(SubscriptionError::Silent {
                operation: self.operation.clone(),
            }),
        }
    }

    async fn listen(&mut self, wanted: &str) -> Result<Value, SubscriptionError> {
        loop {
            match self.socket.next().await {
                Some(Ok(Message::Text(text))) => {
                    let message: Value = serde_json::from_str(&text).unwrap_or_default();
                    match message["type"].as_str() {
                        Some("ping") => self.say(json!({ "type": "pong" })).await?,
                        Some(word) if word == wanted => return Ok(message),
                        Some("next") => self.early.push_back(message),
                        _ => return Err(self.ended(text.to_string())),
                    }
                }
                Some(Ok(Message::Close(frame))) => {
                    let why = frame.map(|frame| format!("{} {}", frame.code, frame.reason));
                    return Err(self.ended(why.unwrap_or_default()));
                }
                Some(Ok(_control)) => {}
                Some(Err(source)) => return Err(self.broken(source)),
                None => return Err(self.ended("the socket is closed".to_owned())),
            }
        }
    }

    fn broken(&self, source: tungstenite::Error) -> SubscriptionError {
        SubscriptionError::Socket {
            url: self.url.clone(),
            source: Box::new(source),
        }
    }

    fn ended(&self, why: String) -> SubscriptionError {
        SubscriptionError::Ended {
            operation: self.operation.clone(),
            why,
        }
    }
}
