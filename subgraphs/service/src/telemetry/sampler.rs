//! Which traces leave the process: OpenTelemetry's own settings, and what is recorded whatever they say.

use std::str::FromStr;

use opentelemetry::trace::{Link, SpanKind, TraceId};
use opentelemetry::{Context, KeyValue, Value};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SamplingResult, ShouldSample};

use crate::config::{Environment, SettingError};

/// An attribute by which a span, made as such, is sampled with all that follows from it: a number above 0.
const PRIORITY: &str = "sampling.priority";

/// The samplers that OpenTelemetry names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Named {
    parent_based: bool,
    root: Root,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Root {
    On,
    Off,
    Ratio,
}

impl FromStr for Named {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let rest = name.strip_prefix("parentbased_");
        let root = match rest.unwrap_or(name) {
            "always_on" => Root::On,
            "always_off" => Root::Off,
            "traceidratio" => Root::Ratio,
            _ => return Err("no sampler that is known here"),
        };
        Ok(Self {
            parent_based: rest.is_some(),
            root,
        })
    }
}

/// A part of all traces, from 0 to 1.
struct Ratio(f64);

impl FromStr for Ratio {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let ratio: f64 = text
            .parse()
            .map_err(|error: std::num::ParseFloatError| error.to_string())?;
        if (0.0..=1.0).contains(&ratio) {
            Ok(Self(ratio))
        } else {
            Err("not between 0 and 1".to_owned())
        }
    }
}

/// Reads `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`: as the caller decided, and all where there is none, unless
/// told otherwise.
pub(super) fn sampler(environment: &Environment) -> Result<Sampler, SettingError> {
    let everything = Named {
        parent_based: true,
        root: Root::On,
    };
    let named = environment.or(
        "OTEL_TRACES_SAMPLER",
        "always_on, always_off or traceidratio, perhaps with parentbased_ before it",
        everything,
    )?;
    let Ratio(ratio) = environment.or(
        "OTEL_TRACES_SAMPLER_ARG",
        "the part of traces to keep, from 0 to 1",
        Ratio(1.0),
    )?;
    let root = match named.root {
        Root::On => Sampler::AlwaysOn,
        Root::Off => Sampler::AlwaysOff,
        Root::Ratio => Sampler::TraceIdRatioBased(ratio),
    };
    Ok(if named.parent_based {
        Sampler::ParentBased(Box::new(root))
    } else {
        root
    })
}

/// Records what another sampler would drop, so that [`super::failures`] has it should it fail; and samples what says
/// that it matters.
#[derive(Clone, Debug)]
pub(super) struct KeepingFailures(pub(super) Sampler);

impl ShouldSample for KeepingFailures {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace_id: TraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let mut result = self
            .0
            .should_sample(parent, trace_id, name, kind, attributes, links);
        if result.decision == SamplingDecision::Drop {
            result.decision = if attributes.iter().any(matters) {
                SamplingDecision::RecordAndSample
            } else {
                SamplingDecision::RecordOnly
            };
        }
        result
    }
}

fn matters(attribute: &KeyValue) -> bool {
    attribute.key.as_str() == PRIORITY && matches!(attribute.value, Value::I64(priority) if priority > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<String, String> {
        let environment = Environment::from_pairs(pairs.iter().copied());
        sampler(&environment)
            .map(|sampler| format!("{sampler:?}"))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn samplers_have_the_names_that_the_standard_gives_them() {
        let (name, ratio) = ("OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG");
        assert_eq!(read(&[]), Ok("ParentBased(AlwaysOn)".to_owned()));
        assert_eq!(read(&[(name, "always_off")]), Ok("AlwaysOff".to_owned()));
        assert_eq!(
            read(&[(name, "parentbased_traceidratio"), (ratio, "0.1")]),
            Ok("ParentBased(TraceIdRatioBased(0.1))".to_owned())
        );
        for (name, value) in [(name, "sometimes"), (ratio, "1.5"), (ratio, "a lot")] {
            let refused = read(&[(name, value)]).unwrap_err();
            assert!(
                refused.starts_with(&format!("{name}=\"{value}\" is wrong")),
                "{refused}"
            );
        }
    }

    fn decision(attributes: &[KeyValue]) -> SamplingDecision {
        let sampler = KeepingFailures(Sampler::AlwaysOff);
        let result = sampler.should_sample(None, TraceId::from(1), "", &SpanKind::Internal, attributes, &[]);
        result.decision
    }

    #[test]
    fn what_is_not_sampled_is_recorded_and_what_matters_is_sampled() {
        assert_eq!(decision(&[]), SamplingDecision::RecordOnly);
        let priority = |priority: i64| KeyValue::new(PRIORITY, priority);
        assert_eq!(decision(&[priority(0)]), SamplingDecision::RecordOnly);
        assert_eq!(decision(&[priority(1)]), SamplingDecision::RecordAndSample);
    }
}
