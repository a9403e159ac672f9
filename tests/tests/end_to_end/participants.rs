//! The participants' commands are no part of the public API: the router does not know them, and the subgraphs, should
//! somebody reach them, let only services use them.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};
use tests::Failure;
use tests::api::{Api, Document};
use tests::failure::told;
use tests::model::{BookingRequest, eur};
use tests::scene::scene;
use tests::stack::{Router, Service};
use uuid::Uuid;

use super::tokens::Tokens;

const SCHEMA: Document = Document::new(
    "__schema",
    &["{ result: __schema { types { name } mutationType { fields { name } } } }"],
);

const PUBLIC: [&str; 16] = [
    "register",
    "logIn",
    "refreshSession",
    "logOut",
    "changeRole",
    "deposit",
    "createExcursion",
    "updateExcursion",
    "scheduleDeparture",
    "updateDeparture",
    "bookExcursion",
    "cancelOrder",
    "cancelDeparture",
    "retrySagas",
    "abandonSagas",
    "markNotificationsRead",
];

macro_rules! command {
    ($service:expr, $name:literal, $input:literal) => {
        (
            $service,
            Document::new(
                $name,
                &[concat!(
                    "mutation ($commands: [",
                    $input,
                    "!]!) { result: ",
                    $name,
                    "(commands: $commands) { status } }"
                )],
            ),
        )
    };
}

const COMMANDS: [(Service, Document); 7] = [
    command!(Service::Billing, "charge", "ChargeCommand"),
    command!(Service::Billing, "refund", "RefundCommand"),
    command!(Service::Excursions, "quote", "QuoteCommand"),
    command!(Service::Excursions, "reserve", "ReserveCommand"),
    command!(Service::Excursions, "release", "ReleaseCommand"),
    command!(Service::Excursions, "closeDeparture", "CloseDepartureCommand"),
    command!(
        Service::Excursions,
        "finishCancellation",
        "FinishCancellationCommand"
    ),
];

#[derive(Deserialize)]
struct Named {
    name: String,
}

#[derive(Deserialize)]
struct Fields {
    fields: Vec<Named>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Schema {
    types: Vec<Named>,
    mutation_type: Fields,
}

#[tokio::test]
async fn router_does_not_know_the_commands() -> Result<(), Failure> {
    scene(async |stage| {
        let schema: Schema = stage.visitor.api.ask(&SCHEMA, json!({})).await?;
        let names = |list: &[Named]| -> BTreeSet<String> { list.iter().map(|it| it.name.clone()).collect() };
        told(
            "the mutations",
            names(&schema.mutation_type.fields),
            PUBLIC.map(str::to_owned).into(),
        )?;
        let of_participants: Vec<String> = names(&schema.types)
            .into_iter()
            .filter(|name| name.contains("Command") || name.ends_with("Outcome"))
            .collect();
        told("the types of commands", of_participants, Vec::<String>::new())?;
        let operator = stage.first_operator().await?;
        // Each router has a code of its own for what its schema does not have: an input type of the command's is the first.
        let unknown = match stage.stack.router {
            Router::Apollo => "GRAPHQL_VALIDATION_FAILED",
            Router::Hive => "KnownTypeNames",
        };
        for (_, command) in &COMMANDS {
            let code = asked(&operator.0.api, command, json!([])).await?;
            told(
                format!("{} at the router", command.name()),
                code.as_str(),
                unknown,
            )?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn only_services_may_use_the_commands() -> Result<(), Failure> {
    scene(async |stage| {
        let tokens = Tokens::of_environment();
        let operator = stage.first_operator().await?;
        let customer = stage.customer_with("Ada", &eur(100)).await?;
        let departure = stage.departure(&operator, &eur(10), 10).await?;
        let order = customer.book(&BookingRequest::new(&departure, 1)).await?.order;
        for (service, command) in &COMMANDS {
            let api = stage.behind_the_router(*service)?;
            let commands = commands(command.name(), order.id, customer.id(), departure.id);
            let callers = [
                (
                    "a customer",
                    api.with_token(&customer.0.session.access_token),
                    "FORBIDDEN",
                ),
                (
                    "an administrator",
                    api.with_token(&operator.0.session.access_token),
                    "FORBIDDEN",
                ),
                ("nobody", api.clone(), "UNAUTHENTICATED"),
                (
                    "a service of yesterday",
                    api.with_token(&tokens.expired_of_service()),
                    "UNAUTHENTICATED",
                ),
                (
                    "a forged service",
                    api.with_token(&tokens.forged_of_service()),
                    "UNAUTHENTICATED",
                ),
            ];
            for (who, api, code) in callers {
                let found = asked(&api, command, commands.clone()).await?;
                told(format!("{} for {who}", command.name()), found.as_str(), code)?;
            }
        }
        // Else the good ones would be refused too, and the bad ones for no good reason.
        let api = stage.behind_the_router(Service::Excursions)?;
        let api = api.with_token(&tokens.good_of_service());
        let quote = commands("quote", order.id, customer.id(), departure.id);
        let found = asked(&api, &COMMANDS[2].1, quote).await?;
        told("a quote for a service", found.as_str(), "done")?;
        told(
            "the order",
            customer.settled(order.id).await?.status.as_str(),
            "CONFIRMED",
        )?;
        told("the balance", &customer.balance().await?, &eur(90))?;
        let departure = operator.departure(departure.id).await?;
        told(
            "the departure",
            (departure.status.as_str(), departure.seats_available),
            ("OPEN", 9),
        )?;
        Ok(())
    })
    .await
}

/// A command that would do harm if it were let in.
fn commands(name: &str, order: Uuid, customer: Uuid, departure: Uuid) -> Value {
    let price = eur(10);
    json!([match name {
        "charge" => json!({ "orderId": Uuid::now_v7(), "customerId": customer, "amount": price }),
        "refund" => json!({ "orderId": order }),
        "quote" => json!({ "orderId": order, "departureId": departure, "seats": 1 }),
        "reserve" => {
            json!({ "orderId": Uuid::now_v7(), "departureId": departure, "seats": 1, "unitPrice": price })
        }
        "release" => json!({ "orderId": order, "departureId": departure }),
        _ => json!({ "departureId": departure }),
    }])
}

/// The code of what a command is answered with.
async fn asked(api: &Api, command: &Document, commands: Value) -> Result<String, Failure> {
    let answer = api
        .attempt::<Value>(command, json!({ "commands": commands }))
        .await?;
    Ok(answer.code().unwrap_or("done").to_owned())
}
