//! Files that configure wfgen, and files that it wrote or would write, broken or hostile.

use super::{Case, Tree, run};

#[test]
fn broken_configuration_ends_in_clear_errors() {
    run(CASES);
}

const USAGE: i32 = 2;
const INVALID: i32 = 4;

pub(crate) const CASES: &[Case] = &[
    Case::new("a broken wfgen.toml", USAGE, |t| config(t, "[workflows]\nci = \n")).says(&["wfgen.toml:2"]).stops(),
    Case::new("a wfgen.toml with an unknown key", USAGE, |t| config(t, "\n[workflow]\nci = true\n"))
        .says(&["wfgen.toml:2", "did you mean"])
        .stops(),
    Case::new("a wfgen.toml with a byte order mark", 0, |t| config(t, "\u{feff}[workflows]\nci = true\n")),
    Case::new("a wfgen.toml that is no text", USAGE, |t| config(t, b"[workflows]\n\xff\xfe = true\n"))
        .says(&["wfgen.toml"])
        .stops(),
    Case::new("an empty wfgen.toml", 0, |t| config(t, "")),
    Case::new("a wfgen.toml of one GiB", USAGE, |t| {
        t.npm();
        t.sparse("wfgen.toml");
    })
    .says(&["wfgen.toml"])
    .stops(),
    Case::new("a wfgen.toml that is a FIFO", USAGE, |t| {
        t.npm();
        t.fifo("wfgen.toml");
    })
    .says(&["wfgen.toml"])
    .stops(),
    Case::new("a wfgen.toml that is a folder", USAGE, |t| {
        t.npm();
        t.folder("wfgen.toml");
    })
    .says(&["wfgen.toml"])
    .stops(),
    Case::new("a deep wfgen.toml", USAGE, |t| {
        config(t, format!("overlays = {}1{}\n", "[".repeat(100_000), "]".repeat(100_000)));
    })
    .says(&["wfgen.toml"])
    .stops(),
    Case::new("a component that is not there", INVALID, |t| config(t, "[components.\"x/$(PWNED)\"]\nenabled = true\n"))
        .says(&["PWNED"]),
    Case::new("an input that is not there", INVALID, |t| {
        config(t, "[components.\"node/test\"]\nwith = { oops = 1 }\n");
    })
    .says(&["oops"]),
    Case::new("an input of another type", INVALID, |t| {
        config(t, "[components.\"node/test\"]\nwith = { command = [1] }\n");
    })
    .says(&["command"]),
    Case::new("globs of projects that are none", USAGE, |t| config(t, "[projects]\nexclude = [\"[\"]\n"))
        .says(&["["])
        .stops(),
    Case::new("an overlay that is not there", USAGE, |t| config(t, "overlays = [\"none\"]\n"))
        .says(&["none"])
        .stops(),
    Case::new("an overlay that is a file", USAGE, |t| config(t, "overlays = [\"package.json\"]\n"))
        .says(&["package.json"])
        .stops(),
    Case::new("an overlay with a broken pack", INVALID, |t| {
        overlay(t, "components/x/pack.yml", "name: X\nfacts:\n  x.y: [\n");
    })
    .says(&["pack.yml"])
    .stops(),
    Case::new("an overlay with a pack that says what nobody knows", INVALID, |t| {
        overlay(t, "components/x/pack.yml", "name: X\noops: 1\n");
    })
    .says(&["pack.yml:2"])
    .stops(),
    Case::new("an overlay with a regex that is none", INVALID, |t| {
        overlay(t, "components/x/pack.yml", "name: X\nfacts:\n  x.y:\n    about: why\n    first:\n      - { regex: '(', in: package.json }\n");
    })
    .says(&["pack.yml:6"])
    .stops(),
    Case::new("an overlay with a regex that is too big", INVALID, |t| {
        overlay(t, "components/x/pack.yml", "name: X\nfacts:\n  x.y:\n    about: why\n    first:\n      - { regex: '((a{1000}){1000}){1000}', in: package.json }\n");
    })
    .says(&["pack.yml:6"])
    .stops(),
    Case::new("an overlay that is no text", INVALID, |t| overlay(t, "components/x/pack.yml", b"name: \xff\n"))
        .says(&["pack.yml"])
        .stops(),
    Case::new("an overlay with a file of one GiB", INVALID, |t| {
        overlay(t, "components/x/a.yml", "");
        t.sparse("own/components/x/pack.yml");
    })
    .says(&["pack.yml"])
    .stops(),
    Case::new("an overlay that is a bomb", INVALID, |t| {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..9 {
            text.push_str(&format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 10].join(", ")));
        }
        overlay(t, "components/x/pack.yml", text);
    })
    .says(&["pack.yml"])
    .stops(),
    Case::new("an overlay with a broken rule", INVALID, |t| {
        overlay(t, "rules/x.json", "[\n  {\"name\": \"x/y\",\n");
    })
    .says(&["x.json"])
    .stops(),
    Case::new("an overlay with a rule of the wrong form", INVALID, |t| {
        overlay(t, "rules/x.json", "[\n  {\"name\": \"x/y\", \"conditions\": 7}\n]\n");
    })
    .says(&["x.json:2"]),
    Case::new("an overlay with shared conditions in a circle", INVALID, |t| {
        overlay(t, "rules/x.json", "[{\"conditions\": {\"a\": {\"condition\": \"b\"}, \"b\": {\"condition\": \"a\"}}}, {\"name\": \"x/y\", \"because\": \"x\", \"scope\": \"repository\", \"conditions\": {\"condition\": \"a\"}, \"event\": {\"type\": \"component\", \"params\": {\"use\": \"ci/frame\"}}, \"fires\": [], \"silent\": []}]\n");
    })
    .says(&["x.json"]),
    Case::new("an overlay with components in a circle", INVALID, |t| {
        overlay(t, "components/node/test.yml", "version: 1.9.0\nsummary: x\nkind: job\nworkflow: ci\nprovides: [test]\ninputs:\n  build: { type: command }\n  command: { type: command }\n  fallback: { type: string }\njob:\n  runs-on: ubuntu-24.04\n  steps: [{ use: x/a }]\n");
        t.write("own/components/x/a.yml", "version: 1.0.0\nsummary: x\nkind: steps\nsteps: [{ use: x/b }]\n");
        t.write("own/components/x/b.yml", "version: 1.0.0\nsummary: x\nkind: steps\nsteps: [{ use: x/a }]\n");
    }),
    Case::new("an overlay that writes out of the tree", INVALID, |t| {
        overlay(t, "components/dependabot/file.yml", "version: 1.0.1\nsummary: x\nkind: file\npath: ../outside/package.json\nbody: { version: 2, updates: [] }\n");
    }),
    Case::new("a broken lock", INVALID, |t| lock(t, "version = \n")).says(&["wfgen.lock:1"]),
    Case::new("a lock with merge markers", INVALID, |t| lock(t, "<<<<<<< ours\nversion = 1\n=======\n"))
        .says(&["wfgen.lock:1"]),
    Case::new("a lock of a newer wfgen", USAGE, |t| lock(t, "version = 999999999999\nlibrary = \"9\"\n"))
        .says(&["wfgen.lock"]),
    Case::new("a lock with paths out of the tree", INVALID, |t| {
        lock(t, "version = 1\nlibrary = \"0\"\n[[file]]\npath = \"../outside/package.json\"\nblob = \"x\"\n");
    })
    .says(&["wfgen.lock", "outside"]),
    Case::new("a lock with absolute paths", INVALID, |t| {
        lock(t, "version = 1\nlibrary = \"0\"\n[[file]]\npath = \"/etc/passwd\"\nblob = \"x\"\n");
    })
    .says(&["wfgen.lock"]),
    Case::new("a lock with paths through `.github`", INVALID, |t| {
        lock(t, "version = 1\nlibrary = \"0\"\n[[file]]\npath = \".github/../package.json\"\nblob = \"x\"\n");
    })
    .says(&["wfgen.lock"]),
    Case::new("a lock of one GiB", 5, |t| {
        t.npm();
        t.sparse(".github/wfgen.lock");
    })
    .says(&["wfgen.lock"]),
    Case::new("a lock that is a FIFO", 5, |t| {
        t.npm();
        t.fifo(".github/wfgen.lock");
    })
    .says(&["wfgen.lock"]),
    Case::new("workflows that are garbage", 0, |t| {
        t.npm();
        t.write(".github/workflows/a.yml", b"\xff\xfe\x00\x00");
        t.write(".github/workflows/b.yml", "on: [\n");
        t.write(".github/workflows/c.yml", "- 1\n- 2\n");
        t.write(".github/workflows/d.yml", "");
        t.write(".github/workflows/e.yml", "on: push\non: push\njobs: 7\n");
        t.write(".github/workflows/f.yml", "on: push\njobs: { PWNED$(id): { steps: [{ run: 'node --test ${{ secrets.PWNED }}', uses: 7 }, 3, null] } }\n");
        t.write(".github/workflows/g.yml", "jobs:\n  a: &a\n    steps: *a\n");
        t.folder(".github/workflows/h.yml");
    })
    .says(&["b.yml:2"]),
    Case::new("a workflow of somebody in the way, which is garbage", 1, |t| {
        t.npm();
        t.write(".github/workflows/ci.yml", b"on: [\xff\n");
    }),
    Case::new("a dependabot.yml in the way, which is garbage", 0, |t| {
        t.npm();
        t.write("package-lock.json", "{}");
        t.write(".github/dependabot.yml", "version: [\n");
    }),
];

fn config(t: &Tree, text: impl AsRef<[u8]>) {
    t.npm();
    t.write("wfgen.toml", text);
}

fn overlay(t: &Tree, path: &str, text: impl AsRef<[u8]>) {
    config(t, "overlays = [\"own\"]\n");
    t.write(&format!("own/{path}"), text);
}

fn lock(t: &Tree, text: &str) {
    t.npm();
    t.write(".github/wfgen.lock", text);
}
