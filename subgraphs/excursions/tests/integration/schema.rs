//! The schema itself.

use serde_json::{Value, json};
use service::auth::Caller;

use super::world::World;

/// Types of the library and of GraphQL itself, which have no place to write one.
fn is_given(name: &str) -> bool {
    name.ends_with("Connection") || name == "ID"
}

#[tokio::test]
async fn everything_is_described() {
    let world = World::new().await;
    let document = "{ __schema { types { name description
        fields { name description args { name description } }
        inputFields { name description }
        enumValues { name description } } } }";
    let data = world.ask(&Caller::Nobody, document, json!({})).await;
    let mut silent = Vec::new();
    for of_schema in data["__schema"]["types"].as_array().unwrap() {
        let name = of_schema["name"].as_str().unwrap();
        if name.starts_with('_') {
            continue;
        }
        if !is_given(name) {
            check(name, of_schema, &mut silent);
        }
        for kind in ["fields", "inputFields", "enumValues"] {
            for part in of_schema[kind].as_array().into_iter().flatten() {
                let part_name = format!("{name}.{}", part["name"].as_str().unwrap());
                if part_name.starts_with("Query._") {
                    continue;
                }
                check(&part_name, part, &mut silent);
                for argument in part["args"].as_array().into_iter().flatten() {
                    check(
                        &format!("{part_name}({})", argument["name"]),
                        argument,
                        &mut silent,
                    );
                }
            }
        }
    }
    assert_eq!(silent, Vec::<String>::new());
}

fn check(name: &str, part: &Value, silent: &mut Vec<String>) {
    if part["description"].as_str().is_none_or(str::is_empty) {
        silent.push(name.to_owned());
    }
}

#[test]
fn commands_and_their_types_are_inaccessible() {
    let sdl = excursions::sdl();
    for name in [
        "quote",
        "reserve",
        "release",
        "closeDeparture",
        "finishCancellation",
    ] {
        let outcome = format!("{}{}Outcome", name[..1].to_uppercase(), &name[1..]);
        let command = outcome.replace("Outcome", "Command");
        for declared in [
            format!("): [{outcome}!]! @inaccessible"),
            format!("type {outcome} @inaccessible"),
            format!("input {command} @inaccessible"),
        ] {
            assert!(sdl.contains(&declared), "{declared}");
        }
    }
    assert!(sdl.contains("enum CommandStatus @inaccessible"));
    assert_eq!(sdl.matches("@key(fields: \"id\")").count(), 2);
}
