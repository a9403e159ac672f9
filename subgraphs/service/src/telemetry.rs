//! Logs, traces and metrics of a process.
//!
//! Every request runs in a span that continues the caller's W3C trace context; what a service hands on (a command, an
//! event) carries the context of the span that it was made in. Spans leave the process by OTLP where an endpoint is set.
//! A log line that is written in a trace says which.

#[cfg(test)]
mod exported;
mod failures;
mod http;
mod logs;
mod meters;
mod propagation;
mod sampler;
mod together;
mod traces;

use std::sync::OnceLock;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use opentelemetry_otlp::ExporterBuildError;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::{Environment, SettingError};
pub use http::{answered, request_span, send};
pub use propagation::{context_of, traceparent, traceparent_of};
pub use together::lead;
pub use traces::TraceSettings;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// A JSON object a line.
    Json,
}

impl std::str::FromStr for LogFormat {
    type Err = &'static str;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        match word {
            "pretty" => Ok(Self::Pretty),
            "json" => Ok(Self::Json),
            _ => Err("neither pretty nor json"),
        }
    }
}

/// What telemetry is told.
#[derive(Clone, Debug)]
pub struct TelemetrySettings {
    /// How log lines look.
    pub log_format: LogFormat,
    /// Whether spans leave the process, and which.
    pub traces: TraceSettings,
}

impl TelemetrySettings {
    /// Reads `LOG_FORMAT`, and of traces what [`TraceSettings::read`] does.
    ///
    /// # Errors
    /// The setting that is wrong.
    pub fn read(environment: &Environment) -> Result<Self, SettingError> {
        Ok(Self {
            log_format: environment.or("LOG_FORMAT", "pretty or json", LogFormat::Pretty)?,
            traces: TraceSettings::read(environment)?,
        })
    }
}

/// Why telemetry cannot start.
#[derive(Debug, thiserror::Error)]
pub enum TelemetryError {
    /// The OTLP exporter refused its settings.
    #[error("the OTLP exporter cannot start")]
    Exporter(#[source] ExporterBuildError),
    /// The metrics recorder could not be installed.
    #[error("the metrics recorder cannot start")]
    Metrics(#[source] BuildError),
}

/// Flushes what is buffered when dropped.
pub struct Telemetry {
    provider: SdkTracerProvider,
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Err(error) = self.provider.shutdown() {
            tracing::warn!(%error, "the last spans may be lost");
        }
    }
}

static METRICS: OnceLock<PrometheusHandle> = OnceLock::new();

/// Seconds: from a primary-key look-up to a booking that waited its limit.
const DURATION_BUCKETS: [f64; 14] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Things in a batch: from one alone to all that fit.
const SIZE_BUCKETS: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1_000.0];

/// Seconds that an event is on its way: from at once to after the outage of a broker.
const DELAY_BUCKETS: [f64; 12] = [
    0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 600.0, 3_600.0,
];

/// Starts telemetry for this process; keep the result until the end.
///
/// # Errors
/// [`TelemetryError`].
pub fn start(settings: &TelemetrySettings, process: &str) -> Result<Telemetry, TelemetryError> {
    let provider = traces::provider(&settings.traces, process).map_err(TelemetryError::Exporter)?;
    let filter =
        EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,librdkafka=error"));
    // A second start in one process (tests) keeps the first subscriber.
    let _already_started = tracing_subscriber::registry()
        .with(traces::layer(&provider))
        .with(logs::layer(settings.log_format).with_filter(filter))
        .try_init();

    let metrics = PrometheusBuilder::new()
        .set_buckets(&DURATION_BUCKETS)
        .and_then(|builder| {
            builder.set_buckets_for_metric(Matcher::Suffix("_size".to_owned()), &SIZE_BUCKETS)
        })
        .and_then(|builder| {
            builder.set_buckets_for_metric(Matcher::Suffix("_delay_seconds".to_owned()), &DELAY_BUCKETS)
        })
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(TelemetryError::Metrics)?;
    METRICS.get_or_init(|| metrics);
    meters::describe();
    Ok(Telemetry { provider })
}

/// The metrics of this process in Prometheus' text format.
#[must_use]
pub fn render_metrics() -> String {
    METRICS
        .get()
        .map(|metrics| {
            metrics.run_upkeep();
            metrics.render()
        })
        .unwrap_or_default()
}
