use async_graphql::{Context, EmptyMutation, EmptySubscription, ID, Object, Schema, Variables};

use super::*;

/// What GraphiQL asks for, with all its options.
const INTROSPECTION: &str = include_str!("introspection.graphql");

struct Query;

struct Thing;

#[Object]
impl Thing {
    async fn id(&self) -> ID {
        "1".into()
    }

    async fn parent(&self) -> Option<Self> {
        None
    }

    #[graphql(complexity = "cost_of_page(first, last, child_complexity)")]
    async fn things(&self, first: Option<i32>, last: Option<i32>) -> Vec<Self> {
        let _pages_are_empty = (first, last);
        Vec::new()
    }
}

#[Object]
impl Query {
    async fn thing(&self, _context: &Context<'_>) -> Thing {
        Thing
    }

    #[graphql(entity)]
    async fn find_thing_by_id(&self, id: ID) -> Option<Thing> {
        (id.as_str() == "1").then_some(Thing)
    }
}

async fn run(request: impl Into<Request>, limits: Limits) -> Result<(), String> {
    let schema = Schema::build(Query, EmptyMutation, EmptySubscription)
        .enable_federation()
        .extension(limits)
        .finish();
    let response = schema.execute(request).await;
    match response.errors.first() {
        None => Ok(()),
        Some(error) => Err(error
            .extensions
            .as_ref()
            .and_then(|extensions| extensions.get("code"))
            .map_or_else(|| error.message.clone(), ToString::to_string)),
    }
}

async fn refused(query: &str) -> String {
    run(query, Limits::default())
        .await
        .expect_err("it must be refused")
}

#[tokio::test]
async fn introspection_as_editors_do_it_passes() {
    assert_eq!(run(INTROSPECTION, Limits::default()).await, Ok(()));
}

#[tokio::test]
async fn introspection_can_be_switched_off_and_takes_the_sdl_with_it() {
    let off = Limits { introspection: false };
    let disabled = Err("\"INTROSPECTION_DISABLED\"".to_owned());
    assert_eq!(run(INTROSPECTION, off).await, disabled);
    assert_eq!(run("{ __type(name: \"Thing\") { name } }", off).await, disabled);
    assert_eq!(
        run("{ ...F } fragment F on Query { _service { sdl } }", off).await,
        disabled
    );
    assert_eq!(run("{ thing { __typename id } }", off).await, Ok(()));
}

#[tokio::test]
async fn introspection_in_circles_is_refused() {
    let circle = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }";
    assert_eq!(refused(circle).await, "\"MAX_INTROSPECTION_DEPTH_EXCEEDED\"");
    let chain = format!(
        "{{ __type(name: \"A\") {} name {} }}",
        "{ ofType ".repeat(25),
        "}".repeat(25)
    );
    assert_eq!(refused(&chain).await, "\"MAX_INTROSPECTION_DEPTH_EXCEEDED\"");
}

#[tokio::test]
async fn deep_nesting_is_refused_also_behind_fragments() {
    let nested = |levels: usize| {
        format!(
            "{{ thing {} {{ id }} {} }}",
            "{ parent ".repeat(levels),
            "}".repeat(levels)
        )
    };
    assert_eq!(run(nested(MAX_DEPTH - 2), Limits::default()).await, Ok(()));
    assert_eq!(refused(&nested(MAX_DEPTH - 1)).await, "\"MAX_DEPTH_EXCEEDED\"");
    let fragments: String = (0..MAX_DEPTH)
        .map(|n| format!("fragment F{n} on Thing {{ parent {{ ...F{} }} }} ", n + 1))
        .collect();
    let chain = format!("{{ thing {{ ...F0 }} }} {fragments} fragment F{MAX_DEPTH} on Thing {{ id }}");
    assert_eq!(refused(&chain).await, "\"MAX_DEPTH_EXCEEDED\"");
    let cycle = "{ thing { ...A } } fragment A on Thing { ...B } fragment B on Thing { ...A }";
    assert_eq!(refused(cycle).await, "\"MAX_DEPTH_EXCEEDED\"");
}

#[tokio::test]
async fn fragments_that_multiply_are_refused_without_being_written_out() {
    let bomb = |leaf: &str| {
        let fragments: String = (0..60)
            .map(|n| {
                format!(
                    "fragment F{n} on Thing {{ ...F{next} ...F{next} }} ",
                    next = n + 1
                )
            })
            .collect();
        format!("{{ thing {{ ...F0 }} }} {fragments} fragment F60 on Thing {{ {leaf} }}")
    };
    assert_eq!(refused(&bomb("id")).await, "\"MAX_FIELDS_EXCEEDED\"");
    assert_eq!(refused(&bomb("...Unknown")).await, "\"MAX_FIELDS_EXCEEDED\"");
}

