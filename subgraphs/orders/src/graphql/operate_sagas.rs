//! `retrySagas`, `abandonSagas`: what a person does about sagas that need one.

use std::collections::HashSet;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use saga::journal::SagaRecord;
use saga::{Journal, OperatorAction, SagaId};
use service::auth;
use service::graphql::{ErrorCode, UserError, UserErrors};
use uuid::Uuid;

use super::context::Booking;
use super::saga::{Saga, SagaFilter};

const MAX_REASON: usize = 500;
/// The most sagas of one command.
const MOST: usize = 1_000;

/// Which sagas, and why.
#[derive(Debug, InputObject)]
pub struct SagaActionInput {
    /// These.
    pub ids: Option<Vec<ID>>,
    /// Those that a filter fits, at most 1000 at a time.
    pub filter: Option<SagaFilter>,
    /// Why, for the journal, at most 500 characters.
    pub reason: String,
    /// Only tell which sagas it would be.
    pub dry_run: Option<bool>,
}

/// What came of it.
#[derive(SimpleObject)]
pub struct SagaActionPayload {
    /// How many sagas the command fits.
    pub matched: i32,
    /// Those sagas, as they stand.
    pub sagas: Vec<Saga>,
    /// What was wrong with the request; nothing was done then.
    pub errors: Vec<UserError>,
}

impl SagaActionPayload {
    fn refused(errors: Vec<UserError>) -> Self {
        Self {
            matched: 0,
            sagas: Vec::new(),
            errors,
        }
    }
}

#[derive(Default)]
pub(super) struct OperateSagasMutation;

#[Object]
impl OperateSagasMutation {
    /// Sends parked sagas on, for operators: the step that each is parked at is tried anew.
    async fn retry_sagas(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: SagaActionInput,
    ) -> Result<SagaActionPayload> {
        operate(context, OperatorAction::Retry, input).await
    }

    /// Gives sagas up, for operators: what each did stands as it is, and nothing drives it any more.
    async fn abandon_sagas(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which, and why.")] input: SagaActionInput,
    ) -> Result<SagaActionPayload> {
        operate(context, OperatorAction::Abandon, input).await
    }
}

async fn operate(
    context: &Context<'_>,
    action: OperatorAction,
    input: SagaActionInput,
) -> Result<SagaActionPayload> {
    let operator = auth::operator(context)?;
    let booking = context.data::<Booking>()?;
    let mut errors = UserErrors::none();
    let reason = errors.text(&["reason"], &input.reason, MAX_REASON);
    match (&input.ids, &input.filter) {
        (None, None) => errors.invalid(&["ids"], "give ids or a filter"),
        (Some(_), Some(_)) => errors.invalid(&["filter"], "give ids or a filter, not both"),
        (Some(ids), None) if !(1..=MOST).contains(&ids.len()) => {
            errors.invalid(
                &["ids"],
                format!("must hold 1 to {MOST} ids, holds {}", ids.len()),
            );
        }
        _ => {}
    }
    if let Err(errors) = errors.into_result() {
        return Ok(SagaActionPayload::refused(errors));
    }
    let journal = booking.sagas.journal();
    let chosen = match input.ids {
        Some(ids) => match find(journal, &ids).await? {
            Ok(sagas) => sagas,
            Err(errors) => return Ok(SagaActionPayload::refused(errors)),
        },
        None => {
            let filter = input.filter.unwrap_or_default().read()?;
            journal.fitting(action, &filter, MOST).await?
        }
    };
    let fitting = chosen.into_iter().filter(|saga| action.fits(&saga.status));
    let ids: Vec<Uuid> = fitting.map(|saga| saga.id).collect();
    let moved = if input.dry_run.unwrap_or_default() {
        ids
    } else {
        let ids: Vec<SagaId> = ids.into_iter().map(SagaId).collect();
        let moved = journal
            .operate(action, &ids, &operator.id.to_string(), &reason)
            .await?;
        booking.sagas.look();
        moved.into_iter().map(|id| id.0).collect()
    };
    let sagas: Vec<Saga> = journal.sagas(&moved).await?.into_iter().map(Saga).collect();
    Ok(SagaActionPayload {
        matched: i32::try_from(moved.len()).unwrap_or(i32::MAX),
        sagas,
        errors: Vec::new(),
    })
}

/// The sagas of these ids; or an error for each that is no saga's, and then none.
async fn find(
    journal: &Journal,
    ids: &[ID],
) -> Result<Result<Vec<SagaRecord>, Vec<UserError>>, saga::JournalError> {
    let read: Vec<Option<Uuid>> = ids.iter().map(|id| Uuid::parse_str(id).ok()).collect();
    let known: Vec<Uuid> = read.iter().flatten().copied().collect();
    let sagas = journal.sagas(&known).await?;
    let existing: HashSet<Uuid> = sagas.iter().map(|saga| saga.id).collect();
    let missing = read
        .iter()
        .enumerate()
        .filter(|(_, id)| !id.is_some_and(|id| existing.contains(&id)));
    let errors: Vec<UserError> = missing
        .map(|(position, _)| {
            let path = ["ids", &position.to_string()];
            UserError::at(ErrorCode::NotFound, &path, "there is no such saga")
        })
        .collect();
    Ok(if errors.is_empty() { Ok(sagas) } else { Err(errors) })
}
