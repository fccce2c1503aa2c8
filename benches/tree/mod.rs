//! A tree to measure on: a monorepo of services and packages, the same bytes for the same number of files.

use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

/// A generator of numbers that are the same everywhere (Knuth's MMIX constants).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % limit
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// A kind of package: its manifest, its source folders, and the endings of its files (common ones repeated).
struct Kind {
    manifest: (&'static str, &'static str),
    folders: &'static [&'static str],
    endings: &'static [&'static str],
    line: &'static str,
}

const KINDS: &[Kind] = &[
    Kind {
        manifest: (
            "package.json",
            "{\n  \"name\": \"NAME\",\n  \"version\": \"1.0.0\",\n  \"scripts\": { \"test\": \"vitest run\" },\n  \"dependencies\": { \"react\": \"^19.0.0\" },\n  \"devDependencies\": { \"vitest\": \"^3.0.0\", \"typescript\": \"^5.8.0\" }\n}\n",
        ),
        folders: &[
            "src",
            "src/components",
            "src/components/forms",
            "src/hooks",
            "src/pages/settings",
            "src/lib/api",
            "test",
            "test/unit",
            "public/locales/en",
            "styles",
        ],
        endings: &[
            "ts", "ts", "ts", "tsx", "tsx", "tsx", "test.ts", "css", "scss", "json", "svg", "md", "js",
            "html", "snap",
        ],
        line: "export const value = compute(previous, { depth: 3, label: 'node' });\n",
    },
    Kind {
        manifest: (
            "pyproject.toml",
            "[project]\nname = \"NAME\"\nversion = \"1.0.0\"\nrequires-python = \">=3.11\"\ndependencies = [\"fastapi\", \"sqlalchemy\"]\n\n[tool.pytest.ini_options]\ntestpaths = [\"tests\"]\n",
        ),
        folders: &[
            "app",
            "app/models",
            "app/api/v1",
            "app/core",
            "tests",
            "tests/api",
            "migrations/versions",
            "scripts",
        ],
        endings: &["py", "py", "py", "py", "py", "sql", "yaml", "json", "md", "txt", "html", "cfg"],
        line: "    result = service.collect(session, limit=limit, offset=offset)\n",
    },
    Kind {
        manifest: (
            "Cargo.toml",
            "[package]\nname = \"NAME\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nserde = \"1\"\n",
        ),
        folders: &["src", "src/parse", "src/parse/lexer", "src/net", "tests", "benches", "examples/basic"],
        endings: &["rs", "rs", "rs", "rs", "toml", "md", "json", "txt"],
        line: "    let next = self.table.lookup(key).ok_or(Error::Missing(key))?;\n",
    },
    Kind {
        manifest: (
            "go.mod",
            "module example.com/NAME\n\ngo 1.24\n\nrequire github.com/gin-gonic/gin v1.10.0\n",
        ),
        folders: &[
            "cmd/server",
            "internal/store",
            "internal/http/middleware",
            "pkg/client",
            "pkg/types",
            "testdata/golden",
        ],
        endings: &["go", "go", "go", "go", "_test.go", "proto", "yaml", "json", "sql", "md", "sh"],
        line: "\tif err := store.Apply(ctx, change); err != nil { return err }\n",
    },
    Kind {
        manifest: (
            "pom.xml",
            "<project xmlns=\"http://maven.apache.org/POM/4.0.0\">\n  <modelVersion>4.0.0</modelVersion>\n  <groupId>com.example</groupId>\n  <artifactId>NAME</artifactId>\n  <version>1.0.0</version>\n</project>\n",
        ),
        folders: &[
            "src/main/java/com/example/service",
            "src/main/java/com/example/service/impl",
            "src/main/java/com/example/web",
            "src/main/resources/templates",
            "src/test/java/com/example/service",
        ],
        endings: &["java", "java", "java", "java", "xml", "properties", "html", "sql", "yml"],
        line: "        return repository.findById(id).map(mapper::toView).orElseThrow();\n",
    },
    Kind {
        manifest: (
            "CMakeLists.txt",
            "cmake_minimum_required(VERSION 3.25)\nproject(NAME CXX)\nadd_library(NAME src/main.cpp)\n",
        ),
        folders: &[
            "src",
            "include/engine",
            "src/render/passes",
            "src/math",
            "third_party/zlib",
            "tests",
            "docs/api",
        ],
        endings: &["cpp", "cpp", "h", "h", "hpp", "cc", "c", "md", "png", "inc", "cmake"],
        line: "  std::vector<Node> children = tree.collect(root, predicate);\n",
    },
];

