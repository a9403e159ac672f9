//! Spans: one an attempt of a step, in the trace that its saga began in, whoever drives it by now.
//!
//! They are made by OpenTelemetry's interface alone. Whoever runs a worker decides where spans go, by the global provider
//! and propagator; without them there are none.
//!
//! What is done for several sagas at once (a batch to a participant, a commit) has one parent: the attempt of the first
//! that is sampled leads, and links go from there to the others, and back.

use std::collections::HashMap;
use std::time::SystemTime;

use opentelemetry::trace::{Link, Span, SpanBuilder, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue, global};

use crate::action::Outcome;
use crate::definition::{ErasedCommand, ErasedOutcome};
use crate::journal::Snapshot;
use crate::state::{Direction, Status as SagaStatus};

const SCOPE: &str = "saga";
const TRACEPARENT: &str = "traceparent";

/// Attempts of one step, of several sagas at once.
pub(crate) struct Attempts(Vec<Attempt>);

struct Attempt {
    span: Context,
    ended: Option<SystemTime>,
}

impl Attempts {
    /// The step that is due of these sagas is tried, or what is to be done at their end.
    pub(crate) fn begin<'s>(sagas: impl ExactSizeIterator<Item = &'s Snapshot>) -> Self {
        let size = sagas.len();
        let attempts = sagas.map(|saga| Attempt {
            span: begin(saga, size),
            ended: None,
        });
        Self(attempts.collect())
    }

    /// What is done for all of them belongs here.
    pub(crate) fn lead(&self) -> Context {
        lead(self.0.iter().map(|attempt| &attempt.span))
    }

    /// The saga's command, in the attempt's trace: what the participant does follows from this attempt.
    pub(crate) fn command(&self, index: usize, saga: &Snapshot) -> ErasedCommand {
        let mut command = saga.command();
        command.traceparent = traceparent(&self.0[index].span).or(command.traceparent);
        command
    }

    /// Notes what came of an attempt, which is over. It may still turn out that nothing of it was kept.
    pub(crate) fn came(&mut self, index: usize, outcome: &ErasedOutcome) {
        let attempt = &mut self.0[index];
        attempt.ended = Some(SystemTime::now());
        tell(&attempt.span, outcome);
    }

    /// The transaction that the attempts were made in was rolled back.
    pub(crate) fn rolled_back(&self) {
        for attempt in &self.0 {
            let span = attempt.span.span();
            span.set_status(Status::error("the transaction was rolled back"));
        }
    }
}

impl Drop for Attempts {
    fn drop(&mut self) {
        for attempt in &self.0 {
            match attempt.ended {
                Some(time) => attempt.span.span().end_with_timestamp(time),
                None => attempt.span.span().end(),
            }
        }
    }
}

/// `book-excursion charge`, `book-excursion undo charge`, `book-excursion compensated`.
fn name(saga: &Snapshot) -> String {
    let (definition, step) = (saga.definition.name, saga.step());
    match (saga.place.status, saga.place.direction) {
        (SagaStatus::Compensated, _) => format!("{definition} compensated"),
        (_, Direction::Forward) => format!("{definition} {step}"),
        (_, Direction::Backward) => format!("{definition} undo {step}"),
    }
}

fn begin(saga: &Snapshot, size: usize) -> Context {
    let mut builder = SpanBuilder::from_name("saga step");
    if saga.place.attempts > 0 {
        // Something failed: whatever was decided when the trace began, somebody will want to see this.
        builder = builder.with_attributes([KeyValue::new("sampling.priority", 1)]);
    }
    let parent = context_of(saga);
    let mut span = global::tracer(SCOPE).build_with_context(builder, &parent);
    // The rest costs something: not where nobody reads it.
    if span.is_recording() {
        span.update_name(name(saga));
        span.set_attributes(attributes(saga));
        span.set_attribute(number("saga.batch.size", size));
    }
    parent.with_span(span)
}

