//! A saga's journal in plain words.

use saga::journal::JournalEntry;

/// What an entry tells, with what was said of it and by whom.
#[must_use]
pub fn plain_words(entry: &JournalEntry) -> Option<String> {
    let said = match (words(entry), &entry.message) {
        (Some(words), Some(message)) => Some(format!("{words}: {message}")),
        (Some(words), None) => Some(words.to_owned()),
        (None, message) => message.clone(),
    };
    match &entry.actor {
        Some(actor) => Some(format!("{} (by {actor})", said.unwrap_or_default())),
        None => said,
    }
}

/// The entry in plain words, where there are any for it.
fn words(entry: &JournalEntry) -> Option<&'static str> {
    let undone = entry.direction == "BACKWARD";
    let definition = entry.definition.as_str();
    Some(match entry.kind.as_str() {
        "STARTED" => match definition {
            "cancel-order" | "cancel-departure" => "the cancellation began",
            _ => "the order was placed",
        },
        "STEP_SUCCEEDED" if undone && !entry.done_before => return ruled_out(entry.step.as_deref()?),
        "STEP_SUCCEEDED" => return step_words(definition, entry.step.as_deref()?, undone),
        "STEP_REJECTED" => "refused",
        "RETRY_SCHEDULED" => "failed, to be tried again",
        "STEP_FAILED" => "failed",
        "COMPENSATED" => "everything was undone",
        "PARKED" => "a person is needed",
        "RESUMED" => "sent on",
        "ABANDONED" => "given up",
        "COMPLETED" => match definition {
            "cancel-order" => "the order is cancelled",
            "cancel-departure" => "the departure is cancelled",
            _ => "the order is confirmed",
        },
        _ => return None,
    })
}

/// A step that was refused, or failed, is undone in case an attempt of it arrives late.
fn ruled_out(step: &str) -> Option<&'static str> {
    match step {
        "charge" => Some("it was made sure that nothing is charged"),
        "reserve" => Some("it was made sure that no seats are held"),
        _ => None,
    }
}

fn step_words(definition: &str, step: &str, undone: bool) -> Option<&'static str> {
    Some(match (definition, step, undone) {
        (_, "quote", _) => "the price was quoted",
        (_, "charge", false) => "the price was charged",
        (_, "charge", true) | (_, "refund", _) => "the price was refunded",
        (_, "reserve", false) => "the seats were reserved",
        (_, "reserve", true) | (_, "release", _) => "the seats were released",
        (_, "confirm", _) => "the tickets were issued",
        (_, "close", _) => "the departure was closed",
        (_, "cancel-orders", _) => "every order on it was undone",
        ("cancel-departure", "finish", _) => "the departure was marked as cancelled",
        (_, "finish", _) => "the order was marked as cancelled",
        (_, "complete", _) => "the totals were drawn",
        _ => return None,
    })
}
