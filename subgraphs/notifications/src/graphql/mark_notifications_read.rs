//! `markNotificationsRead`.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use service::auth;
use service::database::Pool;
use service::graphql::{ErrorCode, UserError, UserErrors};

use super::{Mutation, Notification};
use crate::model::notification::{self, Marked, NotificationId};

const MAX_IDS: usize = 100;

/// What to mark as read.
#[derive(InputObject)]
pub struct MarkNotificationsReadInput {
    /// The notifications, 1 to 100.
    pub ids: Vec<ID>,
}

/// What was marked as read.
#[derive(SimpleObject)]
pub struct MarkNotificationsReadPayload {
    /// The notifications, in the order of the input; empty where there are errors.
    pub notifications: Vec<Notification>,
    /// What is wrong with the input; nothing was done then.
    pub errors: Vec<UserError>,
}

impl MarkNotificationsReadPayload {
    fn refused(errors: Vec<UserError>) -> Self {
        Self {
            notifications: Vec::new(),
            errors,
        }
    }
}

/// What clients can change.
#[Object(name = "Mutation")]
impl Mutation {
    /// Marks some of the caller's notifications as read: all of them, or none where one is not the caller's.
    async fn mark_notifications_read(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to mark as read.")] input: MarkNotificationsReadInput,
    ) -> Result<MarkNotificationsReadPayload> {
        let caller = auth::user(context)?;
        let ids = match checked(&input.ids) {
            Ok(ids) => ids,
            Err(errors) => return Ok(MarkNotificationsReadPayload::refused(errors)),
        };
        let mut connection = context.data::<Pool>()?.get().await?;
        Ok(
            match notification::mark_read(&mut connection, caller.id, &ids).await? {
                Marked::All(rows) => MarkNotificationsReadPayload {
                    notifications: rows.into_iter().map(Notification::from).collect(),
                    errors: Vec::new(),
                },
                Marked::Unknown(unknown) => {
                    let positions = ids.iter().enumerate().filter(|(_, id)| unknown.contains(id));
                    let errors = positions.map(|(position, _)| not_found(position)).collect();
                    MarkNotificationsReadPayload::refused(errors)
                }
            },
        )
    }
}

/// The ids as given, with their positions; what cannot be an id is not found.
fn checked(ids: &[ID]) -> Result<Vec<NotificationId>, Vec<UserError>> {
    let mut errors = UserErrors::none();
    if ids.is_empty() || ids.len() > MAX_IDS {
        errors.invalid(
            &["ids"],
            format!("must hold 1 to {MAX_IDS} ids, holds {}", ids.len()),
        );
    }
    let mut known = Vec::with_capacity(ids.len());
    for (position, id) in ids.iter().enumerate().take(MAX_IDS) {
        match NotificationId::from_graphql(id) {
            Some(id) => known.push(id),
            None => errors.push(not_found(position)),
        }
    }
    errors.into_result().map(|()| known)
}

fn not_found(position: usize) -> UserError {
    UserError::at(
        ErrorCode::NotFound,
        &["ids", &position.to_string()],
        "you have no such notification",
    )
}
