//! Texts that want to exhaust the reader, or that readers have got wrong.

use std::time::{Duration, Instant};

use wfgen::data::{Data, yaml};
use wfgen::workflow::read;

#[test]
fn hostile_texts_end_quickly() {
    let bomb = (1..40).fold("a0: &a0 [x, x]\n".to_owned(), |text, n| {
        format!("{text}a{n}: &a{n} [*a{p}, *a{p}, *a{p}]\n", p = n - 1)
    });
    let nested_anchors: String =
        (0..120).map(|n| format!("&a{n} [")).collect::<String>() + &"x, ".repeat(50_000);
    let many_keys: String = (0..50_000).map(|n| format!("k{n}: {n}\n")).collect();
    for (name, text) in [
        ("brackets", "[".repeat(100_000)),
        ("braces", "{".repeat(100_000)),
        ("braces with keys", "{a: ".repeat(100_000)),
        ("dashes", "- ".repeat(5_000_000)),
        ("a dash a line", "- \n".repeat(500_000)),
        ("question marks", "? ".repeat(100_000)),
        ("an alias bomb", bomb),
        ("nested anchors", nested_anchors),
        ("copies of a long text", format!("- &a {}\n{}", "x".repeat(1_000_000), "- *a\n".repeat(100_000))),
        ("an alias of itself", "a: &a [*a]\n".to_owned()),
        ("many keys", many_keys),
        ("an open double quote", format!("a: \"{}", "x\n".repeat(500_000))),
        ("an open single quote", format!("a: '{}", "x ".repeat(500_000))),
        ("tabs", "\t".repeat(1_000_000)),
        ("carriage returns", "a: b\r".repeat(10_000)),
        ("NULs", "\0".repeat(1_000_000)),
        ("blanks", " ".repeat(1_000_000)),
        ("line breaks", "\n".repeat(1_000_000)),
        ("a long key", format!("{}: x", "k".repeat(1_000_000))),
        ("colons", ":".repeat(1_000_000)),
        ("colons and blanks", ": ".repeat(200_000)),
        ("tags", "!a ".repeat(200_000)),
        ("anchors", "&a ".repeat(200_000)),
        ("documents", "--- a\n".repeat(50_000)),
        ("directives", "%TAG ! a\n".repeat(100_000)),
        ("comments", "#\n".repeat(2_000_000)),
        ("a tall block", format!("a: |\n{}", "  x\n".repeat(1_000_000))),
        ("a block of blanks", format!("a: |\n{}", " \n".repeat(1_000_000))),
        ("indentation", (0..3_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect()),
    ] {
        let start = Instant::now();
        let _ = read::document(&text).map(|document| document.workflow().is_ok());
        assert!(start.elapsed() < Duration::from_secs(10), "{name}: {:?}", start.elapsed());
    }
}

#[test]
fn aliases_can_not_nest_deeper_than_brackets() {
    let tower = |floors: usize| -> String {
        (1..floors)
            .fold("- &a0 [x]\n".to_owned(), |text, n| format!("{text}- &a{n} [[[[[[[[*a{}]]]]]]]]\n", n - 1))
    };
    assert!(yaml::parse(&tower(10)).is_ok());
    assert!(yaml::parse(&tower(200)).unwrap_err().message.contains("nested deeper"));
}

#[test]
fn a_merge_key_is_a_key_like_any_other() {
    let node = yaml::parse("a: &a { x: 1 }\nb: { <<: *a, y: 2 }\n").unwrap();
    let keys: Vec<_> = node.get("b").unwrap().entries().iter().map(|(key, _)| key.key_text()).collect();
    assert_eq!(keys, ["<<", "y"]);
}

#[test]
fn tags_of_the_core_schema_decide_and_others_make_text() {
    let node = yaml::parse("a: !!str 1\nb: !!int '1'\nc: !x 1\nd: ! 1\ne: !!null ''\n").unwrap();
    let json = node.to_value().to_string();
    assert_eq!(json, r#"{"a":"1","b":1,"c":"1","d":"1","e":null}"#);
}

#[test]
fn numbers_are_those_of_the_core_schema() {
    let node =
        yaml::parse("[0x1F, 0o17, -0x1, 007, 18446744073709551615, +1, .5, 1., 1e3, 0x, 0x+1, .inf, 1e999]")
            .unwrap();
    let json = node.to_value().to_string();
    assert_eq!(json, r#"[31,15,"-0x1",7,18446744073709551615,1,0.5,1.0,1000.0,"0x","0x+1",".inf","1e999"]"#);
}

#[test]
fn a_key_is_repeated_in_small_maps_and_in_big_ones_and_whatever_its_type() {
    for count in [1, 10, 31, 32, 33, 1000] {
        let text: String = (0..count).map(|n| format!("k{n}: 1\n")).collect::<String>() + "k0: 2\n";
        assert_eq!(yaml::parse(&text).unwrap_err().line, count + 1);
    }
    assert!(yaml::parse("1: a\n'1': b\n").is_err());
}

#[test]
fn places_are_right_with_every_line_end_and_for_blocks() {
    for end in ["\n", "\r\n", "\r"] {
        let text =
            ["a: |", "  x", "", "  y", "b:", "  - é: \"z\"", "    'd': >-", "      e", "f: g"].join(end);
        let node = yaml::parse(&text).unwrap();
        let place = |path: &[&str]| node.at(path).map(|n| (n.line, n.column)).unwrap();
        assert_eq!(place(&["a"]), (1, 4), "{end:?}");
        assert_eq!(place(&["b"]), (6, 3), "{end:?}");
        let item = &node.get("b").unwrap().items()[0];
        assert_eq!((item.line, item.column), (6, 5), "{end:?}");
        assert_eq!((item.entries()[0].1.line, item.entries()[0].1.column), (6, 8), "{end:?}");
        assert_eq!((item.get("d").unwrap().line, item.get("d").unwrap().column), (7, 10), "{end:?}");
        assert_eq!(place(&["f"]), (9, 4), "{end:?}");
        assert_eq!(node.at(&["a"]).unwrap().data, Data::String("x\n\ny\n".into()), "{end:?}");
    }
}

#[test]
fn a_comment_is_found_and_a_hash_in_a_value_is_none() {
    let text = "# top\n# of it\n\na: b # 1\n'c # x': \"d # y\" # 2\ne: | # 3\n  # no\n  f # no\ng: [h, 'i # no'] # 4\nj: k#no\n\
                l: \"m\n  n # no\" # 5\no: # 6\n# 7\np: q\nr: 's' #\nt: u\\ # 8\nv: >-\n  # no";
    let document = read::document(text).unwrap();
    let found: Vec<_> =
        (1..=document.lines()).filter_map(|line| Some((line, document.comment(line)?))).collect();
    let expected = [
        (1, "top"),
        (2, "of it"),
        (4, "1"),
        (5, "2"),
        (6, "3"),
        (9, "4"),
        (12, "5"),
        (13, "6"),
        (14, "7"),
        (16, ""),
        (17, "8"),
    ];
    assert_eq!(found, expected);
    assert_eq!(document.header(), ["top", "of it"]);
    assert_eq!(document.comments_above(15), ["7"]);
    assert_eq!(document.comments_above(4), Vec::<&str>::new());
}

#[test]
fn uses_are_found_with_line_and_version() {
    let text = "on: push\njobs:\n  a:\n    uses: ./x.yml\n  b:\n    steps:\n      - run: 'uses: no # no'\n      - uses: a/b@v1 # v1.2\n";
    let document = read::document(text).unwrap();
    let found: Vec<_> = document
        .uses()
        .map(|uses| (uses.job.id, uses.step, uses.node.line, uses.text, uses.comment))
        .collect();
    assert_eq!(found, [("a", None, 4, "./x.yml", None), ("b", Some(1), 8, "a/b@v1", Some("v1.2"))]);
}

#[test]
fn documents_of_any_other_shape_have_no_jobs() {
    for text in [
        "",
        "a",
        "[]",
        "jobs: 1",
        "jobs: [a]",
        "jobs: { a: 1, b: { steps: 2 }, c: { steps: [3, { uses: 4 }] } }",
    ] {
        let document = read::document(text).unwrap();
        assert_eq!(document.uses().count(), 0, "{text}");
        assert!(document.workflow().is_err(), "{text}");
    }
}
