//! Medians, ratios, and the table that they go to.

use std::time::Duration;

/// The middle one, or what lies between the middle two.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let (Some(upper), Some(lower)) = (
        values.get(values.len() / 2),
        values.get(values.len().saturating_sub(1) / 2),
    ) else {
        return f64::NAN;
    };
    f64::midpoint(*upper, *lower)
}

/// A table in Markdown.
#[derive(Default)]
pub struct Table(Vec<Vec<String>>);

impl Table {
    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.0.push(cells.into());
    }

    /// As Markdown, columns aligned; the first row is the head.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let columns = self.0.iter().map(Vec::len).max().unwrap_or_default();
        let widths: Vec<usize> = (0..columns)
            .map(|column| {
                let cells = self.0.iter().filter_map(|row| row.get(column));
                cells.map(|cell| cell.chars().count()).max().unwrap_or_default()
            })
            .collect();
        let mut text = String::new();
        for (index, row) in self.0.iter().enumerate() {
            let cells = row
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!(" {cell:<width$} |"));
            text += &format!("|{}\n", cells.collect::<String>());
            if index == 0 {
                let rules = widths.iter().map(|width| format!("{}|", "-".repeat(width + 2)));
                text += &format!("|{}\n", rules.collect::<String>());
            }
        }
        text
    }
}

/// A rate, with separators.
#[must_use]
pub fn rate(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time in milliseconds.
#[must_use]
pub fn milliseconds(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_is_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![1.0, 4.0, 2.0, 3.0]), 2.5);
    }

    #[test]
    fn rates_have_separators() {
        assert_eq!(rate(1_234_567.4), "1,234,567");
        assert_eq!(rate(42.0), "42");
        assert_eq!(rate(123.0), "123");
    }
}
