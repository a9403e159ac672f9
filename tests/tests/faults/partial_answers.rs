//! One service is down: what the others know is answered, and an error says which part is missing.

use serde_json::{Value, json};
use tests::Failure;
use tests::failure::told;
use tests::model::{BookingRequest, eur};
use tests::scene::scene_alone;
use tests::stack::Service;

const ORDERS_AND_ACCOUNTS: &str = "{ me {
    name
    orders(first: 10) { nodes { id status seats departure { id startsAt } customer { account { balance { amount } } } } }
    account { balance { amount } }
    unreadNotifications } }";

#[tokio::test]
async fn orders_and_mails_are_told_without_accounts() -> Result<(), Failure> {
    without(Service::Billing, |me| {
        told("the account", &me["account"], &Value::Null)?;
        let order = &me["orders"]["nodes"][0];
        told("the order's account", &order["customer"]["account"], &Value::Null)?;
        order_is_told(me)?;
        told("the departure", order["departure"]["startsAt"].is_string(), true)?;
        told("the mails", me["unreadNotifications"].is_number(), true)?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn orders_and_accounts_are_told_without_departures() -> Result<(), Failure> {
    without(Service::Excursions, |me| {
        let order = &me["orders"]["nodes"][0];
        order_is_told(me)?;
        told("the departure", &order["departure"], &Value::Null)?;
        account_is_told(me)
    })
    .await
}

#[tokio::test]
async fn accounts_are_told_without_orders() -> Result<(), Failure> {
    without(Service::Orders, |me| {
        told("the orders", &me["orders"], &Value::Null)?;
        account_is_told(me)
    })
    .await
}

#[tokio::test]
async fn orders_and_accounts_are_told_without_mails() -> Result<(), Failure> {
    without(Service::Notifications, |me| {
        told("the mails", &me["unreadNotifications"], &Value::Null)?;
        order_is_told(me)?;
        account_is_told(me)
    })
    .await
}

fn account_is_told(me: &Value) -> Result<(), Failure> {
    let balance = &me["account"]["balance"]["amount"];
    told("the account", balance.is_string(), true).map(drop)
}

fn order_is_told(me: &Value) -> Result<(), Failure> {
    let status = &me["orders"]["nodes"][0]["status"];
    told("the order", status.as_str(), Some("CONFIRMED")).map(drop)
}

/// Asks for everything of a customer while a service is down; the rest must be there, and the missing part named.
async fn without(
    service: Service,
    is_as_told: impl FnOnce(&Value) -> Result<(), Failure>,
) -> Result<(), Failure> {
    scene_alone(async |stage| {
        let operator = stage.operator("Olga").await?;
        let departure = stage.departure(&operator, &eur(10), 10).await?;
        let ada = stage.customer_with("Ada", &eur(100)).await?;
        let order = ada.book(&BookingRequest::new(&departure, 1)).await?.order.id;
        ada.mail("ORDER_CONFIRMED", Some(order)).await?;

        let process = stage.process(service)?;
        let down = process.take_down().await?;
        let answer = ada.0.api.send(ORDERS_AND_ACCOUNTS, json!({})).await;
        drop(down);
        process.ready().await?;

        let answer = answer?;
        let me = &answer["data"]["me"];
        told("the name", me["name"].is_string(), true)?;
        is_as_told(me)?;
        let errors = answer["errors"].as_array().cloned().unwrap_or_default();
        let named = errors
            .iter()
            .any(|error| error["extensions"]["service"] == service.name());
        told(format!("an error that names {service}: {errors:?}"), named, true)?;
        let typed = errors.iter().all(|error| error["extensions"]["code"].is_string());
        told(format!("a code in each of {errors:?}"), typed, true)?;
        Ok(())
    })
    .await
}
