//! A WebSocket client that says what the test tells it to.

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::harness::LIMIT;
use super::server::Server;

pub(super) struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    /// A connection on `/graphql` that is not initialised yet.
    pub(super) async fn connect(server: &Server) -> Self {
        Self::offer(server, "/graphql", "graphql-transport-ws", None)
            .await
            .unwrap()
            .0
    }

    /// An initialised connection.
    pub(super) async fn ready(server: &Server, token: Option<&str>) -> Self {
        let mut client = Self::connect(server).await;
        let payload = token.map_or(json!({}), |token| json!({ "authorization": token }));
        client
            .say(&json!({ "type": "connection_init", "payload": payload }))
            .await;
        client.expect(&json!({ "type": "connection_ack" })).await;
        client
    }

    /// Offers subprotocols; answers what was chosen, or the status of the refusal.
    pub(super) async fn offer(
        server: &Server,
        path: &str,
        subprotocols: &str,
        authorization: Option<&str>,
    ) -> Result<(Self, String), StatusCode> {
        let mut request = format!("ws://{}{path}", server.address)
            .into_client_request()
            .unwrap();
        let headers = request.headers_mut();
        if !subprotocols.is_empty() {
            headers.insert("sec-websocket-protocol", subprotocols.parse().unwrap());
        }
        if let Some(authorization) = authorization {
            headers.insert("authorization", authorization.parse().unwrap());
        }
        match connect_async(request).await {
            Ok((socket, response)) => {
                let chosen = response.headers()["sec-websocket-protocol"].to_str().unwrap();
                Ok((Self(socket), chosen.to_owned()))
            }
            Err(Error::Http(response)) => Err(response.status()),
            Err(error) => panic!("{error}"),
        }
    }

    pub(super) async fn say(&mut self, message: &Value) {
        self.send(Message::text(message.to_string())).await;
    }

    pub(super) async fn send(&mut self, frame: Message) {
        self.0.send(frame).await.unwrap();
    }

    pub(super) async fn subscribe(&mut self, id: &str, query: &str) {
        let message = json!({ "type": "subscribe", "id": id, "payload": { "query": query } });
        self.say(&message).await;
    }

    /// The next message of the protocol.
    pub(super) async fn hear(&mut self) -> Value {
        self.next_or_close().await.expect("the socket stays open")
    }

    pub(super) async fn expect(&mut self, message: &Value) {
        assert_eq!(&self.hear().await, message);
    }

    /// Expects that the server closes the socket now; its code and reason.
    pub(super) async fn closed(&mut self) -> (u16, String) {
        self.next_or_close().await.expect_err("the socket is closed")
    }

    /// The next message of the protocol, or code and reason of a close frame.
    pub(super) async fn next_or_close(&mut self) -> Result<Value, (u16, String)> {
        let frame = timeout(LIMIT, self.0.next()).await;
        match frame.expect("a frame in time").expect("an open socket").unwrap() {
            Message::Text(text) => Ok(serde_json::from_str(&text).unwrap()),
            Message::Close(Some(frame)) => Err((frame.code.into(), frame.reason.to_string())),
            other => panic!("{other:?} is neither"),
        }
    }
}
