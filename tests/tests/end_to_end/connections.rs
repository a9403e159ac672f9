//! Lists through the router: in pages, both ways, while others are added; and no page of any other size than 1 to 100.

use serde_json::{Value, json};
use tests::Failure;
use tests::api::Api;
use tests::failure::told;
use tests::model::{BookingRequest, eur};
use tests::scene::scene;
use uuid::Uuid;

/// Every connection of the graph, as a document with the arguments of a page in it.
const CONNECTIONS: [&str; 9] = [
    "{ excursions(PAGE) { nodes { id } } }",
    "{ departures(PAGE) { nodes { id } } }",
    "{ excursion(id: \"EXCURSION\") { departures(PAGE) { nodes { id } } } }",
    "{ departure(id: \"DEPARTURE\") { orders(PAGE) { nodes { id } } } }",
    "{ orders(PAGE) { nodes { id } } }",
    "{ sagas(PAGE) { nodes { id } } }",
    "{ me { orders(PAGE) { nodes { id } } } }",
    "{ me { account { entries(PAGE) { nodes { id } } } } }",
    "{ me { notifications(PAGE) { nodes { id } } } }",
];

#[tokio::test]
async fn page_of_another_size_than_1_to_100_is_bad_input() -> Result<(), Failure> {
    scene(async |stage| {
        let operator = stage.settled_operator("Olga").await?;
        let departure = stage.departure(&operator, &eur(10), 10).await?;
        for connection in CONNECTIONS {
            for (page, told_code) in [
                ("first: 1", None),
                ("first: 100", None),
                ("last: 1", None),
                ("last: 100", None),
                ("first: 0", Some("BAD_USER_INPUT")),
                ("first: 101", Some("BAD_USER_INPUT")),
                ("first: -1", Some("BAD_USER_INPUT")),
                ("last: 0", Some("BAD_USER_INPUT")),
                ("last: 101", Some("BAD_USER_INPUT")),
                ("first: 1, last: 1", Some("BAD_USER_INPUT")),
                ("first: 1, after: \"nonsense\"", Some("BAD_USER_INPUT")),
            ] {
                let query = connection
                    .replace("PAGE", page)
                    .replace("EXCURSION", &departure.excursion.id.to_string())
                    .replace("DEPARTURE", &departure.id.to_string());
                let answer = operator.0.api.send(&query, json!({})).await?;
                let code = answer["errors"][0]["extensions"]["code"].as_str();
                told(query, code, told_code)?;
            }
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn orders_are_paged_both_ways_while_others_are_placed() -> Result<(), Failure> {
    scene(async |stage| {
        let operator = stage.operator("Olga").await?;
        let departure = stage.departure(&operator, &eur(1), 50).await?;
        let ada = stage.customer_with("Ada", &eur(50)).await?;
        let mut placed = Vec::new();
        for _ in 0..5 {
            placed.push(ada.book(&BookingRequest::new(&departure, 1)).await?.order.id);
        }
        let newest_first: Vec<Uuid> = placed.iter().rev().copied().collect();

        let mut forward = Walk::new(&ada.0.api, "first: 2", "after", "endCursor", "hasNextPage");
        let mut seen = Vec::new();
        while let Some(page) = forward.next().await? {
            seen.extend(page);
            ada.book(&BookingRequest::new(&departure, 1)).await?;
        }
        told("the orders, forward", &seen, &newest_first)?;

        let all = ada.orders().await?;
        let all: Vec<Uuid> = all.iter().map(|order| order.id).collect();
        let mut backward = Walk::new(&ada.0.api, "last: 2", "before", "startCursor", "hasPreviousPage");
        let mut seen = Vec::new();
        let mut later = Vec::new();
        while let Some(page) = backward.next().await? {
            seen.splice(0..0, page);
            later.push(ada.book(&BookingRequest::new(&departure, 1)).await?.order.id);
        }
        // The list begins with the newest: those placed on the way are met at its end.
        let met: Vec<Uuid> = seen.iter().filter(|id| !later.contains(id)).copied().collect();
        told("the orders, backward", &met, &all)?;
        let mut once = seen.clone();
        once.sort_unstable();
        once.dedup();
        told("each order", once.len(), seen.len())?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn sagas_are_paged_while_others_begin() -> Result<(), Failure> {
    scene(async |stage| {
        let operator = stage.operator("Olga").await?;
        let departure = stage.departure(&operator, &eur(1), 50).await?;
        let ada = stage.customer_with("Ada", &eur(50)).await?;
        for _ in 0..4 {
            ada.book(&BookingRequest::new(&departure, 1)).await?;
        }
        let first = sagas(&operator.0.api, "first: 2").await?;
        ada.book(&BookingRequest::new(&departure, 1)).await?;
        let after = first["pageInfo"]["endCursor"].as_str().unwrap_or_default();
        let second = sagas(&operator.0.api, &format!("first: 2, after: \"{after}\"")).await?;
        let before = second["pageInfo"]["startCursor"].as_str().unwrap_or_default();
        let back = sagas(&operator.0.api, &format!("last: 2, before: \"{before}\"")).await?;
        told("the page before the second", &back["nodes"], &first["nodes"])?;
        let ids = [&first, &second].map(|page| ids(&page["nodes"])).concat();
        let mut newest_first = ids.clone();
        newest_first.sort_unstable_by(|one, other| other.cmp(one));
        newest_first.dedup();
        told("two pages of sagas", &ids, &newest_first)?;
        Ok(())
    })
    .await
}

async fn sagas(api: &Api, page: &str) -> Result<Value, Failure> {
    let query = format!("{{ sagas({page}) {{ nodes {{ id }} pageInfo {{ startCursor endCursor }} }} }}");
    Ok(api.send(&query, json!({})).await?["data"]["sagas"].take())
}

fn ids(nodes: &Value) -> Vec<Uuid> {
    let nodes = nodes.as_array().into_iter().flatten();
    nodes
        .filter_map(|node| node["id"].as_str()?.parse().ok())
        .collect()
}

/// Goes through one's orders, page by page.
struct Walk<'a> {
    api: &'a Api,
    size: &'static str,
    argument: &'static str,
    cursor: &'static str,
    more: &'static str,
    /// Where the next page begins; nothing after the last one.
    at: Option<Option<String>>,
}

impl<'a> Walk<'a> {
    const fn new(
        api: &'a Api,
        size: &'static str,
        argument: &'static str,
        cursor: &'static str,
        more: &'static str,
    ) -> Self {
        Self {
            api,
            size,
            argument,
            cursor,
            more,
            at: Some(None),
        }
    }

    async fn next(&mut self) -> Result<Option<Vec<Uuid>>, Failure> {
        let Some(at) = self.at.take() else {
            return Ok(None);
        };
        let from = at.map_or_else(String::new, |cursor| format!(", {}: \"{cursor}\"", self.argument));
        let query = format!(
            "{{ me {{ orders({}{from}) {{ nodes {{ id }} pageInfo {{ {} {} }} }} }} }}",
            self.size, self.cursor, self.more
        );
        let answer = self.api.send(&query, json!({})).await?;
        let orders = &answer["data"]["me"]["orders"];
        if orders["pageInfo"][self.more] == true {
            self.at = Some(orders["pageInfo"][self.cursor].as_str().map(str::to_owned));
        }
        Ok(Some(ids(&orders["nodes"])))
    }
}
