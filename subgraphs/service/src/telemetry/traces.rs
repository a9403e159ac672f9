//! The process's tracer: where spans go, which go there, and as whose.

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::ExporterBuildError;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider};
use std::time::Duration;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::registry::LookupSpan;
use uuid::Uuid;

use super::failures::KeepFailures;
use super::sampler::{KeepingFailures, sampler};
use crate::config::{Environment, SettingError};

/// A span that has ended leaves the process within this time, unless told otherwise: what a killed process had not sent
/// is lost.
const SCHEDULED_DELAY_MS: u64 = 1_000;

/// What traces are told. The exporter reads its own variables (`OTEL_EXPORTER_OTLP_*`) itself.
#[derive(Clone, Debug)]
pub struct TraceSettings {
    /// How spans leave the process, if they do.
    export: Option<Export>,
    /// A name other than the process's.
    service_name: Option<String>,
}

#[derive(Clone, Debug)]
struct Export {
    sampler: Sampler,
    delay: Duration,
}

impl TraceSettings {
    /// Reads `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_TRACES_SAMPLER` with `OTEL_TRACES_SAMPLER_ARG`,
    /// `OTEL_BSP_SCHEDULE_DELAY` and `OTEL_SERVICE_NAME`.
    ///
    /// # Errors
    /// The setting that is wrong.
    pub fn read(environment: &Environment) -> Result<Self, SettingError> {
        let endpoint: Option<String> = environment.optional(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "the URL of an OTLP/HTTP collector, http://host:4318",
        )?;
        let export = Export {
            sampler: sampler(environment)?,
            delay: Duration::from_millis(environment.or(
                "OTEL_BSP_SCHEDULE_DELAY",
                "milliseconds between exports",
                SCHEDULED_DELAY_MS,
            )?),
        };
        Ok(Self {
            export: endpoint.is_some().then_some(export),
            service_name: environment.optional("OTEL_SERVICE_NAME", "the name of this process in traces")?,
        })
    }
}

/// The provider of this process, made known to all who make spans. Without an endpoint nothing is recorded; traces that
/// come in are handed on all the same, and told in logs.
pub(super) fn provider(
    settings: &TraceSettings,
    process: &str,
) -> Result<SdkTracerProvider, ExporterBuildError> {
    opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
    let name = settings
        .service_name
        .clone()
        .unwrap_or_else(|| process.to_owned());
    let builder = SdkTracerProvider::builder().with_resource(resource(name));
    let provider = match &settings.export {
        None => builder.with_sampler(Sampler::AlwaysOff),
        Some(export) => {
            let exporter = opentelemetry_otlp::SpanExporter::builder().with_http().build()?;
            let config = BatchConfigBuilder::default().with_scheduled_delay(export.delay);
            let batches = BatchSpanProcessor::builder(exporter)
                .with_batch_config(config.build())
                .build();
            builder
                .with_sampler(KeepingFailures(export.sampler.clone()))
                .with_span_processor(KeepFailures::before(batches))
        }
    };
    let provider = provider.build();
    opentelemetry::global::set_tracer_provider(provider.clone());
    Ok(provider)
}

/// A provider has one resource, hence a process one name: a service's own where it is served alone.
fn resource(name: String) -> Resource {
    Resource::builder()
        .with_service_name(name)
        .with_attributes([
            KeyValue::new("service.namespace", "excursions"),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            // Another with each start: two of them in one trace are two lives of a service.
            KeyValue::new("service.instance.id", Uuid::new_v4().to_string()),
        ])
        .build()
}

/// Makes spans of those of the crate `tracing`. Which ones does not hang on which logs are written. Those of async-graphql tell
/// of its inside.
pub(super) fn layer<S>(provider: &SdkTracerProvider) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("excursions"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        .with_filter(
            Targets::new()
                .with_default(LevelFilter::INFO)
                .with_target("async_graphql", LevelFilter::OFF),
        )
}
