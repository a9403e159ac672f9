//! Two processes of orders: one is paused in the middle of a booking, and the other takes its sagas over. What the paused one
//! still has in its hands when it comes back, it can write nowhere.

use serde_json::json;
use tests::Failure;
use tests::api::Api;
use tests::failure::told;
use tests::model::eur;
use tests::patience::until;
use tests::replica::Replica;
use tests::scene::scene_alone;
use tests::stack::Service;
use tests::story::HeldUp;

#[tokio::test(flavor = "multi_thread")]
async fn sagas_of_a_paused_process_are_ended_by_another() -> Result<(), Failure> {
    scene_alone(async |stage| {
        let operator = stage.operator("Olga").await?;
        let departure = stage.departure(&operator, &eur(10), 5).await?;
        let ada = stage.customer_with("Ada", &eur(100)).await?;
        let orders = stage.process(Service::Orders)?;

        let held_up = HeldUp::begin(stage, &ada, &departure, 1).await?;
        let id = held_up.order.id;
        let other = Replica::start(&stage.stack, Service::Orders).await?;
        let paused = orders.pause().await?;
        let answer = held_up.go_on();

        let api = Api::new(format!("{}/graphql", other.url))?.with_token(&ada.0.session.access_token);
        until("the order's end by the other process", async || {
            let answer = api
                .send(
                    "query($id: ID!) { order(id: $id) { status } }",
                    json!({ "id": id }),
                )
                .await?;
            Ok((answer["data"]["order"]["status"] == "CONFIRMED").then_some(()))
        })
        .await?;

        drop(paused);
        orders.ready().await?;
        // It has been answered by billing meanwhile, and must not act on it; what it tells its client is the order as it is.
        told("the answer to the booking", answer.await.is_ok(), true)?;
        let order = ada.settled(id).await?;
        told("Ada's order", order.outcome().as_str(), "CONFIRMED")?;
        told("the number of tickets", order.tickets.len(), 1)?;
        told(
            "each step, once",
            order.steps(),
            ["quote", "charge", "reserve", "confirm"],
        )?;
        let account = ada.account().await?;
        told("the movements for the order", account.kinds_about(id), ["CHARGE"])?;
        told("Ada's balance", &account.balance, &eur(90))?;
        told("the seats left", operator.seats_left(&departure).await?, 4)?;
        Ok(())
    })
    .await
}
