"""Times pairs of commands in turns and prints the median of the ratios. `tools/bench.sh` calls it."""

import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROUNDS = 11
WORKFLOWS = 1000
FILES = 5000


def seconds(command, directory):
    start = time.perf_counter()
    subprocess.run(command, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - start


def compare(title, ours, theirs, directory, goal):
    """One row: medians of both, and the median of the ratios of neighbours in time."""
    if shutil.which(theirs[0]) is None:
        print(f"{title:46} skipped: {theirs[0]} is not installed")
        return
    pairs = [(seconds(ours, directory), seconds(theirs, directory)) for _ in range(ROUNDS + 1)][1:]
    a, b = (statistics.median(side) for side in zip(*pairs))
    ratio = statistics.median(x / y for x, y in pairs)
    print(f"{title:46} {a * 1000:8.1f} ms {b * 1000:8.1f} ms   ratio {ratio:6.2f}   goal {goal}")


def repository(root):
    """A checkout of FILES files with a Cargo workspace and a Python project."""
    if root.exists():
        return
    for n in range(FILES):
        folder = root / f"crates/part{n % 10}/src/area{n // 10 % 20}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"file{n}.rs").write_text(f"pub fn value() -> usize {{\n    {n}\n}}\n")
    members = ", ".join(f'"crates/part{n}"' for n in range(10))
    (root / "Cargo.toml").write_text(f"[workspace]\nmembers = [{members}]\nresolver = \"3\"\n")
    for n in range(10):
        manifest = f'[package]\nname = "part{n}"\nversion = "0.1.0"\nedition = "2024"\n'
        (root / f"crates/part{n}/Cargo.toml").write_text(manifest)
        (root / f"crates/part{n}/src/lib.rs").write_text("#[test]\nfn works() {}\n")
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)


def workflows(root, wfgen):
    """WORKFLOWS copies of generated workflows."""
    if root.exists():
        return
    texts = [p.read_text() for p in sorted(Path("examples").glob("*/.github/workflows/ci.yml"))]
    folder = root / ".github/workflows"
    folder.mkdir(parents=True)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    for n in range(WORKFLOWS):
        (folder / f"ci{n}.yml").write_text(texts[n % len(texts)])


def main():
    wfgen, work = sys.argv[1], Path(sys.argv[2])
    print(f"{'':46} {'wfgen':>11} {'other':>11}")
    compare("wfgen --version : true", [wfgen, "--version"], ["true"], ".", "2 ms more")
    repository(work / "repository")
    root = work / "repository"
    commit = ["git", "-c", "user.name=bench", "-c", "user.email=bench@example.com", "commit", "-qm", "all"]
    for command in ([wfgen, "generate", "-q"], ["git", "add", "-A"], commit, ["git", "status"]):
        seconds(command, root)
    compare(f"generate --check : git status, {FILES} files", [wfgen, "generate", "--check"], ["git", "status"], root, "<= 2")
    workflows(work / "workflows", wfgen)
    flags = ["-shellcheck=", "-pyflakes="]
    compare(f"validate : actionlint, {WORKFLOWS} workflows", [wfgen, "validate"], ["actionlint", *flags], work / "workflows", "<= 1")
    zizmor = ["zizmor", "--offline", "--persona=pedantic", "."]
    compare(f"validate : zizmor, {WORKFLOWS} workflows", [wfgen, "validate"], zizmor, work / "workflows", "<= 0.11")
    size = os.path.getsize(wfgen) / 1e6
    print(f"release binary: {size:.1f} MB")
    sys.stdout.flush()
    subprocess.run(["cargo", "bench", "--quiet", "--bench", "ratios"], check=True)
    # The tree that the benchmark made.
    tree = str(Path("target/tmp/tree-100000").resolve())
    for flags, goal in ([], "<= 2"), (["--tracked"], "<= 0.5"):
        title = " ".join(["analyze", *flags, ": rg --files, 100,000 files"])
        compare(title, [wfgen, "analyze", *flags, tree], ["rg", "--files", tree], ".", goal)


if __name__ == "__main__":
    main()
