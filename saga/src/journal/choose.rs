//! Which sagas a person's command is about.

use super::operator::OperatorAction;
use super::read::{SagaFilter, SagaRecord, Slice};
use super::{Journal, JournalError};
use crate::state::Status;

impl Journal {
    /// The oldest sagas that a filter and the command fit, at most so many. Those that the command does not fit would only
    /// take their places.
    ///
    /// # Errors
    /// [`JournalError`].
    pub async fn fitting(
        &self,
        action: OperatorAction,
        filter: &SagaFilter,
        most: usize,
    ) -> Result<Vec<SagaRecord>, JournalError> {
        let oldest = Slice {
            after: None,
            before: None,
            backward: false,
            limit: i64::try_from(most).unwrap_or(i64::MAX),
        };
        let mut sagas = Vec::new();
        for status in [Status::Running, Status::Compensating, Status::Parked] {
            let wanted = filter.status.is_none_or(|wanted| wanted == status);
            if wanted && action.fits(status.as_str()) {
                let filter = SagaFilter {
                    status: Some(status),
                    ..filter.clone()
                };
                sagas.extend(self.list(&filter, oldest).await?);
            }
        }
        // What shows as parked because no process knows it is not sent on by anybody.
        sagas.retain(|saga| action.fits(&saga.status));
        sagas.sort_by_key(|saga| saga.id);
        sagas.truncate(most);
        Ok(sagas)
    }
}
