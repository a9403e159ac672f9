//! The tables, and what is done with them.

use serde_json::{Value, json};
use tests::api::{Answer, Api, Document};
use tests::failure::told;
use tests::stack::Service;
use tests::{Failure, Stage};
use uuid::Uuid;

use crate::end_to_end::tokens::Tokens;

/// The document of a mutation: its errors are all that is asked for.
macro_rules! mutation {
    ($name:literal, $input:literal) => {
        tests::api::Document::new(
            $name,
            &[concat!(
                "mutation ($input: ",
                $input,
                "!) { result: ",
                $name,
                "(input: $input) { errors { code message path } } }"
            )],
        )
    };
}
pub(super) use mutation;

/// How a request is turned down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is not: done, without errors.
    None,
    /// It is no valid request by the schema.
    NotValid,
    /// By a top-level error of this code.
    TopLevel(String),
    /// By errors in the payload, each a code and the path below the input.
    Errors(Vec<String>),
}

/// No valid request by the schema: the router or a subgraph says so, each with its code.
pub const NOT_VALID: Refusal = Refusal::NotValid;

/// One error, at this field.
pub fn error(code: &str, field: &str) -> Refusal {
    errors(&[(code, field)])
}

/// Some errors, in this order.
pub fn errors(errors: &[(&str, &str)]) -> Refusal {
    Refusal::Errors(
        errors
            .iter()
            .map(|(code, field)| format!("{code} at {field}"))
            .collect(),
    )
}

impl Refusal {
    fn of(answer: Answer<Value>) -> Self {
        match answer.code() {
            Some("BAD_USER_INPUT" | "GRAPHQL_VALIDATION_FAILED" | "VALIDATION_INVALID_TYPE_VARIABLE") => {
                Self::NotValid
            }
            Some(code) => Self::TopLevel(code.to_owned()),
            None => {
                let Some(result) = answer.result() else {
                    return Self::TopLevel("an answer without a result".to_owned());
                };
                let errors = result["errors"].as_array().cloned().unwrap_or_default();
                match errors.as_slice() {
                    [] => Self::None,
                    errors => Self::Errors(errors.iter().map(code_and_field).collect()),
                }
            }
        }
    }
}

fn code_and_field(error: &Value) -> String {
    let path = error["path"].as_array().cloned().unwrap_or_default();
    let path: Vec<&str> = path.iter().filter_map(Value::as_str).collect();
    // `input` stands before every field.
    let field = path.iter().skip(1).copied().collect::<Vec<_>>().join(".");
    format!("{} at {field}", error["code"].as_str().unwrap_or_default())
}

/// A change that makes a good input bad, and what it must be answered with.
pub struct Row {
    changes: Vec<(&'static str, Option<Value>)>,
    refusal: Refusal,
}

/// A field has another value.
pub fn with(field: &'static str, value: impl Into<Value>, refusal: Refusal) -> Row {
    Row {
        changes: vec![(field, Some(value.into()))],
        refusal,
    }
}

/// A field is missing.
pub fn without(field: &'static str, refusal: Refusal) -> Row {
    Row {
        changes: vec![(field, None)],
        refusal,
    }
}

impl Row {
    /// A further field has another value.
    pub fn and(mut self, field: &'static str, value: impl Into<Value>) -> Self {
        self.changes.push((field, Some(value.into())));
        self
    }

    fn input(&self, good: &Value) -> Value {
        let mut input = good.clone();
        for (field, value) in &self.changes {
            let (parent, name) = field.rsplit_once('.').unwrap_or(("", field));
            let parent: String = parent
                .split('.')
                .filter(|part| !part.is_empty())
                .map(|part| format!("/{part}"))
                .collect();
            let object = input.pointer_mut(&parent).and_then(Value::as_object_mut).unwrap();
            match value {
                Some(value) => object.insert(name.to_owned(), value.clone()),
                None => object.remove(name),
            };
        }
        input
    }
}

/// A mutation, a good input, and whom a bad one must not touch.
pub struct Table<'a> {
    pub stage: &'a Stage,
    pub mutation: Document,
    /// In whose name.
    pub api: &'a Api,
    pub good: Value,
    pub concerned: &'a [Uuid],
}

