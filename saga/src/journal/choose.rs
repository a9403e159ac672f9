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
        let mut sagas = Vec::new();
        for status in [Status::Running, Status::Compensating, Status::Parked] {
            let wanted = filter.status.is_none_or(|wanted| wanted == status);
            if wanted && action.fits(status.as_str()) {
                let filter = SagaFilter {
                    status: Some(status),
                    ..filter.clone()
                };
                sagas.extend(self.oldest(action, &filter, most).await?);
            }
        }
        sagas.sort_by_key(|saga| saga.id);
        sagas.truncate(most);
        Ok(sagas)
    }

    /// Page by page: what shows as parked because no process knows it is sent on by nobody.
    async fn oldest(
        &self,
        action: OperatorAction,
        filter: &SagaFilter,
        most: usize,
    ) -> Result<Vec<SagaRecord>, JournalError> {
        let mut fitting = Vec::new();
        let mut after = None;
        loop {
            let slice = Slice {
                after,
                before: None,
                backward: false,
                limit: i64::try_from(most).unwrap_or(i64::MAX),
            };
            let page = self.list(filter, slice).await?;
            let is_last = page.len() < most;
            after = page.last().map(|saga| saga.id);
            fitting.extend(page.into_iter().filter(|saga| action.fits(&saga.status)));
            if is_last || fitting.len() >= most {
                return Ok(fitting);
            }
        }
    }
}
