//! Manifests that are broken, or far too much.

use super::{Case, run};

#[test]
fn broken_manifests_end_in_warnings() {
    run(CASES);
}

pub(crate) const CASES: &[Case] = &[
    Case::new("package.json with a byte order mark", 0, |t| {
        t.write("package.json", "\u{feff}{\"name\": \"a\", \"scripts\": {\"test\": \"node --test\"}}");
    }),
    Case::new("package.json in UTF-16", 0, |t| t.write("package.json", utf16("{\"name\": \"a\"}")))
        .says(&["package.json", "UTF-16"]),
    Case::new("pyproject.toml with a byte order mark", 0, |t| {
        t.write("pyproject.toml", "\u{feff}[project]\nname = \"a\"\nversion = \"1\"\n");
        t.write("test_a.py", "def test_a():\n    assert True\n");
    }),
    Case::new("pyproject.toml in UTF-16", 0, |t| t.write("pyproject.toml", utf16("[project]\n")))
        .says(&["pyproject.toml", "UTF-16"]),
    Case::new("pom.xml in UTF-16", 0, |t| t.write("pom.xml", utf16("<project/>"))).says(&["pom.xml"]),
    Case::new("go.mod with bytes that are no text", 0, |t| t.write("go.mod", b"\xff\xfe\x00\xd8go")),
    Case::new("broken JSON", 0, |t| t.write("package.json", "{\n  \"name\": \"a\",\n  \"scripts\": {\n"))
        .says(&["package.json:3"]),
    Case::new("broken TOML", 0, |t| t.write("Cargo.toml", "[package]\nname = \n")).says(&["Cargo.toml:2"]),
    Case::new("broken TOML of Python", 0, |t| {
        t.write("pyproject.toml", "[project]\nname = \"a\"\nversion = = 1\n");
    })
    .says(&["pyproject.toml:3"]),
    Case::new("broken YAML beside a good manifest", 0, |t| {
        t.npm();
        t.write("pnpm-workspace.yaml", "packages:\n  - a\n b: [\n");
    })
    .says(&["pnpm-workspace.yaml:3"]),
    Case::new("broken XML", 0, |t| t.write("pom.xml", "<project>\n  <artifactId>a</artifact>\n"))
        .says(&["pom.xml:2"]),
    Case::new("empty manifests", 0, |t| {
        for name in ["package.json", "Cargo.toml", "pyproject.toml", "go.mod", "pom.xml", "build.gradle"] {
            t.write(&format!("{}/{name}", name.replace('.', "-")), "");
        }
    }),
    Case::new("manifests of the wrong type", 0, |t| {
        t.write("a/package.json", "[1, 2]");
        t.write("b/package.json", "\"text\"");
        t.write(
            "c/package.json",
            "{\"name\": 1, \"scripts\": [], \"workspaces\": 7, \"dependencies\": \"x\"}",
        );
        t.write("d/Cargo.toml", "package = 1\nworkspace = []\ndependencies = \"x\"\n");
        t.write("e/pyproject.toml", "project = []\ntool = 1\n[build-system]\nrequires = 3\n");
        t.write("f/pom.xml", "<html><body/></html>");
        t.write("g/go.mod", "modul\n(\n(\n");
    }),
    Case::new("JSON keys that are there twice", 0, |t| {
        t.write(
            "package.json",
            "{\"name\": \"a\", \"scripts\": {\"test\": \"x\"}, \"scripts\": {\"test\": \"node --test\"}}",
        );
    }),
    Case::new("TOML keys that are there twice", 0, |t| {
        t.write("Cargo.toml", "[package]\nname = \"a\"\nname = \"b\"\n");
    })
    .says(&["Cargo.toml:3"]),
    Case::new("YAML keys that are there twice", 0, |t| {
        t.npm();
        t.write("pnpm-workspace.yaml", "packages: [a]\npackages: [b]\n");
    })
    .says(&["pnpm-workspace.yaml:2"]),
    Case::new("deep JSON", 0, |t| t.write("package.json", nested("{\"a\":", "}", 100_000)))
        .says(&["package.json"]),
    Case::new("deep TOML", 0, |t| {
        t.write("Cargo.toml", format!("[package]\na = {}\n", nested("[", "]", 100_000)));
    })
    .says(&["Cargo.toml"]),
    Case::new("a TOML key of many parts", 0, |t| {
        t.write("Cargo.toml", format!("[{}]\n", vec!["a"; 100_000].join(".")));
    }),
    Case::new("deep YAML", 0, |t| {
        t.npm();
        t.write("pnpm-workspace.yaml", format!("packages: {}", nested("[", "]", 100_000)));
        t.write("compose.yaml", format!("services: {}", nested("{a: ", "}", 100_000)));
    })
    .says(&["pnpm-workspace.yaml"]),
    Case::new("deep XML", 0, |t| t.write("pom.xml", nested("<project>", "</project>", 100_000)))
        .says(&["pom.xml"]),
    Case::new("deep code", 0, |t| {
        t.npm();
        t.write("a.test.js", nested("(function () {", "})()", 20_000));
        t.write("build.gradle", nested("allprojects {", "}", 20_000));
        t.write("setup.py", format!("setup(name={})", nested("(", ")", 20_000)));
        t.write("noxfile.py", nested("[", "]", 20_000));
    }),
    Case::new("a YAML bomb in every YAML file", 0, |t| {
        t.npm();
        for path in [
            "pnpm-workspace.yaml",
            "compose.yaml",
            "Taskfile.yml",
            ".github/workflows/x.yml",
            ".pre-commit-config.yaml",
        ] {
            t.write(path, bomb());
        }
    })
    .says(&["pnpm-workspace.yaml", ".github/workflows/x.yml"]),
    Case::new("variables of a step that double each other", 0, |t| {
        t.npm();
        let variables: String =
            (0..60).map(|n| format!("          V{n}_: $V{}_$V{}_\n", n + 1, n + 1)).collect();
        t.write(
            ".github/workflows/x.yml",
            format!(
                "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: npm run $V0_\n        env:\n{variables}"
            ),
        );
    }),
    Case::new("an XML bomb", 0, |t| {
        let mut text = String::from("<!DOCTYPE project [\n<!ENTITY a0 \"xxxxxxxxxx\">\n");
        for n in 1..20 {
            text.push_str(&format!("<!ENTITY a{n} \"{}\">\n", format!("&a{};", n - 1).repeat(10)));
        }
        t.write("pom.xml", format!("{text}]>\n<project><artifactId>&a19;</artifactId></project>\n"));
    })
    .says(&["pom.xml"]),
    Case::new("an XML entity that names a file", 0, |t| {
        let entity = "<!DOCTYPE project [<!ENTITY a SYSTEM \"file:///etc/passwd\">]>";
        t.write("pom.xml", format!("{entity}\n<project><artifactId>&a;</artifactId></project>\n"));
    })
    .says(&["pom.xml"]),
    Case::new("huge numbers", 0, |t| {
        t.write("package.json", format!("{{\"name\": \"a\", \"version\": 1e999999, \"engines\": {{\"node\": \">={}\"}}, \"scripts\": {{\"test\": \"node --test\"}}}}", "9".repeat(5000)));
        t.write(
            "p/pyproject.toml",
            "[project]\nname = \"p\"\nrequires-python = \">=99999999999999999999.99999999999999999999\"\n",
        );
        t.write("g/go.mod", "module example.org/g\n\ngo 99999999999999999999.99999999999999999999\n");
        t.write("r/Cargo.toml", "[package]\nname = \"r\"\nversion = \"99999999999999999999999.0.0\"\nrust-version = \"99999999999999999999999\"\nedition = \"9999\"\n");
        t.write("r/src/lib.rs", "");
        t.write("p/tox.ini", "[tox]\nenv_list = py3{99999999999999999999,1-99999999}\n");
        t.write("p/tox.toml", "env_list = [{ product = [{ prefix = \"3.\", start = 0, stop = 4000000000 }, { prefix = \"a\", start = 0, stop = 4000000000 }] }]\n");
    }),
    Case::new("a tox list that grows without bound", 0, |t| {
        t.npm();
        t.write("tox.ini", format!("[tox]\nenvlist = {}\n", "{a,b,c,d,e,f,g,h}-".repeat(40)));
    }),
    Case::new("a workspace glob that fits in too many ways", 0, |t| {
        let glob = "*a".repeat(200);
        t.write("package.json", format!("{{\"name\": \"a\", \"workspaces\": [\"{glob}b\", \"{}\"], \"scripts\": {{\"test\": \"node --test\"}}}}", "{a,b}".repeat(64)));
        t.write(&format!("{}/package.json", "a".repeat(200)), "{}");
    }),
    Case::new("a manifest of one endless line", 0, |t| {
        t.write("package.json", format!("{{\"name\": \"{}\" oops", "a".repeat(900_000)));
    })
    .says(&["package.json:1"]),
    Case::new("many dependencies", 0, |t| {
        let all: Vec<String> = (0..20_000).map(|n| format!("\"d{n}\": \"^1\"")).collect();
        t.write(
            "package.json",
            format!(
                "{{\"name\": \"a\", \"dependencies\": {{{}}}, \"scripts\": {{\"test\": \"node --test\"}}}}",
                all.join(",")
            ),
        );
    }),
    Case::new("members that depend on each other in a circle", 0, |t| {
        t.write("package.json", r#"{"name": "root", "workspaces": ["a", "b"], "scripts": {"test": "node --test"}, "dependencies": {"a": "*"}}"#);
        t.write("a/package.json", r#"{"name": "a", "dependencies": {"b": "*", "a": "*", "root": "*"}}"#);
        t.write("b/package.json", r#"{"name": "b", "dependencies": {"a": "*"}}"#);
    }),
    Case::new("workspaces that list each other", 0, |t| {
        for (here, there) in [("a", "b"), ("b", "a")] {
            t.write(&format!("{here}/Cargo.toml"), format!("[package]\nname = \"{here}\"\nversion = \"1.0.0\"\nedition = \"2024\"\n[workspace]\nmembers = [\"../{there}\", \".\"]\n[dependencies]\n{there} = {{ path = \"../{there}\" }}\n"));
            t.write(&format!("{here}/src/lib.rs"), "");
        }
    }),
    Case::new("parents and modules of Maven in a circle", 0, |t| {
        for (here, there) in [("a", "b"), ("b", "a")] {
            t.write(&format!("{here}/pom.xml"), format!("<project><groupId>g</groupId><artifactId>{here}</artifactId><version>${{v}}</version><parent><groupId>g</groupId><artifactId>{there}</artifactId><version>1</version><relativePath>../{there}</relativePath></parent><modules><module>../{there}</module><module>.</module></modules><properties><v>${{w}}</v><w>${{v}}</w></properties></project>"));
        }
    }),
    Case::new("builds of Gradle that include each other", 0, |t| {
        for (here, there) in [("a", "b"), ("b", "a")] {
            t.write(&format!("{here}/settings.gradle"), format!("includeBuild '../{there}'\ninclude ':', '::', ':..:{there}', '../../outside'\nproject(':x').projectDir = file('../{there}')\napply from: 'settings.gradle'\n"));
            t.write(&format!("{here}/build.gradle"), "apply from: 'build.gradle'\nplugins { id 'java' }\n");
        }
    }),
    Case::new("requirements that include each other", 0, |t| {
        t.write("requirements.txt", "-r a.txt\npytest\n");
        t.write("a.txt", "-r requirements.txt\n-r /etc/passwd\n-r ../outside/package.json\n");
        t.write("setup.py", "from setuptools import setup\nsetup(name='a')\n");
        t.write("test_a.py", "def test_a():\n    assert True\n");
    }),
    Case::new("dependency groups that include each other", 0, |t| {
        t.write("pyproject.toml", "[project]\nname = \"a\"\nversion = \"1\"\n[project.optional-dependencies]\nx = [\"a[y]\"]\ny = [\"a[x]\"]\n[dependency-groups]\na = [{ include-group = \"b\" }]\nb = [{ include-group = \"a\" }, \"pytest\"]\n");
        t.write("test_a.py", "def test_a():\n    assert True\n");
    }),
    Case::new("YAML anchors that hold themselves", 0, |t| {
        t.npm();
        t.write("compose.yaml", "services: &a\n  x: *a\n");
        t.write("Taskfile.yml", "version: '3'\nincludes: { x: ., y: ./Taskfile.yml }\ntasks: { test: { deps: [test], cmds: [{ task: test }] } }\n");
    }),
];

fn utf16(text: &str) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xfe];
    bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
    bytes
}

fn nested(open: &str, close: &str, depth: usize) -> String {
    format!("{}1{}", open.repeat(depth), close.repeat(depth))
}

fn bomb() -> String {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..9 {
        text.push_str(&format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", ")));
    }
    text + "packages: *a8\nservices: *a8\ntasks: *a8\njobs: *a8\nrepos: *a8\n"
}
