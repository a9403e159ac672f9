//! A service on a database of its own, asked as the endpoint asks it.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use async_graphql::{Request, Variables};
use chrono::Utc;
use diesel::sql_types::{Jsonb, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use service::ServiceName;
use service::auth::{Caller, Principal, Role, new_signing_key};
use service::config::Environment;
use service::database::Connection;
use service::events::OutboxHint;
use service::graphql::{GraphqlSchema, Limits, mask};
use service::id::UserId;
use service::testing::TestDatabase;
use users::application::App;
use users::config::UsersSettings;
use users::email::EmailAddress;
use users::graphql::UsersSchema;
use users::model::{self, User};

pub const PASSWORD: &str = "correct horse battery";

const REGISTER: &str = "mutation ($input: RegisterInput!) { register(input: $input) {
    session { accessToken accessTokenExpiresAt refreshToken user { id email name role createdAt } }
    errors { code message path }
} }";
const LOG_IN: &str = "mutation ($input: LogInInput!) { logIn(input: $input) {
    session { accessToken refreshToken user { id email role } }
    errors { code message path }
} }";
const REFRESH: &str = "mutation ($input: RefreshSessionInput!) { refreshSession(input: $input) {
    session { accessToken refreshToken user { id email role } }
    errors { code message path }
} }";
const LOG_OUT: &str =
    "mutation ($input: LogOutInput!) { logOut(input: $input) { errors { code message path } } }";
const CHANGE_ROLE: &str = "mutation ($input: ChangeRoleInput!) { changeRole(input: $input) {
    user { id email role }
    errors { code message path }
} }";

pub struct Users {
    pub app: Arc<App>,
    pub settings: UsersSettings,
    pub schema: UsersSchema,
    // Dropped last: the connections go first.
    pub database: TestDatabase,
}

