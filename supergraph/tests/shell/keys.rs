//! `excursions keygen`.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use uuid::Uuid;

use crate::support::Shell;

#[tokio::test]
async fn key_is_written_once_and_for_its_owner_alone() {
    let folder = std::env::temp_dir().join(Uuid::now_v7().to_string());
    fs::create_dir(&folder).unwrap();
    let [users, orders] = ["users.pem", "orders.pem"].map(|name| folder.join(name));
    let paths = [users.to_str().unwrap(), orders.to_str().unwrap()];
    let shell = Shell::default();

    shell.prints(&["keygen", paths[0]]).await;
    let key = fs::read_to_string(&users).unwrap();
    assert!(key.starts_with("-----BEGIN PRIVATE KEY-----"), "{key}");
    assert_eq!(fs::metadata(&users).unwrap().permissions().mode() & 0o777, 0o600);

    let told = shell.prints(&["keygen", paths[0], paths[1]]).await;
    assert_eq!(told, format!("{}: there\n{}: made\n", paths[0], paths[1]));
    assert_eq!(fs::read_to_string(&users).unwrap(), key);
    assert_ne!(fs::read_to_string(&orders).unwrap(), key);

    let nowhere = shell.run(&["keygen", "/nowhere/users.pem"]).await;
    assert!(
        !nowhere.succeeded && nowhere.err.contains("/nowhere/users.pem cannot be written"),
        "{nowhere:?}"
    );
    fs::remove_dir_all(&folder).unwrap();
}
