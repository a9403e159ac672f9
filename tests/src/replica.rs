//! A second process of a service, beside the one of the stack: the same settings, a port of its own.

use std::io;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use crate::Failure;
use crate::patience::until;
use crate::stack::{Service, Stack};

/// Why a replica did not start.
#[derive(Debug, thiserror::Error)]
#[error("a second process of {service} cannot be started")]
pub struct ReplicaError {
    service: Service,
    #[source]
    source: io::Error,
}

/// A second process of a service; it is killed when this is dropped.
pub struct Replica {
    process: Child,
    /// Where it listens.
    pub url: String,
}

impl Replica {
    /// Starts one, and waits until it is ready.
    ///
    /// # Errors
    /// [`ReplicaError`], or that it never was ready.
    pub async fn start(stack: &Stack, service: Service) -> Result<Self, Failure> {
        let started = Self::spawn(stack, service);
        let replica = started.map_err(|source| ReplicaError { service, source })?;
        let health = format!("{}/health/ready", replica.url);
        until(format!("a second process of {service}"), async || {
            let answer = reqwest::get(&health).await;
            Ok(answer
                .is_ok_and(|answer| answer.status().is_success())
                .then_some(()))
        })
        .await?;
        Ok(replica)
    }

    fn spawn(stack: &Stack, service: Service) -> io::Result<Self> {
        // Free a moment ago; a port that somebody takes meanwhile makes the test fail, not pass.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let prefix = service.name().to_uppercase();
        let process = Command::new(&stack.binary)
            .args(["serve", service.name()])
            .env(format!("{prefix}_PORT"), port.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        Ok(Self {
            process,
            url: format!("http://127.0.0.1:{port}"),
        })
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        let _gone = self.process.kill();
        let _reaped = self.process.wait();
    }
}
