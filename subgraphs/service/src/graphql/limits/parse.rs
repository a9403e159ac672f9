//! Parses a document that is not too large to be parsed.
//!
//! Invariant: nothing parses a client's document but this. The parser recurses for every bracket, whatever it makes of it
//! afterwards, so that some kilobytes of them would exhaust the stack and end the process.

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{Request, ServerResult};

use super::LimitExceeded;

/// GraphiQL's introspection query has 2 kB.
pub(super) const MAX_BYTES: usize = 16 * 1024;
/// Brackets within brackets, of any kind. Selections, arguments and input objects within the other limits need half of it.
const MAX_BRACKETS: usize = 64;

/// The document of a request; it stays with the request, and is not parsed again.
///
/// # Errors
/// Where it is too large, or no GraphQL.
pub fn parsed(request: &mut Request) -> ServerResult<&ExecutableDocument> {
    if request.query.len() > MAX_BYTES {
        return Err(LimitExceeded::Bytes.into());
    }
    if brackets(&request.query) > MAX_BRACKETS {
        return Err(LimitExceeded::Depth.into());
    }
    request.parsed_query()
}

/// How deep brackets are nested. What is in strings and comments does not count.
fn brackets(text: &str) -> usize {
    let mut rest = text.as_bytes();
    let (mut depth, mut deepest) = (0_usize, 0);
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'(' | b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'#' => rest = after(rest, b"\n"),
            b'"' => {
                rest = match rest.strip_prefix(b"\"\"") {
                    Some(block) => after(block, b"\"\"\""),
                    None => after(rest, b"\""),
                }
            }
            _ => {}
        }
    }
    deepest
}

/// What follows an end that has no backslash before it.
fn after<'a>(text: &'a [u8], end: &[u8]) -> &'a [u8] {
    let mut at = 0;
    while at < text.len() {
        if text[at] == b'\\' && end != b"\n" {
            at += 2;
        } else if text[at..].starts_with(end) {
            return &text[at + end.len()..];
        } else {
            at += 1;
        }
    }
    &[]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_are_counted_outside_of_strings_and_comments() {
        assert_eq!(brackets("{ a(b: [{c: 1}]) { d } }"), 4);
        assert_eq!(brackets(r#"{ a(b: "[[[\"[[[") }"#), 2);
        assert_eq!(brackets("{ a(b: \"\"\"[[[\" [[[ \\\"\"\" [[\"\"\") { c } }"), 2);
        assert_eq!(brackets("# [[[[ \\\n{ a }"), 1);
        assert_eq!(brackets("]]] { a }"), 1);
        assert_eq!(brackets("{ a(b: \"[["), 2);
    }
}