fn number(name: &'static str, value: usize) -> KeyValue {
    KeyValue::new(name, i64::try_from(value).unwrap_or(i64::MAX))
}

fn attributes(saga: &Snapshot) -> Vec<KeyValue> {
    vec![
        KeyValue::new("saga.id", saga.id.to_string()),
        KeyValue::new("saga.definition", saga.definition.name),
        KeyValue::new("saga.step", saga.step()),
        KeyValue::new("saga.direction", saga.place.direction.as_str()),
        KeyValue::new("saga.attempt", i64::from(saga.place.attempts) + 1),
    ]
}

/// A refusal is a decision, no failure.
fn tell(span: &Context, outcome: &ErasedOutcome) {
    let span = span.span();
    if !span.is_recording() {
        return;
    }
    let word = match outcome {
        Outcome::Done(_) => "done",
        Outcome::Rejected(rejection) => {
            span.set_attribute(KeyValue::new("saga.rejection", rejection.code.clone()));
            "rejected"
        }
        Outcome::Failed(message) => {
            span.set_status(Status::error(message.clone()));
            "failed"
        }
        Outcome::Broken(message) => {
            span.set_status(Status::error(message.clone()));
            "broken"
        }
        Outcome::Again { .. } => "again",
    };
    span.set_attribute(KeyValue::new("saga.outcome", word));
}

/// A commit of what happened to these sagas.
pub(crate) fn commit<'s>(sagas: impl Iterator<Item = &'s Snapshot>) -> Context {
    let contexts: Vec<Context> = sagas.map(context_of).collect();
    let parent = lead(contexts.iter());
    let leading = parent.span().span_context().clone();
    if !leading.is_valid() {
        return parent;
    }
    let others = contexts
        .iter()
        .map(|context| context.span().span_context().clone());
    let links: Vec<Link> = others
        .filter(|other| other.is_sampled() && *other != leading)
        .map(Link::with_context)
        .collect();
    let builder = SpanBuilder::from_name("saga commit")
        .with_attributes([number("saga.batch.size", contexts.len())])
        .with_links(links);
    let span = global::tracer(SCOPE).build_with_context(builder, &parent);
    parent.with_span(span)
}

/// A saga needs a person.
pub(crate) fn parked(saga: &Snapshot) {
    let reason = saga.last_error.clone().unwrap_or_default();
    let builder =
        SpanBuilder::from_name(format!("{} parked", saga.definition.name)).with_attributes(attributes(saga));
    let mut span = global::tracer(SCOPE).build_with_context(builder, &context_of(saga));
    span.set_status(Status::error(reason));
    span.end();
}

/// The first that is sampled, linked with the others that are.
fn lead<'c>(mut members: impl Iterator<Item = &'c Context> + Clone) -> Context {
    let sampled = {
        let members = members.clone();
        move || {
            members
                .clone()
                .filter(|member| member.span().span_context().is_sampled())
        }
    };
    let Some(leader) = sampled().next() else {
        return members.next().cloned().unwrap_or_default();
    };
    let leading = leader.span();
    for member in sampled().skip(1) {
        let span = member.span();
        span.add_link(leading.span_context().clone(), Vec::new());
        leading.add_link(span.span_context().clone(), Vec::new());
    }
    leader.clone()
}

fn context_of(saga: &Snapshot) -> Context {
    let carrier: HashMap<String, String> = saga
        .traceparent
        .iter()
        .map(|traceparent| (TRACEPARENT.to_owned(), traceparent.clone()))
        .collect();
    global::get_text_map_propagator(|propagator| propagator.extract_with_context(&Context::new(), &carrier))
}

fn traceparent(context: &Context) -> Option<String> {
    let mut carrier = HashMap::new();
    global::get_text_map_propagator(|propagator| propagator.inject_context(context, &mut carrier));
    carrier.remove(TRACEPARENT)
}
