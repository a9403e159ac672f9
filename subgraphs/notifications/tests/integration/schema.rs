//! The subgraph's schema as the composition sees it.

#[test]
fn subscriptions_are_part_of_the_federated_schema() {
    let sdl = notifications::sdl();
    for part in [
        "type Subscription",
        "notificationReceived(",
        "orderUpdated(",
        "departureUpdated(",
        "cancellationProgressed(",
        "type User @key(fields: \"id\")",
        "type Order @key(fields: \"id\", resolvable: false)",
        "type Departure @key(fields: \"id\", resolvable: false)",
        "markNotificationsRead(",
    ] {
        assert!(sdl.contains(part), "{part} is not in\n{sdl}");
    }
}
