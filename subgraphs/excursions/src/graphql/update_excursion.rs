//! `updateExcursion`: an operator changes an excursion.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result, SimpleObject};
use service::auth::operator;
use service::graphql::{UserError, UserErrors};
use service::id::ExcursionId;

use super::connection;
use super::excursion::ExcursionObject;
use super::input::{id, not_found};
use crate::model::excursion::{
    ExcursionChange, MAX_CITY, MAX_DESCRIPTION, MAX_DURATION, MAX_MEETING_POINT, MAX_TITLE,
};

/// What is to change about an excursion; what is not given stays as it is.
#[derive(InputObject)]
pub struct UpdateExcursionInput {
    /// Which excursion.
    excursion_id: ID,
    /// What it is called: 1 to 200 characters.
    title: Option<String>,
    /// What to expect: 1 to 10,000 characters.
    description: Option<String>,
    /// The city where it is: 1 to 100 characters.
    city: Option<String>,
    /// Where to meet: 1 to 500 characters; null takes the meeting point away.
    meeting_point: MaybeUndefined<String>,
    /// How long it takes, in minutes: 1 to 43,200.
    duration_minutes: Option<i32>,
}

/// What became of the change.
#[derive(SimpleObject)]
pub struct UpdateExcursionPayload {
    /// The excursion as it is now; null where nothing was changed.
    excursion: Option<ExcursionObject>,
    /// Why nothing was changed; empty if it was.
    errors: Vec<UserError>,
}

#[derive(Default)]
pub struct UpdateExcursionMutation;

#[Object]
impl UpdateExcursionMutation {
    /// Changes an excursion. For operators.
    async fn update_excursion(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The change.")] input: UpdateExcursionInput,
    ) -> Result<UpdateExcursionPayload> {
        operator(context)?;
        let (id, change) = match input.read() {
            Ok(read) => read,
            Err(errors) => return Ok(UpdateExcursionPayload::refused(errors)),
        };
        let mut connection = connection(context).await?;
        Ok(match change.apply(&mut connection, id).await? {
            Some(excursion) => UpdateExcursionPayload {
                excursion: Some(ExcursionObject(excursion)),
                errors: Vec::new(),
            },
            None => UpdateExcursionPayload::refused(vec![not_found("excursionId")]),
        })
    }
}

impl UpdateExcursionInput {
    fn read(self) -> Result<(ExcursionId, ExcursionChange), Vec<UserError>> {
        let mut errors = UserErrors::none();
        let id = id(
            &mut errors,
            "excursionId",
            &self.excursion_id,
            ExcursionId::from_graphql,
        );
        let mut text =
            |field: &str, text: Option<String>, max| text.map(|text| errors.text(&[field], &text, max));
        let change = ExcursionChange {
            title: text("title", self.title, MAX_TITLE),
            description: text("description", self.description, MAX_DESCRIPTION),
            city: text("city", self.city, MAX_CITY),
            meeting_point: match self.meeting_point {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(point) => Some(text("meetingPoint", Some(point), MAX_MEETING_POINT)),
            },
            duration_minutes: self
                .duration_minutes
                .map(|minutes| errors.number(&["durationMinutes"], minutes, 1, MAX_DURATION)),
        };
        match (id, errors.into_result()) {
            (Some(id), Ok(())) => Ok((id, change)),
            (_, errors) => Err(errors.err().unwrap_or_default()),
        }
    }
}

impl UpdateExcursionPayload {
    fn refused(errors: Vec<UserError>) -> Self {
        Self {
            excursion: None,
            errors,
        }
    }
}
