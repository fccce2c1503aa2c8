//! Directories that tools make and nobody means when they speak of a repository, ignored or not.
//!
//! A name that is also used for source (`build`, `bin`, `target`, `deps`) counts only beside the manifest of the tool that makes it, or
//! by a mark inside it.

/// Whether a directory of this name is never listed.
pub(super) fn folder(name: &str) -> bool {
    matches!(
        name,
        ".git"
            | ".hg"
            | ".svn"
            | ".jj"
            | ".bzr"
            | ".sl"
            | "_darcs"
            | "CVS"
            | "node_modules"
            | "bower_components"
            | "__pycache__"
            | ".tox"
            | ".nox"
            | ".eggs"
            | ".mypy_cache"
            | ".pytest_cache"
            | ".ruff_cache"
            | ".hypothesis"
            | ".ipynb_checkpoints"
            | ".gradle"
            | ".terraform"
            | ".terragrunt-cache"
            | ".next"
            | ".nuxt"
            | ".svelte-kit"
            | ".astro"
            | ".turbo"
            | ".nx"
            | ".parcel-cache"
            | ".dart_tool"
            | ".stack-work"
            | "dist-newstyle"
            | ".zig-cache"
            | "zig-out"
            | ".bundle"
            | ".direnv"
            | ".devbox"
            | ".pixi"
            | ".elixir_ls"
            | ".metals"
            | ".bloop"
            | ".aws-sam"
            | ".serverless"
            | "DerivedData"
            | ".wfgen"
    )
}

/// Whether a path from the root is never listed.
pub(super) fn path(path: &str) -> bool {
    path.ends_with(".yarn/cache") || path.ends_with(".yarn/unplugged")
}

/// Whether a file is in a directory that is never listed.
pub(super) fn above(path: &str) -> bool {
    let folders = path.match_indices('/').map(|(end, _)| &path[..end]);
    folders.into_iter().any(|at| self::path(at) || folder(at.rsplit('/').next().unwrap_or(at)))
}

/// Whether a directory of this name is made by a tool whose manifest lies beside it.
pub(super) fn beside(name: &str, has: impl Fn(&str) -> bool) -> bool {
    let makers: &[&str] = match name {
        "target" => &["Cargo.toml", "pom.xml", "build.sbt", "project.clj"],
        "build" => &["build.gradle", "build.gradle.kts", "pubspec.yaml"],
        "_build" => &["mix.exs", "rebar.config", "dune-project"],
        "deps" => &["mix.exs"],
        "Pods" => &["Podfile"],
        "Carthage" => &["Cartfile"],
        ".build" => &["Package.swift"],
        _ => return false,
    };
    makers.iter().any(|maker| has(maker))
}

/// Whether something in a directory marks all of it: a Python virtual environment, or a cache that says so
/// (<https://bford.info/cachedir/>; Cargo, uv, pytest and others write that tag).
pub(super) fn marks(has: impl Fn(&str) -> bool) -> bool {
    has("pyvenv.cfg") || has("CACHEDIR.TAG")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_also_used_for_source_counts_only_beside_its_maker() {
        assert!(beside("target", |name| name == "Cargo.toml"));
        assert!(!beside("target", |name| name == "package.json"));
        assert!(!beside("bin", |_| true));
        assert!(folder("node_modules") && !folder("build"));
    }
}
