//! Measures a document as it is with its fragments written out, without writing them out: each fragment is measured once.

use std::collections::HashMap;
use std::convert::Infallible;
use std::ops::AddAssign;

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Value, Variables};

/// Fields whose lists of types lead on to other lists of types.
const INTROSPECTION_LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];
const INTROSPECTION_ROOTS: [&str; 2] = ["__schema", "__type"];
const SDL: &str = "_service";
/// More than any limit.
const ENDLESS: usize = usize::MAX / 2;

/// What a selection, or a whole document, amounts to. Sums never overflow: they end at the largest number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Measures {
    /// Fields, spreads and inline fragments.
    pub(super) selections: usize,
    /// Levels of fields; introspection has its own.
    pub(super) depth: usize,
    pub(super) aliases: usize,
    pub(super) directives: usize,
    /// Whether the schema is asked for.
    pub(super) introspects: bool,
    pub(super) introspection_depth: usize,
    /// Levels of lists of types within each other.
    pub(super) introspection_lists: usize,
    /// How many entities are asked for.
    pub(super) entities: usize,
}

impl AddAssign for Measures {
    fn add_assign(&mut self, other: Self) {
        self.selections = self.selections.saturating_add(other.selections);
        self.depth = self.depth.max(other.depth);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.introspects = self.introspects || other.introspects;
        self.introspection_depth = self.introspection_depth.max(other.introspection_depth);
        self.introspection_lists = self.introspection_lists.max(other.introspection_lists);
        self.entities = self.entities.saturating_add(other.entities);
    }
}

/// All operations of a document together.
pub(super) fn measure(document: &ExecutableDocument, variables: &Variables) -> Measures {
    let mut ruler = Ruler {
        document,
        variables,
        fragments: HashMap::new(),
    };
    let mut all = Measures::default();
    for (_, operation) in document.operations.iter() {
        all.directives = all.directives.saturating_add(operation.node.directives.len());
        all += ruler.set(&operation.node.selection_set.node);
    }
    all
}

struct Ruler<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    /// What each fragment amounts to; nothing while it is being measured.
    fragments: HashMap<&'a str, Option<Measures>>,
}

impl<'a> Ruler<'a> {
    /// The document's nesting bounds the recursion: the parser refuses what is nested deeper than 64 levels, and no
    /// fragment is entered twice.
    fn set(&mut self, set: &'a SelectionSet) -> Measures {
        let mut all = Measures::default();
        for item in &set.items {
            all.selections = all.selections.saturating_add(1);
            all.directives = all.directives.saturating_add(item.node.directives().len());
            all += match &item.node {
                Selection::Field(field) => self.field(&field.node),
                Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set.node),
                Selection::FragmentSpread(spread) => self.fragment(&spread.node.fragment_name.node),
            };
        }
        all
    }

    fn field(&mut self, field: &'a Field) -> Measures {
        let name = field.name.node.as_str();
        let mut measures = self.set(&field.selection_set.node);
        measures.aliases = measures.aliases.saturating_add(field.alias.is_some().into());
        measures.depth = measures.depth.saturating_add(1);
        if INTROSPECTION_LISTS.contains(&name) {
            measures.introspection_lists = measures.introspection_lists.saturating_add(1);
        }
        if INTROSPECTION_ROOTS.contains(&name) {
            measures.introspects = true;
            measures.introspection_depth = measures.depth;
            measures.depth = 1;
        }
        if name == SDL {
            measures.introspects = true;
        }
        if name == "_entities" {
            measures.entities = measures.entities.saturating_add(self.representations(field));
        }
        measures
    }

    fn fragment(&mut self, name: &'a str) -> Measures {
        match self.fragments.get(name) {
            Some(Some(known)) => return *known,
            // A cycle has no end.
            Some(None) => {
                return Measures {
                    depth: ENDLESS,
                    ..Measures::default()
                };
            }
            None => {}
        }
        let Some(fragment) = self.document.fragments.get(name) else {
            // For validation to refuse.
            return Measures::default();
        };
        self.fragments.insert(name, None);
        let mut measures = self.set(&fragment.node.selection_set.node);
        measures.directives = measures.directives.saturating_add(fragment.node.directives.len());
        self.fragments.insert(name, Some(measures));
        measures
    }

    fn representations(&self, field: &Field) -> usize {
        let Some(argument) = field.get_argument("representations") else {
            return 1;
        };
        let known = argument.node.clone().into_const_with(|name| {
            let length = match self.variables.get(&name) {
                Some(Value::List(list)) => list.len(),
                _ => 1,
            };
            Ok::<_, Infallible>(Value::from(length))
        });
        match known {
            Ok(Value::List(list)) => list.len(),
            Ok(Value::Number(length)) => length.as_u64().map_or(ENDLESS, |length| length as usize),
            _ => 1,
        }
    }
}
