//! Work that is done for many traces at once: a batch of commands, a transaction for many requests.
//!
//! A span has one parent. So what is done for a batch is seen in the trace of one of its members, and links lead there from
//! the others, and back.

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;

/// The member in whose trace the work for all is seen: the first that is sampled, linked with the others that are.
///
/// The contexts hold the spans of the members.
#[must_use]
pub fn lead(members: &[Context]) -> Context {
    let sampled = || {
        members
            .iter()
            .filter(|member| member.span().span_context().is_sampled())
    };
    let Some(leader) = sampled().next() else {
        return members.first().cloned().unwrap_or_default();
    };
    let leading = leader.span();
    for member in sampled().skip(1) {
        let span = member.span();
        span.add_link(leading.span_context().clone(), Vec::new());
        leading.add_link(span.span_context().clone(), Vec::new());
    }
    leader.clone()
}

#[cfg(test)]
mod tests {
    use opentelemetry::trace::{
        SpanContext, SpanId, TraceFlags, TraceId, TraceState, Tracer, TracerProvider,
    };
    use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider};

    use super::super::exported::Exported;
    use super::*;

    #[test]
    fn first_sampled_one_leads_and_is_linked_with_the_other_sampled_ones() {
        let exported = Exported::default();
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::AlwaysOn)
            .with_simple_exporter(exported.clone())
            .build();
        let tracer = provider.tracer("");
        let unsampled = SpanContext::new(
            TraceId::from(1),
            SpanId::from(1),
            TraceFlags::NOT_SAMPLED,
            true,
            TraceState::NONE,
        );
        let unsampled = Context::new().with_remote_span_context(unsampled);
        let member = |name: &'static str| Context::new().with_span(tracer.start(name));
        let members = [unsampled, member("first"), member("second"), member("third")];
        let id = |index: usize| members[index].span().span_context().span_id();

        let leader = lead(&members);
        assert_eq!(leader.span().span_context().span_id(), id(1));
        members.iter().for_each(|member| member.span().end());
        let linked: Vec<Vec<SpanId>> = exported
            .take()
            .iter()
            .map(|span| {
                span.links
                    .iter()
                    .map(|link| link.span_context.span_id())
                    .collect()
            })
            .collect();
        assert_eq!(linked, [vec![id(2), id(3)], vec![id(1)], vec![id(1)]]);
    }

    #[test]
    fn one_alone_leads_whether_or_not_it_is_sampled() {
        let span = SpanContext::new(
            TraceId::from(1),
            SpanId::from(2),
            TraceFlags::NOT_SAMPLED,
            true,
            TraceState::NONE,
        );
        let alone = [Context::new().with_remote_span_context(span)];
        assert_eq!(lead(&alone).span().span_context().span_id(), SpanId::from(2));
        assert!(!lead(&[]).span().span_context().is_valid());
    }
}
