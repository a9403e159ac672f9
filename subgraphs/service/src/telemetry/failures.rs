//! Failures leave the process even where their trace was not sampled.
//!
//! Whether a trace is sampled is decided when it begins, when nobody knows how it ends. So what is not sampled is
//! recorded, and the newest of it remembered; where a span fails, what is remembered of its trace leaves the process, and
//! what comes of it from then on.
//!
//! Invariant: memory is bounded, by a number of spans and a number of traces.

use std::collections::{HashSet, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, Status, TraceId};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

/// Spans remembered: some megabytes.
const REMEMBERED: usize = 2_048;
/// Traces of which one span failed, and all that follows is kept.
const FAILED: usize = 10_000;

/// Hands sampled spans on, and the others where their trace failed.
#[derive(Debug)]
pub(super) struct KeepFailures<P> {
    next: P,
    unsampled: Mutex<Unsampled>,
}

#[derive(Debug, Default)]
struct Unsampled {
    remembered: VecDeque<SpanData>,
    failed: HashSet<TraceId>,
    /// The same, in the order in which they failed.
    failed_in_order: VecDeque<TraceId>,
}

impl<P> KeepFailures<P> {
    pub(super) fn before(next: P) -> Self {
        Self {
            next,
            unsampled: Mutex::default(),
        }
    }
}

impl Unsampled {
    /// Takes in a span that was not sampled; what is to be kept on account of it.
    fn take(&mut self, span: SpanData) -> Vec<SpanData> {
        let trace = span.span_context.trace_id();
        if self.failed.contains(&trace) {
            return vec![span];
        }
        if !matches!(span.status, Status::Error { .. }) {
            if self.remembered.len() == REMEMBERED {
                self.remembered.pop_front();
            }
            self.remembered.push_back(span);
            return Vec::new();
        }
        if self.failed_in_order.len() == FAILED
            && let Some(oldest) = self.failed_in_order.pop_front()
        {
            self.failed.remove(&oldest);
        }
        self.failed.insert(trace);
        self.failed_in_order.push_back(trace);
        let of_trace = |span: &SpanData| span.span_context.trace_id() == trace;
        let (mut kept, rest): (Vec<_>, Vec<_>) = self.remembered.drain(..).partition(of_trace);
        self.remembered.extend(rest);
        kept.push(span);
        kept
    }
}

impl<P: SpanProcessor> SpanProcessor for KeepFailures<P> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.next.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        if span.span_context.is_sampled() {
            return self.next.on_end(span);
        }
        let kept = self
            .unsampled
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take(span);
        for span in kept {
            self.next.on_end(as_sampled(span));
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.next.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.next.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.next.set_resource(resource);
    }
}

/// What exports spans passes over those that are not sampled.
fn as_sampled(mut span: SpanData) -> SpanData {
    let context = &span.span_context;
    span.span_context = SpanContext::new(
        context.trace_id(),
        context.span_id(),
        context.trace_flags().with_sampled(true),
        context.is_remote(),
        context.trace_state().clone(),
    );
    span
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{Span as _, TraceContextExt, Tracer, TracerProvider};
    use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, SimpleSpanProcessor};

    use super::super::exported::Exported;
    use super::super::sampler::KeepingFailures;
    use super::*;

    /// A process that samples nothing of itself, and what left it.
    fn process() -> (SdkTracerProvider, Exported) {
        let exported = Exported::default();
        let processor = KeepFailures::before(SimpleSpanProcessor::new(exported.clone()));
        let provider = SdkTracerProvider::builder()
            .with_sampler(KeepingFailures(Sampler::AlwaysOff))
            .with_span_processor(processor)
            .build();
        (provider, exported)
    }

    #[test]
    fn failure_brings_with_it_what_its_process_knows_of_its_trace() {
        let (provider, exported) = process();
        let tracer = provider.tracer("");
        drop(tracer.start("of another trace"));
        let request = Context::new().with_span(tracer.start("request"));
        drop(tracer.start_with_context("before", &request));
        assert_eq!(exported.names(), [""; 0]);

        let mut failing = tracer.start_with_context("failing", &request);
        failing.set_status(Status::error("no"));
        drop(failing);
        drop(tracer.start_with_context("after", &request));
        request.span().end();
        assert_eq!(exported.names(), ["before", "failing", "after", "request"]);
    }

    #[test]
    fn memory_is_bounded() {
        let (provider, exported) = process();
        let tracer = provider.tracer("");
        let request = Context::new().with_span(tracer.start("request"));
        drop(tracer.start_with_context("long ago", &request));
        for _ in 0..REMEMBERED {
            drop(tracer.start("of another trace"));
        }
        let mut failing = tracer.start_with_context("failing", &request);
        failing.set_status(Status::error("no"));
        drop(failing);
        assert_eq!(exported.names(), ["failing"], "what was long ago is forgotten");

        for _ in 0..FAILED {
            tracer.start("failing").set_status(Status::error("no"));
        }
        exported.take();
        request.span().end();
        assert_eq!(exported.names(), [""; 0], "so is a trace that failed long ago");
    }
}