const WORDS: &[&str] = &[
    "account", "adapter", "alert", "audit", "batch", "billing", "cache", "client", "config", "cursor",
    "device", "event", "export", "filter", "graph", "handler", "index", "invoice", "ledger", "loader",
    "metric", "model", "notify", "order", "parser", "payment", "policy", "queue", "record", "report",
    "router", "schema", "search", "session", "signal", "status", "store", "stream", "token", "user",
    "vector", "view", "worker",
];

const AREAS: &[&str] = &["services", "packages", "libs", "apps", "tools", "platform"];

/// Writes a tree of exactly `files` files below `root` and, with `git`, stages it.
///
/// # Errors
/// When the tree can't be written or git fails.
pub fn generate(root: &Path, files: usize, git: bool) -> io::Result<()> {
    let mut numbers = Numbers(20);
    let mut writer = Writer { root, left: files };
    writer.write(".gitignore", "node_modules/\ntarget/\n/dist\n*.log\n*.pyc\n__pycache__/\n.env.local\n")?;
    writer.write(
        ".gitattributes",
        "*.snap linguist-generated\nthird_party/** linguist-vendored\n* text=auto\n",
    )?;
    writer.write("README.md", "# A monorepo\n")?;
    writer.write(".github/workflows/ci.yml", "name: CI\non: [push]\njobs:\n  test:\n    runs-on: ubuntu-24.04\n    steps:\n      - uses: actions/checkout@v4\n      - run: make test\n")?;
    let mut package = 0;
    while writer.left > 0 {
        let kind = &KINDS[package % KINDS.len()];
        let name = format!("{}-{}-{package}", numbers.pick(WORDS), numbers.pick(WORDS));
        let base = format!("{}/{name}", AREAS[(package / 7) % AREAS.len()]);
        package += 1;
        writer.write(&format!("{base}/{}", kind.manifest.0), &kind.manifest.1.replace("NAME", &name))?;
        if package.is_multiple_of(3) {
            writer.write(&format!("{base}/.gitignore"), "build/\n*.tmp\n!keep.tmp\n")?;
        }
        for at in 0..80 + numbers.below(160) {
            let folder = numbers.pick(kind.folders);
            let ending = numbers.pick(kind.endings);
            let dot = if ending.starts_with('_') { "" } else { "." };
            let (first, second) = (numbers.pick(WORDS), numbers.pick(WORDS));
            let path = format!("{base}/{folder}/{first}_{second}_{at}{dot}{ending}");
            // Most files are small and few are large: 70 bytes to 20 kB, some 3 kB on average.
            let lines = 1 + numbers.below(12) * (1 + numbers.below(24) * (numbers.below(4) / 3));
            writer.write(&path, &kind.line.repeat(lines))?;
        }
    }
    if git {
        stage(root)?;
    }
    Ok(())
}

struct Writer<'a> {
    root: &'a Path,
    left: usize,
}

impl Writer<'_> {
    fn write(&mut self, path: &str, content: &str) -> io::Result<()> {
        if self.left == 0 {
            return Ok(());
        }
        self.left -= 1;
        let path = self.root.join(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, content)
    }
}

fn stage(root: &Path) -> io::Result<()> {
    for arguments in [&["init", "-q", "-b", "main"][..], &["add", "-A"], &["update-index", "-q", "--refresh"]]
    {
        let status = Command::new("git").args(arguments).current_dir(root).stderr(Stdio::null()).status()?;
        if !status.success() {
            return Err(io::Error::other(format!("git {} failed", arguments.join(" "))));
        }
    }
    Ok(())
}
