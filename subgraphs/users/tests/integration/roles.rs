use serde_json::{Value, json};
use service::auth::{Caller, Role};
use uuid::Uuid;

use super::kit::{Users, address, as_user, codes, refusals};
use users::model::{RoleRefusal, promote};

#[tokio::test]
async fn administrator_changes_a_role_and_it_is_announced() {
    let users = Users::new().await;
    let admin = users.member("admin@example.com", Role::Admin).await;
    let (ada, _) = users.customer("ada@example.com").await;
    let payload = users.change_role(as_user(&admin), ada.id, "OPERATOR").await;
    assert_eq!(
        payload,
        json!({ "user": { "id": ada.id, "email": "ada@example.com", "role": "OPERATOR" }, "errors": [] })
    );
    assert_eq!(users.find(ada.id).await.role, Role::Operator);
    let (event, key, announced) = users.events().await.pop().unwrap();
    assert_eq!(
        (event.as_str(), key),
        ("user/UserRoleChanged", ada.id.to_string())
    );
    assert_eq!(announced, json!({ "userId": ada.id, "role": "OPERATOR" }));
}

#[tokio::test]
async fn role_that_a_user_has_already_is_no_change() {
    let users = Users::new().await;
    let admin = users.member("admin@example.com", Role::Admin).await;
    let (ada, _) = users.customer("ada@example.com").await;
    let before = users.everything().await;
    let payload = users.change_role(as_user(&admin), ada.id, "CUSTOMER").await;
    assert_eq!(payload["errors"], json!([]));
    assert_eq!(payload["user"]["role"], "CUSTOMER");
    // Nor for the last administrator, who stays one.
    let payload = users.change_role(as_user(&admin), admin.id, "ADMIN").await;
    assert_eq!(payload["errors"], json!([]));
    assert_eq!(users.everything().await, before);
}

#[tokio::test]
async fn nobody_but_administrators_changes_roles() {
    let users = Users::new().await;
    users.member("admin@example.com", Role::Admin).await;
    let operator = users.member("operator@example.com", Role::Operator).await;
    let (ada, _) = users.customer("ada@example.com").await;
    let before = users.everything().await;
    let callers = [
        (as_user(&ada), "FORBIDDEN"),
        (as_user(&operator), "FORBIDDEN"),
        (Caller::Service("orders".to_owned()), "FORBIDDEN"),
        (Caller::Nobody, "UNAUTHENTICATED"),
    ];
    for (caller, code) in callers {
        let errors = users.change_role(caller, ada.id, "ADMIN").await;
        assert_eq!(codes(&errors), [code]);
    }
    let errors = users.change_role(as_user(&ada), "no id", "ADMIN").await;
    assert_eq!(codes(&errors), ["FORBIDDEN"], "nor learns who there is");
    assert_eq!(users.everything().await, before);
}

#[tokio::test]
async fn token_of_a_former_administrator_changes_nothing() {
    let users = Users::new().await;
    let admin = users.member("admin@example.com", Role::Admin).await;
    let former = users.member("former@example.com", Role::Admin).await;
    users.change_role(as_user(&admin), former.id, "OPERATOR").await;
    let before = users.everything().await;
    let errors = users.change_role(as_user(&former), former.id, "ADMIN").await;
    assert_eq!(codes(&errors), ["FORBIDDEN"]);
    assert_eq!(users.everything().await, before);
}

#[tokio::test]
async fn unknown_users_are_not_found() {
    let users = Users::new().await;
    let admin = users.member("admin@example.com", Role::Admin).await;
    let before = users.everything().await;
    for id in ["", "ada", "0", &Uuid::now_v7().to_string()] {
        let payload = users.change_role(as_user(&admin), id, "OPERATOR").await;
        assert_eq!(payload["user"], Value::Null);
        assert_eq!(refusals(&payload), [("NOT_FOUND", "input.userId".to_owned())]);
    }
    let errors = users.change_role(as_user(&admin), admin.id, "EMPEROR").await;
    assert_eq!(codes(&errors), ["BAD_USER_INPUT"]);
    assert_eq!(users.everything().await, before);
}

#[tokio::test]
async fn last_administrator_stays_one() {
    let users = Users::new().await;
    let admin = users.member("admin@example.com", Role::Admin).await;
    let before = users.everything().await;
    let payload = users.change_role(as_user(&admin), admin.id, "CUSTOMER").await;
    assert_eq!(payload["user"], Value::Null);
    assert_eq!(refusals(&payload), [("CONFLICT", "input.role".to_owned())]);
    assert_eq!(users.everything().await, before);
}

#[tokio::test]
async fn two_administrators_do_not_demote_each_other() {
    let users = Users::new().await;
    for round in 0..10 {
        let one = users
            .member(&format!("one{round}@example.com"), Role::Admin)
            .await;
        let other = users
            .member(&format!("other{round}@example.com"), Role::Admin)
            .await;
        users
            .sql(&format!(
                "UPDATE users SET role = 'CUSTOMER' WHERE id NOT IN ('{}', '{}')",
                one.id, other.id
            ))
            .await;
        tokio::join!(
            users.change_role(as_user(&one), other.id, "CUSTOMER"),
            users.change_role(as_user(&other), one.id, "CUSTOMER"),
        );
        assert_eq!(users.count("users WHERE role = 'ADMIN'").await, 1);
    }
}

#[tokio::test]
async fn command_line_promotes_by_address_in_any_case() {
    let users = Users::new().await;
    let (ada, _) = users.customer("ada@example.com").await;
    let mut connection = users.connection().await;
    let promoted = promote(&mut connection, &address("ADA@example.com"), Role::Admin).await;
    assert_eq!(promoted.unwrap().unwrap().role, Role::Admin);
    assert_eq!(users.find(ada.id).await.role, Role::Admin);
    assert_eq!(users.events().await.last().unwrap().0, "user/UserRoleChanged");

    let demoted = promote(&mut connection, &address("ada@example.com"), Role::Customer).await;
    assert_eq!(demoted.unwrap(), Err(RoleRefusal::LastAdministrator));
    let nobody = promote(&mut connection, &address("eve@example.com"), Role::Admin).await;
    assert_eq!(nobody.unwrap(), Err(RoleRefusal::UnknownUser));
}
