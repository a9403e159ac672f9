//! `excursions health`: whether a process of ours is ready, for containers, in which there is nothing else that could ask.
//!
//! Of the processes on this machine, whichever listens is asked, and at least one must: so that one command does for an
//! image, whatever its container serves.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use service::ServiceName;
use service::config::{Environment, SettingError};

const TIMEOUT: Duration = Duration::from_secs(4);

/// Why health cannot be told, or is bad.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HealthError {
    /// A setting is wrong.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made")]
    Client(#[source] reqwest::Error),
    /// Nobody listens on any of our ports.
    #[error("nothing of excursions listens on {0}")]
    Nobody(IpAddr),
    /// No answer.
    #[error("{url} does not answer")]
    Answer {
        url: String,
        #[source]
        source: reqwest::Error,
    },
    /// An answer that says no.
    #[error("{url} answers {status}: {text}")]
    NotReady {
        url: String,
        status: StatusCode,
        text: String,
    },
}

/// Asks the URLs; without any, whatever listens on the ports of the services and of the gateway.
pub(crate) async fn check(environment: &Environment, urls: Vec<String>) -> Result<(), HealthError> {
    let client = Client::builder().no_proxy().timeout(TIMEOUT).build();
    let client = client.map_err(HealthError::Client)?;
    if urls.is_empty() {
        return check_here(environment, &client).await;
    }
    for url in urls {
        ask(&client, url).await?;
    }
    Ok(())
}

async fn check_here(environment: &Environment, client: &Client) -> Result<(), HealthError> {
    let host = host(environment)?;
    let mut somebody = false;
    for port in ports(environment)? {
        let url = format!("http://{}/health/ready", SocketAddr::new(host, port));
        match ask(client, url).await {
            Err(HealthError::Answer { source, .. }) if source.is_connect() => {}
            answer => {
                answer?;
                somebody = true;
            }
        }
    }
    if somebody {
        Ok(())
    } else {
        Err(HealthError::Nobody(host))
    }
}

/// Where this process' siblings listen, as a client names it.
fn host(environment: &Environment) -> Result<IpAddr, SettingError> {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let bind = environment.or("SERVICES_BIND", "the address to listen on", loopback)?;
    Ok(if bind.is_unspecified() { loopback } else { bind })
}

fn ports(environment: &Environment) -> Result<Vec<u16>, SettingError> {
    let services = ServiceName::ALL.map(|service| {
        let setting = format!("{}_PORT", service.setting_prefix());
        environment.or(&setting, "the port to listen on", service.default_port())
    });
    let gateway = environment.or("GATEWAY_PORT", "the port of the public origin", 4_000);
    services.into_iter().chain([gateway]).collect()
}

async fn ask(client: &Client, url: String) -> Result<(), HealthError> {
    let answer = async {
        let answer = client.get(&url).send().await?;
        Ok::<_, reqwest::Error>((answer.status(), answer.text().await?))
    };
    match answer.await {
        Ok((status, _)) if status.is_success() => {
            println!("{url}: ready");
            Ok(())
        }
        Ok((status, text)) => Err(HealthError::NotReady {
            url,
            status,
            text: text.trim().replace('\n', "; "),
        }),
        Err(source) => Err(HealthError::Answer { url, source }),
    }
}