#[tokio::test]
async fn aliases_and_directives_are_counted_over_the_whole_document() {
    let aliases = |count: usize| {
        let fields: String = (0..count).map(|n| format!("a{n}: thing {{ id }} ")).collect();
        format!("{{ {fields} }}")
    };
    assert_eq!(run(aliases(MAX_ALIASES), Limits::default()).await, Ok(()));
    assert_eq!(
        refused(&aliases(MAX_ALIASES + 1)).await,
        "\"MAX_ALIASES_EXCEEDED\""
    );
    let directives = "thing @include(if: true) { id } ".repeat(MAX_DIRECTIVES + 1);
    assert_eq!(
        refused(&format!("{{ {directives} }}")).await,
        "\"MAX_DIRECTIVES_EXCEEDED\""
    );
    let on_one = "@a ".repeat(MAX_DIRECTIVES + 1);
    assert_eq!(
        refused(&format!("{{ thing {on_one} {{ id }} }}")).await,
        "\"MAX_DIRECTIVES_EXCEEDED\""
    );
}

#[tokio::test]
async fn long_documents_are_refused_unread() {
    let long = format!("{{ thing {{ id }} }} # {}", "x".repeat(MAX_BYTES));
    assert_eq!(refused(&long).await, "\"MAX_TOKENS_EXCEEDED\"");
}

#[tokio::test]
async fn pages_within_pages_multiply() {
    let pages =
        |size: i32| format!("{{ thing {{ things(first: {size}) {{ things(last: {size}) {{ id }} }} }} }}");
    assert_eq!(run(pages(100), Limits::default()).await, Ok(()));
    let third = "{ thing { things(first: 40) { things(first: 40) { things(first: 40) { id } } } } }";
    assert_eq!(refused(third).await, "\"MAX_COST_EXCEEDED\"");
}

#[tokio::test]
async fn page_as_large_as_it_likes_costs_no_more_than_the_largest() {
    let query = "{ thing { things(first: 2000000000) { id } } }";
    assert_eq!(run(query, Limits::default()).await, Ok(()));
}

#[tokio::test]
async fn entities_multiply_wherever_they_are_asked_for() {
    let fetch = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Thing { things(first: 100) { id } } } }";
    let hidden = "query ($r: [_Any!]!) { ...F }
        fragment F on Query { _entities(representations: $r) { ... on Thing { things(first: 100) { id } } } }";
    let of = |query: &str, count: usize| {
        let representation = serde_json::json!({ "__typename": "Thing", "id": "1" });
        let variables = serde_json::json!({ "r": vec![representation; count] });
        Request::new(query).variables(Variables::from_json(variables))
    };
    assert_eq!(run(of(fetch, 100), Limits::default()).await, Ok(()));
    for query in [fetch, hidden] {
        let code = run(of(query, 1_000), Limits::default()).await;
        assert_eq!(code, Err("\"MAX_COST_EXCEEDED\"".to_owned()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deep_nesting_of_any_bracket_does_no_harm() {
    for (open, close) in [
        ("{ a ", "}"),
        ("(a: [", "])"),
        ("[", "]"),
        ("{ a: ", "}"),
        ("(", ")"),
    ] {
        let levels = MAX_BYTES / (open.len() + close.len()) - 10;
        for query in [
            format!("{{ thing {}{} }}", open.repeat(levels), close.repeat(levels)),
            format!("{{ thing(a: {}1{}) }}", open.repeat(levels), close.repeat(levels)),
            format!(
                "query ($a: {}Int{}) {{ thing }}",
                open.repeat(levels),
                close.repeat(levels)
            ),
        ] {
            let refused = tokio::spawn(async move { run(query, Limits::default()).await.is_err() });
            assert!(refused.await.unwrap());
        }
    }
}

#[tokio::test]
async fn page_size_may_be_a_variable_that_is_not_given() {
    let query = "query ($first: Int, $last: Int) { thing { ...F } }
        fragment F on Thing { things(first: $first) { id } other: things(last: $last) { id } }";
    assert_eq!(run(query, Limits::default()).await, Ok(()));
}
