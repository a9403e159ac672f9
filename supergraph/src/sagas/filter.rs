//! Which sagas, told by options.

use std::time::Duration;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use saga::Status;
use saga::journal::SagaFilter;

use crate::span;

/// Which sagas.
#[derive(Args)]
pub(crate) struct FilterArgs {
    /// With this status
    #[arg(long, ignore_case = true, value_parser = statuses())]
    status: Option<Status>,
    /// Of this definition: book-excursion, cancel-order, cancel-departure
    #[arg(long)]
    definition: Option<String>,
    /// At this step: quote, charge, reserve, confirm, refund, release, …
    #[arg(long)]
    step: Option<String>,
    /// Running, compensating or parked, and not moved for so long: 90s, 15m, 2h, 3d
    #[arg(long, value_name = "SPAN", value_parser = span::parse)]
    stuck_for: Option<Duration>,
}

impl FilterArgs {
    /// The filter of the journal.
    pub(super) fn into_filter(self) -> SagaFilter {
        SagaFilter {
            definition: self.definition,
            step: self.step,
            status: self.status,
            stuck_for: self.stuck_for,
        }
    }
}

fn statuses() -> impl TypedValueParser<Value = Status> {
    let words = [
        "RUNNING",
        "COMPENSATING",
        "PARKED",
        "COMPLETED",
        "COMPENSATED",
        "ABANDONED",
    ];
    PossibleValuesParser::new(words).try_map(|word| word.to_uppercase().parse::<Status>())
}
