//! Takes up the events of users, excursions and orders: recipients, mails, feed entries, and `NotificationSent`.
//!
//! Invariant: all effects of a batch in the transaction that marks its events as seen, each kind in one statement; the
//! feed is written last, because its writers wait for each other.

use std::collections::HashSet;

use async_trait::async_trait;
use diesel_async::AsyncPgConnection;
use service::events::{ConsumeError, Consumer, Event, NewEvent, OutboxHint, append};
use uuid::Uuid;

use super::NotificationSent;
use super::consumed::Consumed;
use super::effect::{Known, entry_about, entry_of_mail, mail_for};
use crate::model::departure::{self, Departure};
use crate::model::notification::{self, NewNotification};
use crate::model::recipient::{self, Recipient};
use crate::model::{departure as departures, feed_entry};

/// An event with what it says.
pub(super) type Fact<'a> = (&'a Event, Consumed);

/// The consumer of this service.
pub struct MailAndFeed {
    outbox: OutboxHint,
}

impl MailAndFeed {
    /// A consumer that tells the relay of what it published.
    #[must_use]
    pub fn new(outbox: OutboxHint) -> Self {
        Self { outbox }
    }
}

#[async_trait]
impl Consumer for MailAndFeed {
    async fn consume(
        &self,
        connection: &mut AsyncPgConnection,
        events: &[Event],
    ) -> Result<(), ConsumeError> {
        let mut facts: Vec<Fact<'_>> = Vec::with_capacity(events.len());
        for event in events {
            if let Some(consumed) = Consumed::read(event)? {
                facts.push((event, consumed));
            }
        }
        remember_recipients(connection, &facts).await?;
        let news = learn_departures(connection, &facts).await?;
        let mails = send_mails(connection, &facts).await?;

        let mut entries = Vec::with_capacity(2 * facts.len());
        for ((event, consumed), mail) in facts.iter().zip(mails) {
            let outdated = matches!(consumed, Consumed::DepartureChanged(_)) && !news.contains(&event.id);
            if !outdated {
                entries.extend(entry_about(event, consumed)?);
            }
            entries.extend(mail.as_ref().map(|mail| entry_of_mail(event, mail)));
        }
        feed_entry::write(connection, &entries).await?;
        Ok(())
    }

    fn committed(&self) {
        self.outbox.written();
    }
}

async fn remember_recipients(
    connection: &mut AsyncPgConnection,
    facts: &[Fact<'_>],
) -> Result<(), ConsumeError> {
    let registered: Vec<Recipient> = facts
        .iter()
        .filter_map(|(_, consumed)| match consumed {
            Consumed::UserRegistered(user) => Some(Recipient {
                user_id: user.user_id,
                email: user.email.clone(),
                name: user.name.clone(),
                registered_at: user.registered_at,
            }),
            _ => None,
        })
        .collect();
    Ok(recipient::remember(connection, &registered).await?)
}

/// The events that tell something new of their departures.
async fn learn_departures(
    connection: &mut AsyncPgConnection,
    facts: &[Fact<'_>],
) -> Result<HashSet<Uuid>, ConsumeError> {
    let (ids, told): (Vec<Uuid>, Vec<Departure>) = facts
        .iter()
        .filter_map(|(event, consumed)| match consumed {
            Consumed::DepartureChanged(change) => Some((
                event.id,
                Departure {
                    id: change.departure_id,
                    title: change.title.clone(),
                    starts_at: change.starts_at,
                    revision: change.revision,
                },
            )),
            _ => None,
        })
        .unzip();
    let news = departure::learn(connection, &told).await?;
    Ok(ids
        .into_iter()
        .zip(news)
        .filter_map(|(id, news)| news.then_some(id))
        .collect())
}

/// Sends the mails that events call for and that were not sent before, and publishes them; for each event the mail that
/// was sent on its account.
async fn send_mails(
    connection: &mut AsyncPgConnection,
    facts: &[Fact<'_>],
) -> Result<Vec<Option<NewNotification>>, ConsumeError> {
    let recipients: Vec<_> = facts.iter().filter_map(|(_, fact)| fact.recipient()).collect();
    let mentioned: Vec<_> = facts.iter().filter_map(|(_, fact)| fact.mentions()).collect();
    let known = Known {
        recipients: recipient::of_users(connection, &recipients).await?,
        departures: departures::of_ids(connection, &mentioned).await?,
    };
    let mut mails = facts
        .iter()
        .map(|(_, fact)| mail_for(fact, &known))
        .collect::<Result<Vec<_>, _>>()?;
    let written: Vec<&NewNotification> = mails.iter().flatten().collect();
    let sent = notification::send(connection, &written).await?;

    let mut published = Vec::with_capacity(sent.len());
    for (mail, (event, _)) in mails.iter_mut().zip(facts) {
        *mail = mail.take().filter(|mail| sent.contains(&mail.id));
        if let Some(mail) = mail {
            let event_sent = NewEvent::new(&NotificationSent::from(&*mail))
                .map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
            published.push(event_sent.in_trace(event.traceparent.clone()));
        }
    }
    append(connection, &published).await?;
    Ok(mails)
}
