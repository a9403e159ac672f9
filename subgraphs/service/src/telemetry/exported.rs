//! For tests: what left a process, in memory.

use std::sync::{Arc, Mutex};

use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

#[derive(Clone, Debug, Default)]
pub(super) struct Exported(Arc<Mutex<Vec<SpanData>>>);

impl Exported {
    /// What left since the last look.
    pub(super) fn take(&self) -> Vec<SpanData> {
        std::mem::take(&mut self.0.lock().unwrap())
    }

    /// Its names.
    pub(super) fn names(&self) -> Vec<String> {
        self.take().iter().map(|span| span.name.to_string()).collect()
    }
}

impl SpanExporter for Exported {
    async fn export(&self, spans: Vec<SpanData>) -> OTelSdkResult {
        self.0.lock().unwrap().extend(spans);
        Ok(())
    }
}
