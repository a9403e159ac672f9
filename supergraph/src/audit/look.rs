//! One look at all databases, side by side: what each finds in itself, and what they are not of one mind about.
//!
//! First digests are compared; then those orders are read whose bucket differs. An order in flight makes its bucket differ:
//! so do both on a busy system, and agree on an idle one.

use std::collections::BTreeSet;

use diesel::QueryResult;
use service::ServiceName;
use service::audit::{Digest, Violation, differing};

use super::compare::{Books, compare};
use super::{AuditError, Databases, outbox};

/// What was found.
pub(super) struct Look {
    pub(super) orders: i64,
    pub(super) violations: Vec<Violation>,
    /// Orders that a person gave up, with what they hold.
    pub(super) given_up: Vec<String>,
}

pub(super) async fn look(databases: &mut Databases) -> Result<Look, AuditError> {
    let (mut violations, books) = look_at_each(databases).await?;
    let buckets = books.buckets();
    let mut given_up = Vec::new();
    if !buckets.is_empty() {
        let found = compare(&read(databases, &buckets).await?);
        violations.extend(found.violations);
        given_up = found.given_up;
    }
    Ok(Look {
        orders: books.expected.orders,
        violations,
        given_up,
    })
}

/// What orders expect, and what the others have.
struct Digests {
    expected: orders::audit::Expected,
    money: Vec<Digest>,
    seats: Vec<Digest>,
    mails: Vec<Digest>,
}

impl Digests {
    /// The buckets whose orders are to be read.
    fn buckets(&self) -> Vec<i32> {
        let mut buckets: BTreeSet<i32> = self.expected.abandoned.iter().copied().collect();
        buckets.extend(differing(&self.expected.money, &self.money));
        buckets.extend(differing(&self.expected.seats, &self.seats));
        buckets.extend(differing(&self.expected.mails, &self.mails));
        buckets.into_iter().collect()
    }
}

async fn look_at_each(databases: &mut Databases) -> Result<(Vec<Violation>, Digests), AuditError> {
    let Databases {
        users,
        billing,
        excursions,
        orders,
        notifications,
    } = databases;
    let users = async { Ok(Vec::from_iter(outbox::audit(ServiceName::Users, users).await?)) };
    let billing = async {
        let violations = billing::audit::audit(billing).await?;
        Ok((violations, billing::audit::digest(billing).await?))
    };
    let excursions = async {
        let mut violations = excursions::audit::audit(excursions).await?;
        violations.extend(outbox::audit(ServiceName::Excursions, excursions).await?);
        Ok((violations, excursions::audit::digest(excursions).await?))
    };
    let orders = async {
        let mut violations = orders::audit::audit(orders).await?;
        violations.extend(outbox::audit(ServiceName::Orders, orders).await?);
        Ok((violations, orders::audit::expected(orders).await?))
    };
    let notifications = async {
        let mut violations = notifications::audit::audit(notifications).await?;
        violations.extend(outbox::audit(ServiceName::Notifications, notifications).await?);
        Ok((violations, notifications::audit::digest(notifications).await?))
    };
    let (users, billing, excursions, orders, notifications) = tokio::try_join!(
        of(ServiceName::Users, users),
        of(ServiceName::Billing, billing),
        of(ServiceName::Excursions, excursions),
        of(ServiceName::Orders, orders),
        of(ServiceName::Notifications, notifications),
    )?;
    let of_each = [users, billing.0, excursions.0, orders.0, notifications.0];
    let digests = Digests {
        expected: orders.1,
        money: billing.1,
        seats: excursions.1,
        mails: notifications.1,
    };
    Ok((of_each.into_iter().flatten().collect(), digests))
}

/// The books about the orders of some buckets.
async fn read(databases: &mut Databases, buckets: &[i32]) -> Result<Books, AuditError> {
    let (orders, payments, reservations, mails) = tokio::try_join!(
        of(
            ServiceName::Orders,
            orders::audit::orders(&mut databases.orders, buckets)
        ),
        of(
            ServiceName::Billing,
            billing::audit::payments(&mut databases.billing, buckets)
        ),
        of(
            ServiceName::Excursions,
            excursions::audit::reservations(&mut databases.excursions, buckets),
        ),
        of(
            ServiceName::Notifications,
            notifications::audit::mails(&mut databases.notifications, buckets),
        ),
    )?;
    Ok(Books {
        orders,
        payments,
        reservations,
        mails,
    })
}

/// A failure is that of a service's database.
async fn of<T>(service: ServiceName, reading: impl Future<Output = QueryResult<T>>) -> Result<T, AuditError> {
    reading
        .await
        .map_err(|source| AuditError::Read { service, source })
}
