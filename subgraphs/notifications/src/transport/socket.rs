//! A WebSocket: moves frames between a client, the [`Session`] and the operations that run.

use std::ops::ControlFlow;
use std::pin::pin;
use std::time::Duration;

use async_graphql::Response;
use axum::extract::ws::{Message, WebSocket};
use futures::stream::{self, BoxStream, StreamExt};
use service::auth::{Caller, TokenError};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep, timeout};
use tokio_stream::StreamMap;

use super::Transport;
use super::closing::Closing;
use super::execution::{caller_of, expiry, responses};
use super::message::ServerMessage;
use super::session::{Effect, Session};

const WAIT_FOR_CLOSE: Duration = Duration::from_secs(2);

/// How a conversation ends: with what the server says last, or without a word where the client is gone.
type End = Option<Closing>;
type Flow = ControlFlow<End>;

/// A client's socket.
pub(super) struct Socket {
    transport: Transport,
    socket: WebSocket,
    session: Session,
    /// The responses to each operation; the last item is nothing.
    operations: StreamMap<String, BoxStream<'static, Option<Response>>>,
    caller: Caller,
    heard_at: Instant,
}

impl Socket {
    /// A socket that was just opened.
    pub(super) fn new(transport: Transport, socket: WebSocket) -> Self {
        let session = Session::new(transport.limits.operations);
        Self {
            transport,
            socket,
            session,
            operations: StreamMap::new(),
            caller: Caller::Nobody,
            heard_at: Instant::now(),
        }
    }

    /// Talks with the client until one of them ends it. The token is that of the upgrade request.
    pub(super) async fn serve(mut self, token: Option<String>) {
        metrics::gauge!("websocket_connections").increment(1);
        let end = self.converse(token.as_deref()).await;
        // The operations end before the client is told, not after it took its time to answer.
        self.operations.clear();
        if let Some(closing) = end {
            self.close(&closing).await;
        }
        metrics::gauge!("websocket_connections").decrement(1);
    }

    async fn converse(&mut self, token: Option<&str>) -> End {
        let limits = self.transport.limits;
        let shutdown = self.transport.shutdown.clone();
        let mut init_timeout = pin!(sleep(limits.init_timeout));
        let mut pings = interval_at(Instant::now() + limits.ping_interval, limits.ping_interval);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let flow = tokio::select! {
                () = shutdown.cancelled() => ControlFlow::Break(Some(Closing::GoingAway)),
                () = &mut init_timeout, if self.session.awaits_init() => {
                    ControlFlow::Break(Some(Closing::InitTimeout))
                }
                () = expiry(&self.caller) => {
                    ControlFlow::Break(Some(Closing::Forbidden("token expired".to_owned())))
                }
                frame = self.socket.recv() => match frame {
                    Some(Ok(frame)) => self.receive(frame, token).await,
                    Some(Err(_)) | None => ControlFlow::Break(None),
                },
                Some((id, response)) = self.operations.next() => self.respond(id, response).await,
                _ = pings.tick() => self.ping().await,
            };
            if let ControlFlow::Break(end) = flow {
                return end;
            }
        }
    }

    async fn receive(&mut self, frame: Message, token: Option<&str>) -> Flow {
        self.heard_at = Instant::now();
        let text = match frame {
            Message::Text(text) => text,
            // The library answers pings and close frames by itself, with the next reading.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return ControlFlow::Continue(()),
            Message::Binary(_) => {
                let what = "messages are text".to_owned();
                return ControlFlow::Break(Some(Closing::InvalidMessage(what)));
            }
        };
        match self.session.receive(&text) {
            Err(closing) => ControlFlow::Break(Some(closing)),
            Ok(Effect::Nothing) => ControlFlow::Continue(()),
            Ok(Effect::Answer(message)) => self.say(&message).await,
            Ok(Effect::Authenticate(own)) => self.authenticate(own.as_deref().or(token)).await,
            Ok(Effect::Start { id, request }) => {
                let responses = responses(&self.transport.schema, request, self.caller.clone());
                let end = stream::once(async { None });
                self.operations.insert(id, responses.map(Some).chain(end).boxed());
                ControlFlow::Continue(())
            }
            Ok(Effect::Stop { id }) => {
                self.operations.remove(&id);
                ControlFlow::Continue(())
            }
        }
    }

    async fn authenticate(&mut self, token: Option<&str>) -> Flow {
        self.caller = caller_of(&self.transport.authenticator, token).await;
        if let Caller::Refused(error) = &self.caller {
            return ControlFlow::Break(Some(match error.as_ref() {
                TokenError::Unverifiable(_) => Closing::TryAgainLater,
                error => Closing::Forbidden(error.to_string()),
            }));
        }
        let acknowledgement = self.session.acknowledge();
        self.say(&acknowledgement).await
    }

    async fn respond(&mut self, id: String, response: Option<Response>) -> Flow {
        let message = self.session.respond(id.clone(), response);
        if !self.session.runs(&id) {
            self.operations.remove(&id);
        }
        match message {
            Some(message) => self.say(&message).await,
            None => ControlFlow::Continue(()),
        }
    }

    async fn ping(&mut self) -> Flow {
        if self.heard_at.elapsed() > self.transport.limits.silence {
            return ControlFlow::Break(Some(Closing::Silent));
        }
        self.say(&ServerMessage::Ping).await
    }

    async fn say(&mut self, message: &ServerMessage) -> Flow {
        let text = match serde_json::to_string(message) {
            Ok(text) => text,
            Err(error) => {
                tracing::error!(%error, "a message cannot be written as JSON");
                return ControlFlow::Break(Some(Closing::TryAgainLater));
            }
        };
        let sent = timeout(
            self.transport.limits.send_timeout,
            self.socket.send(Message::Text(text.into())),
        );
        match sent.await {
            Ok(Ok(())) => ControlFlow::Continue(()),
            // The client is gone, or does not read: it would not read a close frame either.
            Ok(Err(_)) | Err(_) => ControlFlow::Break(None),
        }
    }

    /// Tells the client why, and waits a little for its answer: a connection that is dropped with unread data in it is
    /// reset, and the reason lost.
    async fn close(mut self, closing: &Closing) {
        let farewell = async {
            let frame = Message::Close(Some(closing.frame()));
            if self.socket.send(frame).await.is_ok() {
                while let Some(Ok(_)) = self.socket.recv().await {}
            }
        };
        let _in_time = timeout(WAIT_FOR_CLOSE, farewell).await;
    }
}
