//! Log lines, each with the trace that it was written in.

use std::fmt;
use std::io::IsTerminal;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::format::{Format, Json, JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::LogFormat;

/// Writes log lines to the standard error.
pub(super) fn layer<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Pretty => {
            let ansi = std::io::stderr().is_terminal();
            let lines = Format::default().with_target(false).with_ansi(ansi);
            layer.with_ansi(ansi).event_format(Pretty(lines)).boxed()
        }
        LogFormat::Json => layer
            .fmt_fields(JsonFields::new())
            .event_format(Objects(Format::default().json()))
            .boxed(),
    }
}

/// The trace and span that are current, as hexadecimal digits.
fn current() -> Option<(String, String)> {
    let context = Context::current();
    let span = context.span();
    let span = span.span_context();
    span.is_valid()
        .then(|| (span.trace_id().to_string(), span.span_id().to_string()))
}

/// A line for people, with the trace at its end.
struct Pretty(Format);

impl<S, N> FormatEvent<S, N> for Pretty
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some((trace, _)) = current() else {
            return self.0.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        writeln!(writer, "{} trace_id={trace}", line.trim_end_matches('\n'))
    }
}

/// An object a line, with the trace at its beginning.
struct Objects(Format<Json>);

impl<S, N> FormatEvent<S, N> for Objects
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    N: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let Some((trace, span)) = current() else {
            return self.0.format_event(context, writer, event);
        };
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        let fields = line.strip_prefix('{').ok_or(fmt::Error)?;
        write!(writer, r#"{{"trace_id":"{trace}","span_id":"{span}",{fields}"#)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is logged in a trace and what outside of one.
    fn logged<F>(format: F) -> (String, String)
    where
        F: FormatEvent<tracing_subscriber::Registry, JsonFields> + Send + Sync + 'static,
    {
        let lines = Lines::default();
        let writer = lines.clone();
        let layer = tracing_subscriber::fmt::layer()
            .with_writer(move || writer.clone())
            .fmt_fields(JsonFields::new())
            .event_format(format);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            tracing::info!(seats = 2, "booked");
            let (trace, span) = (TraceId::from(0xabc), SpanId::from(0xdef));
            let span = SpanContext::new(trace, span, TraceFlags::SAMPLED, true, TraceState::NONE);
            let _entered = Context::new().with_remote_span_context(span).attach();
            tracing::info!(seats = 2, "booked");
        });
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        let (outside, inside) = text.trim_end().split_once('\n').unwrap();
        (inside.to_owned(), outside.to_owned())
    }

    #[test]
    fn line_says_its_trace() {
        let (inside, outside) = logged(Pretty(Format::default().with_ansi(false)));
        assert!(
            inside.ends_with(" trace_id=00000000000000000000000000000abc"),
            "{inside}"
        );
        assert!(inside.contains("booked"), "{inside}");
        assert!(!outside.contains("trace_id"), "{outside}");
    }

    #[test]
    fn object_says_its_trace_and_span() {
        let (inside, outside) = logged(Objects(Format::default().json()));
        let read = |line: &str| -> serde_json::Value { serde_json::from_str(line).unwrap() };
        let object = read(&inside);
        assert_eq!(object["trace_id"], "00000000000000000000000000000abc");
        assert_eq!(object["span_id"], "0000000000000def");
        assert_eq!(object["fields"]["seats"], 2);
        assert_eq!(read(&outside).get("trace_id"), None);
    }
}
