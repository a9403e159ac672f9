//! What a service has on its books about all orders, in so few rows that services can be compared without reading
//! everything: orders fall into buckets by their id, and a bucket's digest is the sum of a hash of what each of its orders
//! has. Where two services' digests of a bucket agree, they agree on each order in it; where they do not, the bucket's orders
//! are read.

use std::collections::HashMap;

use diesel::QueryableByName;
use diesel::sql_types::{Integer, Text};

/// Some hundreds of orders a bucket when there are a million.
const BUCKETS: i32 = 4_096;

/// The digest of one bucket.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Digest {
    /// Which bucket.
    #[diesel(sql_type = Integer)]
    pub bucket: i32,
    /// The sum of the hashes.
    #[diesel(sql_type = Text)]
    pub digest: String,
}

/// Every bucket there is.
#[must_use]
pub fn all_buckets() -> Vec<i32> {
    (0..BUCKETS).collect()
}

/// The bucket of an order, in SQL.
#[must_use]
pub fn bucket(order_id: &str) -> String {
    format!("uuid_hash({order_id}) & {}", BUCKETS - 1)
}

/// An order's share in the digest of money, in SQL: what was charged and refunded.
#[must_use]
pub fn money_hash(order_id: &str, charged: &str, refunded: &str) -> String {
    format!("uuid_hash_extended({order_id}, hashint8extended({charged}, {refunded}))")
}

/// An order's share in the digest of seats, in SQL: the departure, and how many are held on it.
#[must_use]
pub fn seats_hash(order_id: &str, departure_id: &str, seats: &str) -> String {
    format!("uuid_hash_extended({order_id}, uuid_hash_extended({departure_id}, {seats}))")
}

/// A mail's share in the digest of mails, in SQL: its order and its kind.
#[must_use]
pub fn mail_hash(order_id: &str, kind: &str) -> String {
    format!("uuid_hash_extended({order_id}, hashtextextended({kind}, 0))")
}

/// The buckets that two services do not agree on. A bucket without anything has no digest.
#[must_use]
pub fn differing(ours: &[Digest], theirs: &[Digest]) -> Vec<i32> {
    let mut left: HashMap<i32, &str> = theirs
        .iter()
        .map(|digest| (digest.bucket, digest.digest.as_str()))
        .collect();
    let mut found: Vec<i32> = ours
        .iter()
        .filter(|digest| left.remove(&digest.bucket) != Some(&digest.digest))
        .map(|digest| digest.bucket)
        .collect();
    found.extend(left.keys());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digests(of: &[(i32, &str)]) -> Vec<Digest> {
        let digest = |(bucket, digest): &(i32, &str)| Digest {
            bucket: *bucket,
            digest: (*digest).to_owned(),
        };
        of.iter().map(digest).collect()
    }

    #[test]
    fn buckets_differ_by_their_digest_and_by_having_one() {
        let ours = digests(&[(1, "10"), (2, "20"), (3, "30")]);
        assert_eq!(differing(&ours, &ours), [0; 0]);
        let theirs = digests(&[(1, "10"), (2, "21"), (4, "40")]);
        let mut found = differing(&ours, &theirs);
        found.sort_unstable();
        assert_eq!(found, [2, 3, 4]);
    }
}
