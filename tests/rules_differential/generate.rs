//! Rules and facts at random, with everything that json-rules-engine can do in them. The same ones on every run.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

/// Paths of every sort that wfgen takes.
pub(crate) const PATHS: &[&str] = &[
    "$",
    "$.a",
    "$.b.a",
    "$.list",
    "$.list[0]",
    "$.list[1].n",
    "$.list.length",
    "$.length",
    "$[0]",
    "$[1]",
    "$.s[0]",
    "$.s.length",
    "$['a']",
    "$[\"b\"]",
    "$['x.y']",
    "$['`*']",
    "$['`@t']",
    "a",
    "b.a",
    "$.list[*]",
    "$.list[*].n",
    "$.*",
    "$[*]",
    "$[*].a",
    "$.b.*",
    "$..n",
    "$..a",
    "$..*",
    "$..[0]",
    "$..length",
    "$.list[0:2]",
    "$.list[-1:]",
    "$[:2].n",
    "$[::2]",
    "$[1:]",
    "$[0:0]",
    "$[-2:-1]",
    "$.list[0,1]",
    "$[a,b]",
    "$[0,2]",
    "$.list[0,0].n",
    "$.b[a,*]",
    "$.*~",
    "$.a~",
    "$[*]~",
    "$.list[*]~",
    "$.b.*.a",
    "$.b..a",
    "$.b.b.*",
    "$.list[(@.length-1)]",
    "$[(@.length - 1)].n",
    "$.list[?(@.n > 1)]",
    "$.list[?(@.n >= 1 && @.s != 'a')].s",
    "$[?(@.n)]",
    "$.list[?(@.s == 'a' || @.n === 2)].n",
    "$[?(@.a == null)]",
    "$.list[?(@.s.length > 1)]",
    "$[?(!@.n)]",
    "$.list[?(typeof @.n == 'number')].n",
    "$[?(@ > 1)]",
    "$.list[?(@property > 0)]",
    "$.*[?(@.n)]",
    "$.list[?(@.s.includes('b') )]",
    "$[?(@property == 'a')]",
    "$.list[?(@.n + 1 == 3)]",
    "$.list[?(@.n % 2 == 0)].n",
    "$.list[?(@.n * 2 > @.n + 1)].n",
    "$.list[?(-@.n < -1)]",
    "$.list[?(@.n == '1')]",
    "$.list[?(@['n'] < 2)]",
    "$.list[?(@.n != @root.a)]",
    "$.list[?(@.s.indexOf('b') >= 0)].s",
    "$.list[?(@.s + @.n == 'a1')]",
    "$[?(@[0] == 1)]",
    "$.list[?(@.n / 2 == 1)]",
    "$.list[?(@.n - 1)]",
    "$.list[?(@.s.startsWith('a') )].n",
    "$.list[?(@.missing === undefined)].n",
    "$.b[*]..a",
    "$..list[?(@.n > 0)].s",
];

const OPERATORS: &[&str] = &[
    "equal",
    "notEqual",
    "in",
    "notIn",
    "contains",
    "doesNotContain",
    "lessThan",
    "lessThanInclusive",
    "greaterThan",
    "greaterThanInclusive",
];

const DECORATORS: &[&str] = &["everyFact", "someFact", "everyValue", "someValue", "not", "swap"];

const TEXTS: &[&str] = &[
    "",
    "a",
    "b",
    "ab",
    "1",
    "2",
    "10",
    "9",
    " 2 ",
    "0x10",
    "1e2",
    "12px",
    ".5",
    "-1",
    "Infinity",
    "true",
    "null",
    "[object Object]",
    "1,2",
    "ä",
    "\u{ff5e}",
    "😀",
    "undefined",
];

const KEYS: &[&str] = &["a", "b", "n", "s", "list", "length", "*", "x.y", "@t", "0", "1"];

const FACTS: &[&str] = &["f0", "f1", "f2", "things", "numbers", "object"];

/// `count` values of a strategy, the same ones on every run.
pub(crate) fn many<T: std::fmt::Debug>(count: usize, strategy: impl Strategy<Value = T>) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

/// A rule, facts, shared conditions and options.
pub(crate) fn case() -> impl Strategy<Value = Value> {
    let shared = (root(1), root(1)).prop_map(|(one, two)| json!({ "one": one, "two": two }));
    let rule = (root(3), option::of(1..9u32), event()).prop_map(|(conditions, priority, event)| {
        let mut rule = json!({ "name": "rule", "conditions": conditions, "event": event });
        if let Some(priority) = priority {
            rule["priority"] = json!(priority);
        }
        rule
    });
    (rule, facts(), shared, prop::bool::weighted(0.9), prop::bool::weighted(0.9), any::<bool>()).prop_map(
        |(rule, facts, conditions, facts_may_miss, conditions_may_miss, replace)| {
            json!({
                "rules": [rule],
                "facts": facts,
                "conditions": conditions,
                "options": {
                    "allowUndefinedFacts": facts_may_miss,
                    "allowUndefinedConditions": conditions_may_miss,
                    "replaceFactsInEventParams": replace,
                },
            })
        },
    )
}

/// One path into one value, as a case that holds when the path finds something.
pub(crate) fn path_case() -> impl Strategy<Value = Value> {
    (select(PATHS), prop_oneof![4 => object(), 1 => value(3), 2 => things()]).prop_map(|(path, value)| {
        let condition = json!({ "fact": "f", "path": path, "operator": "notEqual", "value": { "fact": "none" } });
        let rule = json!({ "name": "rule", "conditions": { "all": [condition] }, "event": { "type": "fired" } });
        json!({ "rules": [rule], "facts": { "f": value }, "conditions": {}, "options": { "allowUndefinedFacts": true } })
    })
}

