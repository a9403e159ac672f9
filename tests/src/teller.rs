//! Tells a scene to whoever watches: steps with a title, and below it lines with a label. Silent in tests.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use crate::model::{Account, Mail, Order};

/// Where the text of a line begins.
const INDENT: usize = 3;
const LABEL: usize = 11;

/// Tells what happens, or keeps silent.
#[derive(Clone, Copy, Debug)]
pub enum Teller {
    /// Says nothing.
    Silent,
    /// Writes to the standard output, with or without the terminal's styles.
    Aloud {
        /// Whether to use them.
        styled: bool,
    },
}

impl Teller {
    /// Writes to the standard output, in styles where that is a terminal.
    #[must_use]
    pub fn aloud() -> Self {
        Self::Aloud {
            styled: io::stdout().is_terminal(),
        }
    }

    /// The title of a step.
    pub fn title(self, number: u8, title: &str) {
        self.heading(&format!("{number}. {title}"));
    }

    /// A title without a number.
    pub fn heading(self, title: &str) {
        self.write(&format!("\n{}", self.style("1", title)));
    }

    /// A line with a label.
    pub fn line(self, label: &str, text: impl Display) {
        let padded = format!("{label:LABEL$}");
        let label = match label {
            "asked" | "answered" => padded,
            _ => self.style("2", &padded),
        };
        self.write(&format!("{:INDENT$}{label} {text}", ""));
    }

    /// What was asked of the API.
    pub fn asked(self, text: impl Display) {
        self.line("asked", text);
    }

    /// What the API answered.
    pub fn answered(self, text: impl Display) {
        self.line("answered", text);
    }

    /// What is there before the step begins.
    pub fn set_up(self, text: impl Display) {
        self.line("set up", text);
    }

    /// What is done to a process of the stack.
    pub fn process(self, text: impl Display) {
        self.line("process", text);
    }

    /// What is on somebody's account.
    pub fn account(self, of: &str, account: &Account) {
        self.line("balance", format!("{of}: {}", account.balance));
    }

    /// All movements of an account.
    pub fn ledger(self, of: &str, account: &Account) {
        self.line(
            "ledger",
            format!("{of}, newest first: {}", account.movements().join(", ")),
        );
    }

    /// How many seats are left.
    pub fn seats(self, which: &str, left: i32, capacity: i32) {
        self.line("seats", format!("{which}: {left} of {capacity} left"));
    }

    /// A mail that came.
    pub fn mail(self, mail: &Mail) {
        let Mail {
            kind,
            recipient,
            subject,
            ..
        } = mail;
        self.line("mail", format!("{kind} to {recipient}: \"{subject}\""));
    }

    /// What became of an order, in the words of its timeline.
    pub fn timeline(self, order: &Order) {
        for (position, event) in order.timeline.iter().enumerate() {
            let label = if position == 0 { "timeline" } else { "" };
            let words = event.message.as_deref().unwrap_or(&event.kind);
            self.line(label, format!("{}  {words}", event.at.format("%H:%M:%S%.3f")));
        }
    }

    /// A text of its own.
    pub fn text(self, text: impl Display) {
        self.write(&text.to_string());
    }

    fn style(self, code: &str, text: &str) -> String {
        match self {
            Self::Aloud { styled: true } => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            _ => text.to_owned(),
        }
    }

    fn write(self, text: &str) {
        if let Self::Aloud { .. } = self {
            // Whoever stopped reading does not want to hear the rest.
            let _nobody_reads = writeln!(io::stdout(), "{text}");
        }
    }
}
