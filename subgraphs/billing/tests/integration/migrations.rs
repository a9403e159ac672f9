use service::database::{migrate, revert};

use super::harness::Billing;

#[tokio::test]
async fn migrations_go_down_and_up_again() {
    let billing = Billing::start().await;
    billing.customer_with("5").await;
    revert(&billing.database.url, billing::migrations())
        .await
        .unwrap();
    assert!(billing.sql("SELECT FROM accounts").await.is_err());
    migrate(&billing.database.url, billing::migrations())
        .await
        .unwrap();
    let owner = billing.customer_with("7").await;
    assert_eq!(billing.balance(owner).await, "7.00");
}