fn facts() -> impl Strategy<Value = Value> {
    let numbers = vec(number(), 0..4).prop_map(Value::Array);
    (vec(option::weighted(0.9, value(3)), 3), things(), numbers, object()).prop_map(
        |(some, things, numbers, object)| {
            let mut facts = Map::new();
            for (name, value) in FACTS.iter().zip(some) {
                if let Some(value) = value {
                    facts.insert((*name).to_owned(), value);
                }
            }
            facts.insert("things".to_owned(), things);
            facts.insert("numbers".to_owned(), numbers);
            facts.insert("object".to_owned(), object);
            Value::Object(facts)
        },
    )
}

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (-2..4i32).prop_map(|n| json!(n)),
        1 => select(&[0.5, 1.5, -0.25, 1e21, 1.5e-7, 1e300][..]).prop_map(|n| json!(n)),
        1 => select(&[9_007_199_254_740_993_u64, u64::MAX][..]).prop_map(|n| json!(n)),
    ]
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::Bool),
        4 => number(),
        4 => select(TEXTS).prop_map(|text| json!(text)),
    ]
}

fn value(depth: u32) -> BoxedStrategy<Value> {
    let inside = |inner: BoxedStrategy<Value>| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            btree_map(select(KEYS), inner, 0..4)
                .prop_map(|map| map.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    };
    scalar().prop_recursive(depth, 12, 4, inside).boxed()
}

fn things() -> impl Strategy<Value = Value> {
    let thing = (number(), select(TEXTS)).prop_map(|(n, s)| json!({ "n": n, "s": s }));
    vec(prop_oneof![9 => thing, 1 => value(1)], 0..4).prop_map(Value::Array)
}

fn object() -> impl Strategy<Value = Value> {
    (value(1), value(3), select(TEXTS), things(), option::of(value(1))).prop_map(|(a, b, s, list, star)| {
        let mut object = json!({ "a": a, "b": b, "s": s, "list": list });
        if let Some(star) = star {
            object["*"] = star;
        }
        object
    })
}

fn reference() -> impl Strategy<Value = Value> {
    (select(FACTS), option::weighted(0.4, select(PATHS))).prop_map(|(fact, path)| match path {
        Some(path) => json!({ "fact": fact, "path": path }),
        None => json!({ "fact": fact }),
    })
}

fn operator() -> impl Strategy<Value = String> {
    let decorators = prop_oneof![5 => vec(select(DECORATORS), 0..1), 3 => vec(select(DECORATORS), 1..4)];
    (decorators, select(OPERATORS)).prop_map(|(mut parts, operator)| {
        parts.push(operator);
        parts.join(":")
    })
}

/// Operators that want a list mostly get one.
fn compare() -> impl Strategy<Value = Value> {
    operator().prop_flat_map(|operator| {
        let list = vec(scalar(), 0..4).prop_map(Value::Array);
        let wants_list =
            operator.contains("Value") || operator.ends_with("in") || operator.ends_with("notIn");
        let value = match wants_list {
            true => prop_oneof![20 => list, 1 => value(2), 4 => reference()].boxed(),
            false => prop_oneof![12 => scalar(), 2 => value(2), 4 => reference()].boxed(),
        };
        (
            select(FACTS),
            option::weighted(0.3, select(PATHS)),
            value,
            priority(),
            name(),
            prop::bool::weighted(0.1),
        )
            .prop_map(move |(fact, path, value, priority, name, params)| {
                let mut condition = json!({ "fact": fact, "operator": operator, "value": value });
                if let Some(path) = path {
                    condition["path"] = json!(path);
                }
                if params {
                    condition["params"] = json!({ "unit": "years" });
                }
                with(condition, priority, name)
            })
    })
}

fn priority() -> impl Strategy<Value = Option<i64>> {
    option::weighted(0.4, -1..4i64)
}

fn name() -> impl Strategy<Value = Option<&'static str>> {
    option::weighted(0.2, select(&["this", "that"][..]))
}

fn with(mut condition: Value, priority: Option<i64>, name: Option<&str>) -> Value {
    if let Some(priority) = priority {
        condition["priority"] = json!(priority);
    }
    if let Some(name) = name {
        condition["name"] = json!(name);
    }
    condition
}

fn shared() -> impl Strategy<Value = Value> {
    select(&["one", "two", "two", "one", "missing"][..]).prop_map(|name| json!({ "condition": name }))
}

fn groups(inner: BoxedStrategy<Value>) -> BoxedStrategy<Value> {
    let group = prop_oneof![
        3 => vec(inner.clone(), 0..4).prop_map(|parts| json!({ "all": parts })),
        3 => vec(inner.clone(), 0..4).prop_map(|parts| json!({ "any": parts })),
        1 => inner.prop_map(|part| json!({ "not": part })),
    ];
    (group, priority(), name()).prop_map(|(group, priority, name)| with(group, priority, name)).boxed()
}

/// What may stand at the root of a rule. Shared conditions (`depth` 1) refer to no others.
fn root(depth: u32) -> BoxedStrategy<Value> {
    if depth == 1 {
        return groups(compare().boxed());
    }
    let leaf = prop_oneof![8 => compare(), 1 => shared()].boxed();
    let inner = leaf.prop_recursive(depth, 10, 3, groups).boxed();
    prop_oneof![12 => groups(inner), 1 => shared()].boxed()
}

fn event() -> impl Strategy<Value = Value> {
    let param = prop_oneof![scalar(), reference()];
    option::of(btree_map(select(&["x", "y", "z"][..]), param, 0..3)).prop_map(|params| match params {
        Some(params) => json!({ "type": "fired", "params": params }),
        None => json!({ "type": "fired" }),
    })
}