/// Who may use a mutation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// Everybody who is logged in.
    Users,
    /// Operators.
    Operators,
    /// Administrators.
    Administrators,
}

impl Table<'_> {
    /// Each row is refused as it says, and changes nothing.
    pub async fn refuses(&self, rows: &[Row]) -> Result<(), Failure> {
        let before = self.everything().await?;
        for row in rows {
            let input = row.input(&self.good);
            let what = self.what(&input);
            told(&what, self.sent(self.api, &input).await?, row.refusal.clone())?;
            told(
                format!("what is there after {what}"),
                &self.everything().await?,
                &before,
            )?;
        }
        Ok(())
    }

    /// Callers who may not do this are refused, and nothing changes, although the input is good.
    pub async fn is_for(&self, whom: For) -> Result<(), Failure> {
        let nobody = &self.stage.visitor.api;
        let customer = self.stage.customer("Vera").await?.0;
        let tokens = Tokens::of_environment();
        let unauthenticated = Refusal::TopLevel("UNAUTHENTICATED".to_owned());
        let forbidden = Refusal::TopLevel("FORBIDDEN".to_owned());
        let mut callers = vec![
            ("nobody", nobody.clone(), &unauthenticated),
            (
                "no bearer",
                nobody.with_authorization("Basic YTpi"),
                &unauthenticated,
            ),
            (
                "a bearer of nothing",
                nobody.with_authorization("Bearer"),
                &unauthenticated,
            ),
            ("a malformed token", nobody.with_token("a.b.c"), &unauthenticated),
            (
                "a token of yesterday",
                nobody.with_token(&tokens.expired_of(customer.user.id)),
                &unauthenticated,
            ),
            (
                "a forged token",
                nobody.with_token(&tokens.forged_of(customer.user.id)),
                &unauthenticated,
            ),
            (
                "a service",
                nobody.with_token(&tokens.good_of_service()),
                &forbidden,
            ),
        ];
        if whom != For::Users {
            callers.push(("a customer", customer.api, &forbidden));
        }
        if whom == For::Administrators {
            callers.push((
                "an operator",
                self.stage.operator("Walter").await?.0.api,
                &forbidden,
            ));
        }
        let before = self.everything().await?;
        for (who, api, refusal) in callers {
            let what = format!("{} by {who}", self.mutation.name());
            told(&what, self.sent(&api, &self.good).await?, refusal.clone())?;
            told(
                format!("what is there after {what}"),
                &self.everything().await?,
                &before,
            )?;
        }
        Ok(())
    }

    /// The good input is taken.
    pub async fn takes_the_good_one(&self) -> Result<(), Failure> {
        told(
            self.what(&self.good),
            self.sent(self.api, &self.good).await?,
            Refusal::None,
        )
        .map(drop)
    }

    async fn sent(&self, api: &Api, input: &Value) -> Result<Refusal, Failure> {
        let answer = api.attempt(&self.mutation, json!({ "input": input })).await?;
        Ok(Refusal::of(answer))
    }

    fn what(&self, input: &Value) -> String {
        // A text of ten thousand letters is told by its beginning.
        let input: String = input.to_string().chars().take(400).collect();
        format!("{} of {input}", self.mutation.name())
    }

    /// All that those concerned have, and all users of the scene: nobody registered.
    async fn everything(&self) -> Result<Value, Failure> {
        let databases = self.stage.databases().await?;
        let family = databases.rows(
            Service::Users,
            "users",
            "(email || name) ILIKE '%' || $1 || '%'",
            &self.stage.family,
        );
        let mut everything = vec![("family", family.await?)];
        for user in self.concerned {
            everything.extend(databases.belongings(*user).await?);
        }
        Ok(everything
            .into_iter()
            .map(|(table, rows)| json!([table, rows]))
            .collect())
    }
}
