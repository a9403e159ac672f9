//! Billing and excursions in memory, idempotent by order and with tombstones as the real ones, and failing on demand:
//! the faults that the real ones will not give.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// What goes wrong at the next call of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Nothing is done, and the call fails.
    Before,
    /// It is done, and the answer is lost.
    After,
    /// A business refusal.
    Refuse(&'static str),
    /// Only afterwards does the test go on: the call waits until it is told.
    Hold,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    Yes,
    Undone,
    /// The undo came first.
    Void,
}

#[derive(Default)]
pub struct Books {
    pub charges: HashMap<String, Held>,
    pub reservations: HashMap<String, Held>,
    pub departure: String,
    /// Commands in the order in which they came.
    pub calls: Vec<String>,
    faults: HashMap<&'static str, Vec<Fault>>,
}

#[derive(Clone, Default)]
pub struct Participants {
    pub books: Arc<Mutex<Books>>,
    release: Arc<tokio::sync::Notify>,
}

impl Participants {
    /// Serves both on a port of their own; the URL.
    pub async fn serve(&self) -> String {
        let routes = Router::new()
            .route("/graphql", post(answer))
            .with_state(self.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        format!("http://{address}")
    }

    /// Lets a command go wrong so, once each.
    pub fn fail(&self, command: &'static str, faults: &[Fault]) {
        self.books.lock().unwrap().faults.insert(command, faults.to_vec());
    }

    /// Lets a held call go on.
    pub fn let_go(&self) {
        self.release.notify_waiters();
    }

    pub fn calls(&self) -> Vec<String> {
        self.books.lock().unwrap().calls.clone()
    }

    /// What is held for an order: money, seats.
    pub fn held(&self, order: &str) -> (bool, bool) {
        let books = self.books.lock().unwrap();
        let yes = |held: Option<&Held>| held == Some(&Held::Yes);
        (yes(books.charges.get(order)), yes(books.reservations.get(order)))
    }

    /// How many orders hold money, how many seats.
    pub fn all_held(&self) -> (usize, usize) {
        let books = self.books.lock().unwrap();
        let count = |held: &HashMap<String, Held>| held.values().filter(|held| **held == Held::Yes).count();
        (count(&books.charges), count(&books.reservations))
    }

    fn next_fault(&self, command: &str) -> Option<Fault> {
        let mut books = self.books.lock().unwrap();
        books.calls.push(command.to_owned());
        let faults = books.faults.get_mut(command)?;
        if faults.is_empty() {
            None
        } else {
            Some(faults.remove(0))
        }
    }
}

async fn answer(
    State(participants): State<Participants>,
    Json(request): Json<Value>,
) -> Result<Json<Value>, StatusCode> {
    let query = request["query"].as_str().unwrap();
    let command = query
        .split("outcomes: ")
        .nth(1)
        .unwrap()
        .split('(')
        .next()
        .unwrap()
        .to_owned();
    let fault = participants.next_fault(&command);
    match fault {
        Some(Fault::Before) => return Err(StatusCode::SERVICE_UNAVAILABLE),
        Some(Fault::Hold) => participants.release.notified().await,
        _ => {}
    }
    let commands = request["variables"]["commands"].as_array().unwrap();
    let outcomes: Vec<Value> = {
        let mut books = participants.books.lock().unwrap();
        commands
            .iter()
            .map(|item| match fault {
                Some(Fault::Refuse(code)) => outcome(item, Some(code)),
                _ => books.run(&command, item),
            })
            .collect()
    };
    if fault == Some(Fault::After) {
        return Err(StatusCode::GATEWAY_TIMEOUT);
    }
    Ok(Json(json!({ "data": { "outcomes": outcomes } })))
}

impl Books {
    fn run(&mut self, command: &str, item: &Value) -> Value {
        let order = item["orderId"].as_str().unwrap_or_default().to_owned();
        let done = match command {
            "charge" => hold(&mut self.charges, order),
            "reserve" => hold(&mut self.reservations, order),
            "refund" => {
                let was_held = undo(&mut self.charges, order);
                let mut outcome = outcome(item, None);
                outcome["refunded"] = if was_held {
                    json!({ "amount": "20.00", "currency": "EUR" })
                } else {
                    Value::Null
                };
                return outcome;
            }
            "release" => {
                undo(&mut self.reservations, order);
                true
            }
            "quote" => return self.quote(item),
            "_entities" if item["id"] == json!(self.departure) => return json!({ "__typename": "Departure" }),
            "_entities" => return Value::Null,
            _ => true,
        };
        outcome(item, if done { None } else { Some("CONFLICT") })
    }

    fn quote(&self, item: &Value) -> Value {
        if item["departureId"] != json!(self.departure) {
            return outcome(item, Some("NOT_FOUND"));
        }
        let mut outcome = outcome(item, None);
        outcome["unitPrice"] = json!({ "amount": "10.00", "currency": "EUR" });
        outcome["total"] = json!({ "amount": "20.00", "currency": "EUR" });
        outcome["startsAt"] = json!("2099-06-01T10:00:00Z");
        outcome["excursionTitle"] = json!("The old harbour");
        outcome
    }
}

fn hold(held: &mut HashMap<String, Held>, order: String) -> bool {
    *held.entry(order).or_insert(Held::Yes) == Held::Yes
}

/// Whether anything was held, now or before: a repeated undo answers as the first.
fn undo(held: &mut HashMap<String, Held>, order: String) -> bool {
    let entry = held.entry(order).or_insert(Held::Void);
    if *entry == Held::Yes {
        *entry = Held::Undone;
    }
    *entry == Held::Undone
}

fn outcome(item: &Value, code: Option<&str>) -> Value {
    let mut outcome = json!({ "status": if code.is_some() { "REJECTED" } else { "DONE" } });
    for key in ["orderId", "departureId"] {
        if let Some(id) = item
            .get(key)
            .filter(|_| key == "orderId" || item.get("orderId").is_none())
        {
            outcome[key] = id.clone();
        }
    }
    if let Some(code) = code {
        outcome["code"] = json!(code);
        outcome["message"] = json!(format!("refused: {code}"));
    }
    outcome
}
