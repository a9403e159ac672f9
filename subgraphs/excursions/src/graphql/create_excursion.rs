//! `createExcursion`: an operator publishes an excursion.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use service::auth::operator;
use service::graphql::{UserError, UserErrors};
use uuid::Uuid;

use super::connection;
use super::excursion::ExcursionObject;
use super::input::key_reused;
use crate::model::excursion::{
    Excursion, MAX_CITY, MAX_DESCRIPTION, MAX_DURATION, MAX_MEETING_POINT, MAX_TITLE, NewExcursion,
};
use crate::model::fingerprint::Once;

/// An excursion to be published.
#[derive(InputObject)]
pub struct CreateExcursionInput {
    /// What it is called: 1 to 200 characters.
    title: String,
    /// What to expect: 1 to 10,000 characters.
    description: String,
    /// The city where it is: 1 to 100 characters.
    city: String,
    /// Where to meet, if that is fixed: 1 to 500 characters.
    meeting_point: Option<String>,
    /// How long it takes, in minutes: 1 to 43,200.
    duration_minutes: i32,
    /// The same key again, with the same input, creates nothing and returns the first excursion.
    idempotency_key: Uuid,
}

/// What became of the excursion.
#[derive(SimpleObject)]
pub struct CreateExcursionPayload {
    /// The excursion; null where it was not created.
    excursion: Option<ExcursionObject>,
    /// Whether this is the result of an earlier request with the same key.
    replayed: bool,
    /// Why nothing was created; empty if it was.
    errors: Vec<UserError>,
}

#[derive(Default)]
pub struct CreateExcursionMutation;

#[Object]
impl CreateExcursionMutation {
    /// Publishes an excursion. For operators.
    async fn create_excursion(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The excursion.")] input: CreateExcursionInput,
    ) -> Result<CreateExcursionPayload> {
        let by = operator(context)?.id;
        let key = input.idempotency_key;
        let excursion = match input.read() {
            Ok(excursion) => excursion,
            Err(errors) => return Ok(CreateExcursionPayload::refused(errors)),
        };
        let mut connection = connection(context).await?;
        Ok(match excursion.create(&mut connection, by, key).await? {
            Once::Done(excursion) => CreateExcursionPayload::done(excursion, false),
            Once::Replayed(excursion) => CreateExcursionPayload::done(excursion, true),
            Once::KeyReused => CreateExcursionPayload::refused(vec![key_reused()]),
        })
    }
}

impl CreateExcursionInput {
    fn read(self) -> Result<NewExcursion, Vec<UserError>> {
        let mut errors = UserErrors::none();
        let excursion = NewExcursion {
            title: errors.text(&["title"], &self.title, MAX_TITLE),
            description: errors.text(&["description"], &self.description, MAX_DESCRIPTION),
            city: errors.text(&["city"], &self.city, MAX_CITY),
            meeting_point: self
                .meeting_point
                .map(|text| errors.text(&["meetingPoint"], &text, MAX_MEETING_POINT)),
            duration_minutes: errors.number(&["durationMinutes"], self.duration_minutes, 1, MAX_DURATION),
        };
        errors.into_result().map(|()| excursion)
    }
}

impl CreateExcursionPayload {
    fn done(excursion: Excursion, replayed: bool) -> Self {
        Self {
            excursion: Some(ExcursionObject(excursion)),
            replayed,
            errors: Vec::new(),
        }
    }

    fn refused(errors: Vec<UserError>) -> Self {
        Self {
            excursion: None,
            replayed: false,
            errors,
        }
    }
}
