//! The first point.

use crate::actor::Customer;
use crate::failure::told;
use crate::model::eur;
use crate::stack::Service;
use crate::{Failure, Stage};

/// A customer registers and logs in; an account exists without anyone creating it by hand; a welcome mail is a row in the
/// notifications database.
///
/// # Errors
/// What is not as told.
pub async fn register(stage: &Stage, name: &str) -> Result<Customer, Failure> {
    let tell = stage.tell;
    tell.title(1, "A customer registers and logs in");
    let (full_name, email) = (stage.full_name(name), stage.email(name));
    tell.asked(format!("register: {full_name}, {email}"));
    let registered = stage.customer(name).await?;
    let role = &registered.0.user.role;
    told(format!("{name}'s role"), role.as_str(), "CUSTOMER")?;
    tell.answered(format!("user {}, {role}", registered.id()));

    tell.asked("logIn: the same address and password");
    let customer = Customer(stage.visitor.log_in(&email, stage.password()).await?);
    told("who is logged in", customer.id(), registered.id())?;
    let expiry = customer.0.session.access_token_expires_at.format("%H:%M:%S UTC");
    tell.answered(format!("a session; its access token holds until {expiry}"));

    let account = customer.account().await?;
    told(format!("{name}'s balance"), &account.balance, &eur(0))?;
    tell.line(
        "account",
        format!("{}, opened by billing when it heard of {name}", account.id),
    );
    tell.account(name, &account);

    let mail = customer.mail("WELCOME", None).await?;
    told("the recipient of the welcome mail", &mail.recipient, &email)?;
    let (databases, id) = (stage.databases().await?, mail.id.to_string());
    let row = databases
        .rows(Service::Notifications, "notifications", "id = $1::uuid", &id)
        .await?;
    told(
        "the rows of the welcome mail",
        row.as_array().map(Vec::len),
        Some(1),
    )?;
    tell.mail(&mail);
    tell.line("", format!("row {} in the database of notifications", mail.id));
    Ok(customer)
}