impl Users {
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// Quick hashing, unless the settings say otherwise.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        let database = TestDatabase::new(ServiceName::Users, users::migrations).await;
        let key_file = key_file().to_str().unwrap();
        let quick = [
            ("USERS_SIGNING_KEY_FILE", key_file),
            ("PASSWORD_HASH_MEMORY_KIB", "64"),
            ("PASSWORD_HASH_PASSES", "1"),
        ];
        let all = quick.into_iter().chain(settings.iter().copied());
        let settings = UsersSettings::read(&Environment::from_pairs(all)).unwrap();
        let app = App::new(database.pool.clone(), OutboxHint::default(), &settings).unwrap();
        let app = Arc::new(app);
        let schema = users::graphql::schema(Arc::clone(&app), Limits::default());
        Self {
            app,
            settings,
            schema,
            database,
        }
    }

    /// A response as the endpoint gives it.
    pub async fn ask(&self, caller: Caller, document: &str, variables: Value) -> Value {
        let request = Request::new(document)
            .variables(Variables::from_json(variables))
            .data(caller);
        let mut response = self.schema.run(request).await;
        response.errors = response.errors.into_iter().map(mask).collect();
        serde_json::to_value(response).unwrap()
    }

    async fn mutate(&self, caller: Caller, document: &str, field: &str, input: Value) -> Value {
        let response = self.ask(caller, document, json!({ "input": input })).await;
        assert_eq!(response["errors"], Value::Null, "{response}");
        response["data"][field].clone()
    }

    pub async fn register(&self, input: Value) -> Value {
        self.mutate(Caller::Nobody, REGISTER, "register", input).await
    }

    pub async fn log_in(&self, email: &str, password: &str) -> Value {
        let input = json!({ "email": email, "password": password });
        self.mutate(Caller::Nobody, LOG_IN, "logIn", input).await
    }

    pub async fn refresh(&self, token: &str) -> Value {
        let input = json!({ "refreshToken": token });
        self.mutate(Caller::Nobody, REFRESH, "refreshSession", input)
            .await
    }

    pub async fn log_out(&self, token: &str) -> Value {
        let input = json!({ "refreshToken": token });
        self.mutate(Caller::Nobody, LOG_OUT, "logOut", input).await
    }

    pub async fn change_role(&self, caller: Caller, user: impl ToString, role: &str) -> Value {
        let input = json!({ "userId": user.to_string(), "role": role });
        let response = self.ask(caller, CHANGE_ROLE, json!({ "input": input })).await;
        match response["data"]["changeRole"].clone() {
            Value::Null => response["errors"].clone(),
            payload => payload,
        }
    }

    /// Somebody who registered, and the session that came of it.
    pub async fn customer(&self, email: &str) -> (User, Value) {
        let payload = self
            .register(json!({ "email": email, "password": PASSWORD, "name": "Ada" }))
            .await;
        assert_eq!(payload["errors"], json!([]));
        let user = User::find_by_email(&mut *self.connection().await, &address(email)).await;
        (user.unwrap().unwrap(), payload["session"].clone())
    }

    /// Somebody with a role.
    pub async fn member(&self, email: &str, role: Role) -> User {
        self.customer(email).await;
        let promoted = model::promote(&mut *self.connection().await, &address(email), role).await;
        promoted.unwrap().unwrap()
    }

    pub async fn find(&self, id: UserId) -> User {
        User::find(&mut *self.connection().await, id)
            .await
            .unwrap()
            .unwrap()
    }

    pub async fn connection(&self) -> Connection {
        self.app.pool.get().await.unwrap()
    }

    pub async fn sql(&self, statement: &str) {
        self.connection().await.batch_execute(statement).await.unwrap();
    }

    /// All that the database holds, to see that nothing changed.
    pub async fn everything(&self) -> Value {
        self.json(
            "SELECT jsonb_build_object(
                'users', (SELECT jsonb_agg(u ORDER BY u.id) FROM users u),
                'sessions', (SELECT jsonb_agg(s ORDER BY s.id) FROM sessions s),
                'tokens', (SELECT jsonb_agg(t ORDER BY t.hash) FROM refresh_tokens t),
                'outbox', (SELECT jsonb_agg(o ORDER BY o.position) FROM outbox o)) AS value",
        )
        .await
    }

    /// How many rows a table has.
    pub async fn count(&self, table: &str) -> i64 {
        let value = self
            .json(&format!("SELECT to_jsonb(count(*)) AS value FROM {table}"))
            .await;
        value.as_i64().unwrap()
    }

    /// Events written so far: type, key and payload.
    pub async fn events(&self) -> Vec<(String, String, Value)> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            event: String,
            #[diesel(sql_type = Text)]
            key: String,
            #[diesel(sql_type = Jsonb)]
            payload: Value,
        }
        let statement = "SELECT aggregatetype || '/' || type AS event, aggregateid AS key, payload::jsonb
            FROM outbox ORDER BY position";
        let rows: Vec<Row> = sql_query(statement)
            .load(&mut *self.connection().await)
            .await
            .unwrap();
        rows.into_iter()
            .map(|row| (row.event, row.key, row.payload))
            .collect()
    }

    async fn json(&self, statement: &str) -> Value {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Jsonb)]
            value: Value,
        }
        let row: Row = sql_query(statement)
            .get_result(&mut *self.connection().await)
            .await
            .unwrap();
        row.value
    }
}

pub fn address(email: &str) -> EmailAddress {
    email.parse().unwrap()
}

/// A caller with the token of a user.
pub fn as_user(user: &User) -> Caller {
    Caller::User(Principal {
        id: user.id,
        role: user.role,
        expires_at: Utc::now().timestamp() + 60,
    })
}

/// Code and path of each error in a payload.
pub fn refusals(payload: &Value) -> Vec<(&str, String)> {
    let errors = payload["errors"].as_array().unwrap();
    errors
        .iter()
        .map(|error| {
            assert!(!error["message"].as_str().unwrap().is_empty());
            let path = error["path"].as_array().unwrap();
            let path: Vec<_> = path.iter().map(|part| part.as_str().unwrap()).collect();
            (error["code"].as_str().unwrap(), path.join("."))
        })
        .collect()
}

/// The codes of top-level errors.
pub fn codes(errors: &Value) -> Vec<&str> {
    let errors = errors.as_array().unwrap();
    errors
        .iter()
        .map(|error| error["extensions"]["code"].as_str().unwrap())
        .collect()
}

/// One key for all tests of this binary.
pub fn key_file() -> &'static PathBuf {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| {
        let name = format!("users-{}.pem", std::process::id());
        let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::write(&file, new_signing_key().unwrap().expose_secret()).unwrap();
        file
    })
}
