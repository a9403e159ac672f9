//! Spans of time as people write and read them.

use std::time::Duration;

use chrono::{DateTime, Utc};

const UNITS: [(&str, u64); 4] = [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)];

/// Reads `90s`, `15m`, `2h`, `3d`; a number alone is seconds.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is no span of time: write 90s, 15m, 2h or 3d");
    let (number, seconds) = UNITS
        .into_iter()
        .find_map(|(unit, seconds)| Some((text.strip_suffix(unit)?, seconds)))
        .unwrap_or((text, 1));
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = number.checked_mul(seconds).ok_or_else(wrong)?;
    Ok(Duration::from_secs(seconds))
}

/// How long ago something was, in its largest unit: `12m`.
pub(crate) fn since(time: DateTime<Utc>) -> String {
    let seconds = u64::try_from((Utc::now() - time).num_seconds()).unwrap_or_default();
    let (unit, length) = UNITS
        .into_iter()
        .find(|(_, length)| seconds >= *length)
        .unwrap_or(("s", 1));
    format!("{}{unit}", seconds / length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_units() {
        let read = |text| parse(text).ok().map(|span| span.as_secs());
        assert_eq!(read("90"), Some(90));
        assert_eq!(read("90s"), Some(90));
        assert_eq!(read("15m"), Some(900));
        assert_eq!(read("2h"), Some(7_200));
        assert_eq!(read("3d"), Some(259_200));
        for nonsense in [
            "",
            "h",
            "-1s",
            "1w",
            "1.5h",
            "99999999999999999999d",
            "999999999999999999d",
        ] {
            assert_eq!(read(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn ages_are_told_in_their_largest_unit() {
        let ago = |seconds| since(Utc::now() - chrono::TimeDelta::seconds(seconds));
        assert_eq!(ago(-5), "0s");
        assert_eq!(ago(59), "59s");
        assert_eq!(ago(3_700), "1h");
        assert_eq!(ago(200_000), "2d");
    }
}
