//! Text of the repository that wants to become a command, an expression or YAML of its own.

use super::{Case, Tree, run};

#[test]
fn text_of_the_repository_stays_text() {
    run(CASES);
}

/// What names and versions are replaced by, in every table below.
const TEXTS: [&str; 9] = [
    "PWNED$(touch PWNED)",
    "PWNED`id`",
    "PWNED; id",
    "PWNED${{ github.token }}",
    "${{ secrets.PWNED }}",
    "PWNED\n  PWNED: 1\n- run: id #",
    "PWNED\" 'x' | id > PWNED",
    "PWNED: {a: [b, *c, &d e]} # !!x",
    "PWNED\u{85}\u{2028}PWNED: 1\u{0}",
];

pub(crate) const CASES: &[Case] = &[
    Case::new("names and versions of npm packages", 0, |t| {
        each(|n, text| {
            let quoted = quote(text);
            t.write(&format!("p{n}/package.json"), format!(r#"{{"name": {quoted}, "version": {quoted}, "description": {quoted}, "main": {quoted}, "bin": {quoted}, "type": {quoted}, "packageManager": {quoted}, "engines": {{"node": {quoted}, "pnpm": {quoted}}}, "volta": {{"node": {quoted}}}, "repository": {quoted}, "publishConfig": {{"access": {quoted}, "provenance": true}}, "scripts": {{"test": "node --test", "build": "tsc"}}, "devDependencies": {{{quoted}: {quoted}, "typescript": {quoted}}}}}"#));
            t.write(&format!("p{n}/package-lock.json"), "{}");
            t.write(&format!("p{n}/.nvmrc"), text);
        });
    }),
    Case::new("scripts of npm packages", 0, |t| {
        let all: Vec<String> = TEXTS
            .iter()
            .flat_map(|text| {
                ["test", "test:", "lint:", "build:", "typecheck:", "format:"]
                    .map(|name| format!("{}: {}", quote(&format!("{name}{text}")), quote(text)))
            })
            .collect();
        t.write(
            "package.json",
            format!(
                "{{\"name\": \"a\", \"scripts\": {{\"test\": {}, {}}}}}",
                quote(TEXTS[0]),
                all.join(", ")
            ),
        );
    }),
    Case::new("commands of existing workflows", 0, |t| {
        let mut scripts = vec!["\"test\": \"node --test\"".to_owned()];
        let mut steps = String::new();
        for text in TEXTS {
            scripts.push(format!("{}: \"node check.js\"", quote(&format!("check:{text}"))));
            for call in
                ["npm run check:", "uv run make ", "make ", "bash scripts/", "./scripts/", "pip install "]
            {
                steps.push_str(&format!("      - run: {}\n", quote(&format!("{call}{text}"))));
                steps.push_str(&format!(
                    "      - run: npm run $WHAT\n        env: {{ WHAT: {} }}\n",
                    quote(&format!("check:{text}"))
                ));
            }
        }
        t.write("package.json", format!("{{\"name\": \"a\", \"scripts\": {{{}}}}}", scripts.join(", ")));
        // Each in a job of its own: what can't be followed ends a job.
        let mut jobs = String::new();
        for (n, step) in steps.split("      - ").skip(1).enumerate() {
            jobs.push_str(&format!("  a{n}:\n    runs-on: ubuntu-latest\n    steps:\n      - {step}"));
        }
        t.write(".github/workflows/x.yml", format!("on: push\njobs:\n{jobs}"));
    }),
    Case::new("package managers", 0, |t| {
        for (n, manager) in ["pnpm@", "yarn@4", "bun@", "npm@"].iter().enumerate() {
            each(|m, text| {
                t.write(&format!("p{n}{m}/package.json"), format!(r#"{{"name": "a{n}{m}", "packageManager": {}, "engines": {{"pnpm": {1}, "node": {1}}}, "scripts": {{"test": "node --test"}}}}"#, quote(&format!("{manager}{text}")), quote(text)));
            });
        }
    }),
    Case::new("members and their names", 0, |t| {
        t.write(
            "package.json",
            format!(r#"{{"name": "root", "workspaces": {}, "scripts": {{"test": "node --test"}}}}"#, list()),
        );
        each(|n, text| {
            t.write(
                &format!("m{n}/package.json"),
                format!(r#"{{"name": {}, "scripts": {{"test": "x"}}}}"#, quote(text)),
            )
        });
        t.write(
            "pnpm-workspace.yaml",
            format!("packages: {}\ncatalog: {{ a: {} }}\n", list(), quote(TEXTS[0])),
        );
    }),
    Case::new("lock files in hostile directories", 0, |t| {
        for (n, directory) in directories().iter().enumerate() {
            t.write(
                &format!("{directory}/package.json"),
                format!(r#"{{"name": "a{n}", "scripts": {{"test": "node --test"}}}}"#),
            );
            t.write(&format!("{directory}/package-lock.json"), "{}");
            t.write(&format!("{directory}/.nvmrc"), "22\n");
        }
    }),
    Case::new("one hostile directory", 0, |t| {
        t.write("a${{ secrets.PWNED }}/go.mod", "module example.org/a\n\ngo 1.24\n");
        t.write(
            "a${{ secrets.PWNED }}/a_test.go",
            "package a\n\nimport \"testing\"\n\nfunc TestA(t *testing.T) {}\n",
        );
        t.npm();
    }),
    Case::new("Go modules in hostile directories", 0, |t| {
        t.npm();
        for directory in directories() {
            t.write(&format!("{directory}/go.mod"), "module example.org/a\n\ngo 1.24\n");
            t.write(&format!("{directory}/go.sum"), "");
            t.write(
                &format!("{directory}/a_test.go"),
                "package a\n\nimport \"testing\"\n\nfunc TestA(t *testing.T) {}\n",
            );
        }
    }),
    Case::new("crates in hostile directories", 0, |t| {
        t.npm();
        for directory in directories() {
            t.write(
                &format!("{directory}/Cargo.toml"),
                "[package]\nname = \"a\"\nversion = \"1.0.0\"\nedition = \"2024\"\nrust-version = \"1.90\"\n",
            );
            t.write(&format!("{directory}/src/lib.rs"), "#[test]\nfn a() {}\n");
        }
    }),
    Case::new("Python and images in hostile directories", 0, |t| {
        t.npm();
        for directory in directories() {
            t.write(
                &format!("{directory}/pyproject.toml"),
                "[project]\nname = \"a\"\nversion = \"1\"\nrequires-python = \">=3.12\"\n",
            );
            t.write(&format!("{directory}/tests/test_a.py"), "def test_a():\n    assert True\n");
            t.write(&format!("{directory}/Dockerfile"), "FROM alpine\n");
            t.write(&format!("{directory}/Dockerfile.PWNED$(id)"), "FROM alpine\n");
        }
    }),
    Case::new("Makefile targets", 0, |t| {
        t.npm();
        let targets: String = TEXTS
            .iter()
            .map(|text| format!("test{text}: x\n\t{text}\n\ntest-{text}:\n\t{text}\n.PHONY: {text}\n"))
            .collect();
        t.write(
            "Makefile",
            format!("{targets}test:\n\tgo test\nlint $(PWNED):\n\tx\nformat-check:;PWNED`id`\n"),
        );
    }),
    Case::new("recipes of just, Task and mise", 0, |t| {
        t.npm();
        t.write(
            "justfile",
            TEXTS
                .iter()
                .map(|text| format!("test{text}:\n  {text}\nset shell := [{}]\n", quote(text)))
                .collect::<String>(),
        );
        t.write(
            "Taskfile.yml",
            format!(
                "version: '3'\ntasks:\n{}",
                TEXTS
                    .iter()
                    .map(|text| format!(
                        "  {}: {{ cmds: [{}] }}\n",
                        quote(&format!("test{text}")),
                        quote(text)
                    ))
                    .collect::<String>()
            ),
        );
        t.write(
            "mise.toml",
            TEXTS
                .iter()
                .enumerate()
                .map(|(n, text)| {
                    format!(
                        "[tasks.{}]\nrun = {}\n[tasks.t{n}]\nalias = {}\n",
                        quote_toml(&format!("test{text}")),
                        quote_toml(text),
                        quote_toml(text)
                    )
                })
                .collect::<String>(),
        );
    }),
    Case::new("tox environments", 0, |t| {
        python(t);
        t.write("tox.ini", format!("[tox]\nenvlist = py312, py313-PWNED$(id), py314-PWNED`id`, lint;PWNED, py311-${{{{secrets.PWNED}}}}\n  py310-PWNED\"x\n[testenv:py312-${{{{ secrets.PWNED }}}}]\ncommands = pytest\n[testenv:lint PWNED; id]\ncommands = {}\n[testenv:mypy$(PWNED)]\n", TEXTS[0]));
    }),
    Case::new("tox environments in TOML", 0, |t| {
        python(t);
        let all: Vec<String> = TEXTS.iter().map(|text| quote_toml(&format!("3.12-{text}"))).collect();
        t.write(
            "tox.toml",
            format!(
                "env_list = [\"3.13\", {}, {{ product = [[\"3.14\"], [{}]] }}]\n",
                all.join(", "),
                all.join(", ")
            ),
        );
    }),
    Case::new("sessions of nox", 0, |t| {
        python(t);
        t.write("noxfile.py", TEXTS.iter().map(|text| format!("@nox.session(name={0}, python=[{0}, \"3.13\"], tags=[{0}])\ndef tests(session):\n    session.run({0})\n\n", quote(text))).collect::<String>() + "nox.options.sessions = [\"PWNED$(id)\", \"tests; PWNED\"]\n");
    }),
    Case::new("versions of Python", 0, |t| {
        each(|n, text| {
            let quoted = quote_toml(text);
            t.write(&format!("p{n}/pyproject.toml"), format!("[project]\nname = {quoted}\nversion = {quoted}\nrequires-python = {quoted}\nclassifiers = [{}, \"Programming Language :: Python :: 3.13\"]\nscripts = {{ {quoted} = {quoted} }}\n[project.optional-dependencies]\n{quoted} = [\"pytest\"]\ntest = [{quoted}]\n[dependency-groups]\n{quoted} = [\"pytest\"]\n[build-system]\nrequires = [{quoted}]\nbuild-backend = {quoted}\n[tool.pdm.scripts]\ntest = {quoted}\n{quoted} = {quoted}\n[tool.hatch.envs.default.scripts]\ntest = {quoted}\n[tool.poe.tasks]\n{quoted} = {quoted}\n[tool.poetry.group.{quoted}.dependencies]\npytest = {quoted}\n", quote_toml(&format!("Programming Language :: Python :: {text}"))));
            t.write(&format!("p{n}/.python-version"), text);
            t.write(&format!("p{n}/tests/test_a.py"), "import pytest\n\ndef test_a():\n    assert True\n");
        });
    }),
    Case::new("groups and extras of Python, by manager", 0, |t| {
        for (n, lock) in
            ["uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "requirements.txt"].iter().enumerate()
        {
            for (m, text) in ["PWNED$(id)", "test; PWNED", "test\" PWNED", "--PWNED=$(id)"].iter().enumerate()
            {
                let quoted = quote_toml(text);
                t.write(&format!("p{n}{m}/pyproject.toml"), format!("[project]\nname = \"a\"\nversion = \"1\"\nrequires-python = \">=3.12\"\n[project.optional-dependencies]\n{quoted} = [\"pytest\", \"ruff\", \"mypy\"]\n[dependency-groups]\n{quoted} = [\"pytest\", \"ruff\", \"mypy\", \"tox\"]\n[tool.poetry.group.{quoted}.dependencies]\npytest = \"*\"\n[tool.pytest]\n[tool.ruff]\n[tool.mypy]\n"));
                t.write(&format!("p{n}{m}/{lock}"), "");
                t.write(&format!("p{n}{m}/requirements-PWNED$(id).txt"), "pytest\n");
                t.write(
                    &format!("p{n}{m}/tests/test_a.py"),
                    "import pytest\n\ndef test_a():\n    assert True\n",
                );
            }
        }
    }),
    Case::new("requirements files with hostile names", 0, |t| {
        python(t);
        for name in [
            "requirements-test$(PWNED).txt",
            "requirements-dev;PWNED.txt",
            "requirements/test`PWNED`.txt",
            "requirements/${{ secrets.PWNED }}.txt",
            "-PWNED requirements.txt",
        ] {
            t.write(name, "pytest\n");
        }
    }),
    Case::new("names and versions of crates", 0, |t| {
        each(|n, text| {
            let quoted = quote_toml(text);
            t.write(&format!("r{n}/Cargo.toml"), format!("[package]\nname = {quoted}\nversion = {quoted}\nedition = {quoted}\nrust-version = {quoted}\nrepository = {quoted}\n[features]\n{quoted} = [{quoted}]\n[[bin]]\nname = {quoted}\npath = {quoted}\n[dependencies]\n{quoted} = {quoted}\n"));
            t.write(
                &format!("r{n}/rust-toolchain.toml"),
                format!("[toolchain]\nchannel = {quoted}\ncomponents = [{quoted}]\ntargets = [{quoted}]\n"),
            );
            t.write(&format!("r{n}/src/lib.rs"), "#[test]\nfn a() {}\n");
            t.write(
                &format!("r{n}/.cargo/config.toml"),
                format!("[alias]\ntest = {quoted}\n[build]\ntarget = {quoted}\n"),
            );
        });
    }),
    Case::new("versions of Go", 0, |t| {
        each(|n, text| {
            t.write(&format!("g{n}/go.mod"), format!("module \"example.org/{text}\"\n\ngo {text}\n\ntoolchain go{text}\n\ntool example.org/{text}\n"));
            t.write(&format!("g{n}/.go-version"), text);
            t.write(&format!("g{n}/.golangci.yml"), "version: \"2\"\n");
            t.write(
                &format!("g{n}/a_test.go"),
                "package a\n\nimport \"testing\"\n\nfunc TestA(t *testing.T) {}\n",
            );
            t.write(&format!("g{n}/Makefile"), format!("test:\n\tgolangci-lint run {text}\n"));
        });
    }),
    Case::new("names and versions of Maven and Gradle", 0, |t| {
        each(|n, text| {
            let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('\0', "");
            t.write(&format!("m{n}/pom.xml"), format!("<project><groupId>{text}</groupId><artifactId>{text}</artifactId><version>{text}</version><properties><java.version>{text}</java.version><maven.compiler.release>{text}</maven.compiler.release></properties><modules><module>{text}</module></modules></project>"));
            t.write(&format!("k{n}/build.gradle.kts"), format!("java {{ toolchain {{ languageVersion = JavaLanguageVersion.of(\"{text}\") }} }}\nrootProject.name = \"{text}\"\n"));
            t.write(
                &format!("k{n}/gradle/wrapper/gradle-wrapper.properties"),
                format!("distributionUrl=https\\://x/gradle-{text}-bin.zip\n"),
            );
            t.write(&format!("k{n}/.java-version"), text);
        });
    }),
    Case::new("services of compose", 0, |t| {
        t.write("package.json", r#"{"name": "a", "scripts": {"test": "node --test"}, "dependencies": {"pg": "*", "redis": "*", "mysql2": "*", "mongodb": "*"}}"#);
        t.write("go.mod", "module example.org/a\n\ngo 1.24\n\nrequire (\n\tgithub.com/jackc/pgx/v5 v5.0.0\n\tgithub.com/lib/pq v1.0.0\n\tgithub.com/redis/go-redis/v9 v9.0.0\n)\n");
        t.write("a_test.go", "package a\n\nimport \"testing\"\n\nfunc TestA(t *testing.T) {}\n");
        let services: String = TEXTS
            .iter()
            .map(|text| {
                format!(
                    "  {}: {{ image: {}, environment: {{ {1}: {1} }}, ports: [{1}] }}\n",
                    quote(&format!("postgres{text}")),
                    quote(&format!("postgres:{text}"))
                )
            })
            .collect();
        t.write("compose.yaml", format!("services:\n{services}  db: {{ image: 'postgres:17', environment: {{ 'PWNED$(id)': '${{{{ secrets.PWNED }}}}', POSTGRES_PASSWORD: '${{{{ secrets.PWNED }}}}' }}, ports: ['PWNED$(id):5432'] }}\n  'redis; PWNED': {{ image: redis }}\n"));
    }),
    Case::new("a compose file with a hostile name", 0, |t| {
        t.write("go.mod", "module example.org/a\n\ngo 1.24\n\nrequire github.com/lib/pq v1.0.0\n");
        t.write("a_test.go", "package a\n\nimport \"testing\"\n\nfunc TestA(t *testing.T) {}\n");
        t.write("compose.PWNED$(id).yaml", "services:\n  db: { image: 'postgres:17' }\n");
        t.write("docker-compose-${{ secrets.PWNED }}.yml", "services:\n  db: { image: 'postgres:17' }\n");
    }),
    Case::new("stages and images of Dockerfiles", 0, |t| {
        each(|n, text| {
            t.write(
                &format!("d{n}/Dockerfile"),
                format!("# syntax={text}\nARG A={text}\nFROM {text} AS {text}\nUSER {text}\nEXPOSE {text}\n"),
            )
        });
    }),
    Case::new("Dockerfiles with hostile names", 0, |t| {
        t.npm();
        for name in [
            "Dockerfile.PWNED$(id)",
            "Dockerfile.${{ secrets.PWNED }}",
            "PWNED`id`.Dockerfile",
            "-PWNED.dockerfile",
            "Dockerfile.PWNED\n- x: 1",
        ] {
            t.write(name, "FROM alpine\n");
        }
        t.write("Dockerfile", "FROM alpine\n");
    }),
    Case::new("a branch with an expression in its name", 0, |t| branch(t, "${{secrets.PWNED}}")),
    Case::new("a branch with commands in its name", 0, |t| branch(t, "PWNED$(id)`id`;'\"|&")),
    Case::new("a branch that is a pattern", 0, |t| branch(t, "PWNED*[a-z]!?+")),
    Case::new("a branch that is YAML", 0, |t| branch(t, "PWNED: [a, *b] #c\n- x")),
    Case::new("remotes of git", 0, |t| {
        t.npm();
        t.write(".git/HEAD", "ref: refs/heads/main\n");
        t.write(".git/config", "[core]\n\trepositoryformatversion = 0\n\tfsmonitor = \"touch PWNED\"\n\tsshCommand = touch PWNED\n[include]\n\tpath = /etc/passwd\n\tpath = config\n[remote \"origin\"]\n\turl = \"https://github.com/PWNED$(id)/${{ secrets.PWNED }}.git\"\n");
    }),
    Case::new("hooks of pre-commit", 0, |t| {
        python(t);
        t.write(".pre-commit-config.yaml", format!("default_language_version: {{ python: {0} }}\nrepos:\n  - repo: {0}\n    rev: {0}\n    hooks: [{{ id: {0}, entry: {0}, additional_dependencies: [{0}] }}]\n", quote(TEXTS[0])));
    }),
    Case::new("versions of tools", 0, |t| {
        each(|n, text| {
            t.write(
                &format!("p{n}/package.json"),
                format!(r#"{{"name": "a{n}", "scripts": {{"test": "node --test"}}}}"#),
            );
            for name in [".nvmrc", ".node-version", ".bun-version", ".go-version", ".java-version"] {
                t.write(&format!("p{n}/{name}"), text);
            }
            t.write(
                &format!("p{n}/.tool-versions"),
                format!("nodejs {text}\npython {text}\ngolang {text}\n"),
            );
        });
    }),
];

fn each(mut make: impl FnMut(usize, &str)) {
    TEXTS.iter().enumerate().for_each(|(n, text)| make(n, text));
}

/// Names of directories: no file system takes a NUL, and a slash would make two.
fn directories() -> Vec<String> {
    let mut all: Vec<String> = TEXTS.iter().map(|text| text.replace(['\0', '/'], "")).collect();
    all.extend(
        ["-PWNED$", "--PWNED=$(id)", " PWNED'", "#PWNED\"", "~PWNED", "PWNED\\", "PWNED*?[x]"]
            .map(str::to_owned),
    );
    all
}

fn quote(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// JSON's strings are TOML's, but for what can't be in one.
fn quote_toml(text: &str) -> String {
    quote(&text.replace('\0', ""))
}

fn list() -> String {
    serde_json::to_string(&TEXTS).unwrap()
}

fn python(t: &Tree) {
    t.write("pyproject.toml", "[project]\nname = \"a\"\nversion = \"1\"\nrequires-python = \">=3.12\"\n[dependency-groups]\ndev = [\"pytest\"]\n");
    t.write("tests/test_a.py", "import pytest\n\ndef test_a():\n    assert True\n");
}

fn branch(t: &Tree, name: &str) {
    t.npm();
    t.write(".git/HEAD", format!("ref: refs/heads/{name}\n"));
    t.write(
        ".git/config",
        "[core]\n\trepositoryformatversion = 0\n[remote \"origin\"]\n\turl = https://github.com/a/b.git\n",
    );
    t.write(".git/refs/remotes/origin/HEAD", format!("ref: refs/remotes/origin/{name}\n"));
    t.write(".git/packed-refs", format!("{} refs/remotes/origin/{name}\n", "0".repeat(40)));
    t.folder(".git/objects");
    t.folder(".git/refs/heads");
}
