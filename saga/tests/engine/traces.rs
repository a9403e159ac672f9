//! What a saga's trace shows of it.

use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use opentelemetry::trace::{SpanId, Status};
use opentelemetry::{Key, global};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, SpanData, SpanExporter};
use saga::{Registry, SagaId, WorkerSettings};

use crate::support::{Answer, Database, Running, World, new_trip, run, short_leases, trip};

const STARTED_IN: u64 = 0xdef;

/// All spans that ended in this process.
#[derive(Clone, Debug, Default)]
struct Exported(Arc<Mutex<Vec<SpanData>>>);

impl SpanExporter for Exported {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(spans);
        Ok(())
    }
}

/// The whole process has one provider.
static EXPORTED: LazyLock<Exported> = LazyLock::new(|| {
    let exported = Exported::default();
    let provider = SdkTracerProvider::builder()
        .with_sampler(Sampler::AlwaysOn)
        .with_simple_exporter(exported.clone())
        .build();
    global::set_tracer_provider(provider);
    global::set_text_map_propagator(TraceContextPropagator::new());
    exported
});

/// A trip begun in a trace, whose id it has.
async fn start(running: &Running, database: &Database) -> SagaId {
    LazyLock::force(&EXPORTED);
    let id = SagaId::new();
    let mut saga = new_trip(id);
    saga.traceparent = Some(format!("00-{}-{STARTED_IN:016x}-01", id.0.simple()));
    let mut connection = database.pool.get().await.unwrap();
    let started = running.handle.start(&mut connection, vec![saga]).await.unwrap();
    drop(connection);
    running.handle.drive(started);
    id
}

fn attribute(span: &SpanData, name: &'static str) -> String {
    let key = Key::from_static_str(name);
    let found = span.attributes.iter().find(|attribute| attribute.key == key);
    found.map_or_else(String::new, |attribute| attribute.value.to_string())
}

/// The spans of a saga's trace in the order of their beginnings, each as its name, attempt and outcome; without those of
/// commits.
async fn shown(saga: SagaId, until: &str) -> Vec<String> {
    let trace = saga.0.simple().to_string();
    let looking = async {
        loop {
            let mut spans: Vec<SpanData> = EXPORTED.0.lock().unwrap().clone();
            spans.retain(|span| span.span_context.trace_id().to_string() == trace);
            if spans.iter().any(|span| span.name == until) {
                return spans;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let mut spans = tokio::time::timeout(Duration::from_secs(60), looking)
        .await
        .unwrap();
    spans.sort_by_key(|span| span.start_time);
    assert!(
        spans
            .iter()
            .all(|span| span.parent_span_id == SpanId::from(STARTED_IN))
    );
    let steps = spans.iter().filter(|span| span.name != "saga commit");
    steps
        .map(|span| {
            let failed = matches!(span.status, Status::Error { .. });
            let (attempt, outcome) = (attribute(span, "saga.attempt"), attribute(span, "saga.outcome"));
            let mark = if failed { "!" } else { "" };
            format!("{} {attempt} {outcome}{mark}", span.name)
        })
        .collect()
}

#[tokio::test]
async fn attempts_compensations_and_parking_are_spans_of_the_trace_that_the_saga_began_in() {
    let (database, world) = (Database::new().await, World::default());
    world.script("flight", &[Answer::Lost]);
    world.script("hotel", &[Answer::Refuse]);
    world.script("undo flight", &[Answer::Refuse]);
    let registry = Registry::default().with(trip(&world));
    let running = run(&database, registry, WorkerSettings::default());
    let saga = start(&running, &database).await;
    running.wait_for(saga, "PARKED").await;
    assert_eq!(
        shown(saga, "trip parked").await,
        [
            "trip flight 1 failed!",
            "trip flight 2 done",
            "trip hotel 1 rejected",
            "trip undo hotel 1 done",
            "trip undo flight 1 rejected",
            "trip parked 1 !",
        ]
    );
}

#[tokio::test]
async fn trace_goes_on_where_another_worker_takes_over() {
    let (database, world) = (Database::new().await, World::default());
    world.script("hotel", &[Answer::Hang]);
    let registry = || Registry::default().with(trip(&world));
    let killed = run(&database, registry(), short_leases());
    let saga = start(&killed, &database).await;
    while !world.calls().contains(&"hotel".to_owned()) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    killed.kill().await;
    let successor = run(&database, registry(), short_leases());
    successor.wait_for(saga, "COMPLETED").await;
    let shown = shown(saga, "trip confirm").await;
    assert_eq!(shown.first().unwrap(), "trip flight 1 done");
    assert_eq!(
        shown[shown.len() - 2..],
        ["trip hotel 1 done", "trip confirm 1 done"]
    );
}

#[tokio::test]
async fn sagas_that_share_a_batch_are_linked() {
    let (database, world) = (Database::new().await, World::default());
    let running = run(
        &database,
        Registry::default().with(trip(&world)),
        WorkerSettings::default(),
    );
    let ids: Vec<SagaId> = (0..20).map(|_| SagaId::new()).collect();
    let trace_of = |id: &SagaId| id.0.simple().to_string();
    LazyLock::force(&EXPORTED);
    let sagas = ids.iter().map(|id| {
        let mut saga = new_trip(*id);
        saga.traceparent = Some(format!("00-{}-{STARTED_IN:016x}-01", trace_of(id)));
        saga
    });
    let mut connection = database.pool.get().await.unwrap();
    let started = running
        .handle
        .start(&mut connection, sagas.collect())
        .await
        .unwrap();
    drop(connection);
    running.handle.drive(started);
    for id in &ids {
        running.wait_for(*id, "COMPLETED").await;
    }
    let spans = EXPORTED.0.lock().unwrap().clone();
    let ours = |span: &&SpanData| {
        ids.iter()
            .any(|id| trace_of(id) == span.span_context.trace_id().to_string())
    };
    let confirmed: Vec<&SpanData> = spans
        .iter()
        .filter(|span| span.name == "trip flight")
        .filter(ours)
        .collect();
    assert_eq!(confirmed.len(), ids.len(), "each has a span in its own trace");
    let together = confirmed
        .iter()
        .filter(|span| attribute(span, "saga.batch.size") != "1");
    for span in together.clone() {
        for link in span.links.iter() {
            let other = link.span_context.span_id();
            let other = confirmed
                .iter()
                .find(|span| span.span_context.span_id() == other)
                .unwrap();
            let back = other
                .links
                .iter()
                .any(|link| link.span_context == span.span_context);
            assert!(back, "links lead back");
        }
        assert!(!span.links.is_empty(), "whoever went with others is linked");
    }
    assert!(together.count() > 1, "some went together");
}
