//! What the services count, as they tell it at `/metrics`.

use crate::stack::{Service, SettingError, Stack};

/// Why a metric could not be read.
#[derive(Debug, thiserror::Error)]
pub enum MetricError {
    /// Where the service listens is not set.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The service does not tell.
    #[error("the metrics of {service} cannot be read")]
    Read {
        /// Whose.
        service: Service,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
}

/// All that a service tells, as text.
///
/// # Errors
/// [`MetricError`].
pub async fn all(stack: &Stack, service: Service) -> Result<String, MetricError> {
    let url = format!("{}/metrics", stack.url_of(service)?);
    let told = async {
        let http = reqwest::Client::builder().no_proxy().build()?;
        http.get(url).send().await?.error_for_status()?.text().await
    };
    told.await.map_err(|source| MetricError::Read { service, source })
}

/// How many queries a service has made so far.
///
/// # Errors
/// [`MetricError`].
pub async fn queries(stack: &Stack, service: Service) -> Result<u64, MetricError> {
    let told = all(stack, service).await?;
    let counter = format!("db_queries_total{{service=\"{service}\"}} ");
    let value = told.lines().find_map(|line| line.strip_prefix(&counter));
    Ok(value.and_then(|value| value.parse().ok()).unwrap_or_default())
}
