//! Documents, put together from an operation and the fragments that it spreads.

/// An operation, and its fragments.
#[derive(Clone, Copy, Debug)]
pub struct Document {
    name: &'static str,
    parts: &'static [&'static str],
}

impl Document {
    /// An operation, called by its name where something goes wrong with it; then its fragments.
    #[must_use]
    pub const fn new(name: &'static str, parts: &'static [&'static str]) -> Self {
        Self { name, parts }
    }

    /// What it is called.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> String {
        self.parts.join("\n")
    }
}
