//! Names that nobody has.

use rand::seq::IndexedRandom;

const CONSONANTS: &[u8] = b"bdfgklmnprstvz";
const VOWELS: &[u8] = b"aeiou";
/// 70 to the sixth power: more than 10^11 names.
const SYLLABLES: usize = 6;

/// A name that can be pronounced, and that no other scene has.
pub fn unheard_of() -> String {
    let mut random = rand::rng();
    let mut name: String = (0..SYLLABLES)
        .flat_map(|_| [CONSONANTS.choose(&mut random), VOWELS.choose(&mut random)])
        .flatten()
        .map(|letter| char::from(*letter))
        .collect();
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    name
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_differ() {
        let names: HashSet<String> = (0..1_000).map(|_| unheard_of()).collect();
        assert_eq!(names.len(), 1_000);
        assert!(names.iter().all(|name| name.len() == 2 * SYLLABLES));
    }
}
