//! What is known of departures: enough for mails to name them, and to tell new news from old.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::upsert::excluded;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::id::DepartureId;

use crate::schema::departures;

/// A departure as the newest event that was heard of it told.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = departures, check_for_backend(diesel::pg::Pg))]
pub struct Departure {
    /// Which.
    pub id: DepartureId,
    /// The excursion's title.
    pub title: String,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// Grows by one with each change.
    pub revision: i64,
}

/// Takes up what events tell, in their order, and answers for each whether it is news: whether no newer revision of the
/// departure had been heard of before.
///
/// # Errors
/// The database's.
pub async fn learn(connection: &mut AsyncPgConnection, told: &[Departure]) -> QueryResult<Vec<bool>> {
    if told.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<DepartureId> = told.iter().map(|departure| departure.id).collect();
    let mut known = of_ids(connection, &ids).await?;
    let news = newer(&mut known, told);
    let changed: Vec<Departure> = told
        .iter()
        .zip(&news)
        .filter(|(departure, news)| **news && known.get(&departure.id) == Some(departure))
        .map(|(departure, _)| departure.clone())
        .collect();
    diesel::insert_into(departures::table)
        .values(&changed)
        .on_conflict(departures::id)
        .do_update()
        .set((
            departures::title.eq(excluded(departures::title)),
            departures::starts_at.eq(excluded(departures::starts_at)),
            departures::revision.eq(excluded(departures::revision)),
        ))
        .execute(connection)
        .await?;
    Ok(news)
}

/// Which of these are newer than all before them; `known` holds the newest afterwards.
fn newer(known: &mut HashMap<DepartureId, Departure>, told: &[Departure]) -> Vec<bool> {
    told.iter()
        .map(|departure| {
            let news = known
                .get(&departure.id)
                .is_none_or(|known| known.revision < departure.revision);
            if news {
                known.insert(departure.id, departure.clone());
            }
            news
        })
        .collect()
}

/// The departures of these ids, as far as they are known.
///
/// # Errors
/// The database's.
pub async fn of_ids(
    connection: &mut AsyncPgConnection,
    ids: &[DepartureId],
) -> QueryResult<HashMap<DepartureId, Departure>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = departures::table
        .filter(departures::id.eq_any(ids))
        .select(Departure::as_select())
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn departure(id: DepartureId, revision: i64) -> Departure {
        Departure {
            id,
            title: "Old town".to_owned(),
            starts_at: Utc::now(),
            revision,
        }
    }

    #[test]
    fn what_is_older_than_what_is_known_is_no_news() {
        let (one, other) = (DepartureId::new(), DepartureId::new());
        let mut known = HashMap::from([(one, departure(one, 4))]);
        let told = [3, 5, 5, 4, 7].map(|revision| departure(one, revision));
        assert_eq!(newer(&mut known, &told), [false, true, false, false, true]);
        assert_eq!(known[&one].revision, 7);
        assert_eq!(newer(&mut known, &[departure(other, 1)]), [true]);
    }
}
