//! What comes back.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

/// An answer to a document.
#[derive(Debug, Deserialize)]
pub struct Answer<T> {
    data: Option<Data<T>>,
    /// What went wrong, apart from what a mutation's payload says.
    #[serde(default = "Vec::new")]
    pub errors: Vec<TopLevelError>,
}

#[derive(Debug, Deserialize)]
#[serde(bound(deserialize = "T: Deserialize<'de>"))]
struct Data<T> {
    #[serde(default = "Option::default")]
    result: Option<T>,
}

impl<T> Answer<T> {
    /// What was asked for, where it came.
    pub fn result(self) -> Option<T> {
        self.data?.result
    }

    /// The code of the first top-level error, or nothing where there is none.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.errors.first().map(TopLevelError::code)
    }
}

/// A top-level error.
#[derive(Clone, Debug, Deserialize)]
pub struct TopLevelError {
    /// For people.
    pub message: String,
    /// The field that failed.
    #[serde(default)]
    pub path: Vec<Value>,
    #[serde(default)]
    extensions: Value,
}

impl TopLevelError {
    /// For programs.
    #[must_use]
    pub fn code(&self) -> &str {
        self.extensions["code"].as_str().unwrap_or("no code")
    }
}

impl fmt::Display for TopLevelError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code(), self.message)
    }
}
