//! `build.gradle` and `settings.gradle` of both dialects.

use super::catalog::{Catalog, split_coordinates};
use super::script::{Statement, Token, dotted, statements};
use super::{Dependency, Found, Input, Local, Manifest, Members};
use crate::characteristics::fact::{Evidence, Fact};
use crate::characteristics::paths;
use crate::characteristics::tree::Tree;
use crate::library::pack::DependencyKind;

fn dialect(file: &str) -> &'static str {
    if file.ends_with(".kts") { "kotlin" } else { "groovy" }
}

fn script(input: &Input<'_>) -> Option<Vec<Statement>> {
    let text = input.tree.text(input.file).ok()?;
    Some(statements(dialect(input.file), &text))
}

pub(super) fn read_settings(input: &Input<'_>) -> Manifest {
    let Some(script) = script(input) else {
        return Manifest { broken: true, ..Manifest::default() };
    };
    let mut manifest = Manifest::default();
    let mut members = Members::default();
    let moved = project_dirs(&script);
    each(&script, &mut |statement, _| {
        let at = |reader: &str| Evidence::at(input.file, statement.line, reader);
        match (statement.head(), statement.path().as_str()) {
            ("include", _) => {
                for path in statement.texts() {
                    let moved = moved.iter().find(|(project, _)| project == path);
                    let dir = moved.map_or_else(|| directory(path), |(_, dir)| dir.clone());
                    members.include.push(Found::new(dir, at("tree-sitter include")));
                }
            }
            ("includeBuild", _) => {
                for dir in statement.texts().take(1) {
                    members.include.push(Found::new(dir.to_owned(), at("tree-sitter includeBuild")));
                }
            }
            (_, "rootProject.name") => {
                let name = statement.texts().next().map(str::to_owned);
                manifest.name = name.map(|name| Found::new(name, at("tree-sitter rootProject.name")));
            }
            _ => {}
        }
    });
    if !input.tree.below(&paths::file_in(input.dir, "buildSrc")).is_empty() {
        members
            .include
            .push(Found::new("buildSrc".to_owned(), Evidence::file(input.file, "buildSrc is always built")));
    }
    manifest.members = (!members.include.is_empty()).then_some(members);
    manifest
}

/// `:a:b` lies in `a/b` unless the settings say otherwise.
fn directory(project: &str) -> String {
    project.trim_start_matches(':').replace(':', "/")
}

/// `project(":x").projectDir = file("y")`.
fn project_dirs(script: &[Statement]) -> Vec<(String, String)> {
    let moved = script.iter().filter(|s| s.head() == "project" && s.after("projectDir").is_some());
    moved
        .filter_map(|statement| {
            let mut texts = statement.texts();
            Some((texts.next()?.to_owned(), texts.last()?.to_owned()))
        })
        .collect()
}

/// Visits every statement with the names of the blocks around it.
fn each(script: &[Statement], visit: &mut dyn FnMut(&Statement, &[String])) {
    fn go(script: &[Statement], around: &mut Vec<String>, visit: &mut dyn FnMut(&Statement, &[String])) {
        for statement in script {
            visit(statement, around);
            around.push(statement.path());
            go(&statement.block, around, visit);
            around.pop();
        }
    }
    go(script, &mut Vec::new(), visit);
}

pub(super) fn read(input: &Input<'_>) -> Manifest {
    let Some(script) = script(input) else {
        return Manifest { broken: true, ..Manifest::default() };
    };
    let root = settings_dir(input.tree, input.dir);
    let catalog = Catalog::of(input.tree, &root);
    let mut manifest = Manifest::default();
    let name = if input.dir == "." { None } else { Some(paths::name(input.dir).to_owned()) };
    manifest.name = name.map(|name| Found::new(name, Evidence::file(input.file, "directory")));
    manifest.aliases.push(project_path(input.dir, &root));
    each(&script, &mut |statement, around| {
        let at = |reader: &str| Evidence::at(input.file, statement.line, reader);
        let inside = |block: &str| around.last().is_some_and(|name| name == block);
        if inside("plugins") || statement.head() == "apply" {
            if let Some((id, version)) = plugin(statement, &catalog) {
                manifest.dependencies.push(Dependency {
                    name: id,
                    range: version,
                    kind: DependencyKind::Build,
                    group: Some("plugin".to_owned()),
                    evidence: at("tree-sitter plugins"),
                });
            }
        } else if inside("dependencies") && !around.iter().any(|name| name == "buildscript") {
            dependency(statement, &catalog, &root, at("tree-sitter dependencies"), &mut manifest);
        }
        java(statement, &catalog, &script, &at("tree-sitter"), &mut manifest);
        if around.is_empty() && statement.head() == "version" {
            let version = statement.texts().next().map(str::to_owned);
            manifest.version = version.map(|version| Found::new(version, at("tree-sitter version")));
        }
    });
    kind_and_publishing(input, &mut manifest);
    manifest
}

/// The nearest directory with settings, which is where project paths start.
fn settings_dir(tree: &Tree<'_>, dir: &str) -> String {
    let has = |dir: &&str| {
        ["settings.gradle", "settings.gradle.kts"].iter().any(|name| tree.has(&paths::file_in(dir, name)))
    };
    paths::upwards(dir, ".").find(has).unwrap_or(dir).to_owned()
}

fn project_path(dir: &str, root: &str) -> String {
    match paths::relative(dir, root) {
        Some(".") | None => ":".to_owned(),
        Some(path) => format!(":{}", path.replace('/', ":")),
    }
}

/// `id 'x' version '1'`, `kotlin("jvm")`, `alias(libs.plugins.x)`, `java`, `apply plugin: 'x'`.
fn plugin(statement: &Statement, catalog: &Catalog) -> Option<(String, String)> {
    let mut texts = statement.texts();
    let version = |statement: &Statement| {
        let after = statement.after("version").unwrap_or_default();
        after.iter().find_map(|token| match token {
            Token::Text(text) => Some(text.clone()),
            _ => None,
        })
    };
    match statement.head() {
        "id" | "apply" => {
            // `apply from:` includes another script.
            if statement.head() == "apply" && statement.after("plugin").is_none() {
                return None;
            }
            Some((texts.next()?.to_owned(), version(statement).unwrap_or_default()))
        }
        "kotlin" => {
            let id = format!("org.jetbrains.kotlin.{}", texts.next()?);
            Some((id, version(statement).unwrap_or_default()))
        }
        "alias" => catalog.plugin(&dotted(statement.after("alias")?.get(1..)?)),
        "" => None,
        // Kotlin: a core plugin as a property, or in backticks.
        name => Some((name.to_owned(), String::new())),
    }
}

fn dependency(
    statement: &Statement,
    catalog: &Catalog,
    root: &str,
    evidence: Evidence,
    manifest: &mut Manifest,
) {
    let configuration = statement.head().to_lowercase();
    let kind = match configuration.as_str() {
        "" | "constraints" | "modules" => return,
        c if c.contains("test") => DependencyKind::Dev,
        c if c.contains("processor") || c.starts_with("kapt") || c.starts_with("ksp") || c == "classpath" => {
            DependencyKind::Build
        }
        _ => DependencyKind::Runtime,
    };
    if statement.after("project").is_some() {
        if let Some(path) = statement.texts().next() {
            manifest.local.push(Local::Name(format!(":{}", path.trim_start_matches(':'))));
            if let Some(dir) = paths::join(root, &directory(path)) {
                manifest.local.push(Local::Path(dir));
            }
        }
        return;
    }
    let accessor = statement.after("libs").map(|rest| dotted(rest.get(1..).unwrap_or_default()));
    let coordinates = match accessor {
        Some(accessor) => catalog.library(&accessor),
        None => statement.texts().next().and_then(split_coordinates),
    };
    if let Some((name, range)) = coordinates
        && !manifest.dependencies.iter().any(|d| d.name == name && d.kind == kind)
    {
        manifest.dependencies.push(Dependency { name, range, kind, group: None, evidence });
    }
}

/// What a script says about Java: the toolchain it is built with, and the release it is compiled for.
fn java(
    statement: &Statement,
    catalog: &Catalog,
    script: &[Statement],
    evidence: &Evidence,
    manifest: &mut Manifest,
) {
    let said = |tokens: &[Token]| version(tokens, catalog, script);
    let mut put = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let fact = Fact::new(value, evidence.clone());
            match manifest.facts.get_mut(name) {
                Some(first) => first.refuse(&fact, "an earlier line of the script says it"),
                None => {
                    manifest.facts.insert(name.to_owned(), fact);
                }
            }
        }
    };
    if let Some(rest) = statement.after("languageVersion").or_else(|| statement.after("jvmToolchain")) {
        put("java.toolchain", said(rest));
    }
    let path = statement.path();
    if let Some(rest) = statement.after("release").filter(|_| path.starts_with("options.release")) {
        put("java.target", said(rest));
    }
    for name in ["targetCompatibility", "sourceCompatibility"] {
        if let Some(rest) = statement.after(name).filter(|_| path.split('.').any(|part| part == name)) {
            put("java.target", said(rest));
        }
    }
    if statement.head() == "useJUnitPlatform" || path.ends_with(".useJUnitPlatform") {
        manifest.facts.insert("java.junit-platform".to_owned(), Fact::new(true, evidence.clone()));
    }
}

/// `17`, `"17"`, `1.8`, `JavaVersion.VERSION_17`, `JavaLanguageVersion.of(17)`, a catalog's version, a variable.
fn version(tokens: &[Token], catalog: &Catalog, script: &[Statement]) -> Option<String> {
    let plain = |text: &str| {
        let text = text.strip_prefix("VERSION_").unwrap_or(text).replace('_', ".");
        let text = text.strip_prefix("1.").unwrap_or(&text);
        text.parse::<u32>().ok().filter(|n| (1..100).contains(n)).map(|n| n.to_string())
    };
    let direct = tokens.iter().find_map(|token| match token {
        Token::Word(text) | Token::Text(text) => plain(text),
        Token::Mark(_) => None,
    });
    if direct.is_some() {
        return direct;
    }
    let at = tokens.iter().position(|token| matches!(token, Token::Word(word) if word == "libs"));
    if let Some(at) = at {
        return catalog.version(&dotted(tokens.get(at + 2..)?)).as_deref().and_then(plain);
    }
    // `val javaVersion = 17`, `ext.javaVersion = '17'`, `def javaVersion = 17`.
    let names: Vec<&str> = tokens
        .iter()
        .filter_map(|token| match token {
            Token::Word(word) => Some(word.as_str()),
            _ => None,
        })
        .collect();
    let mut found = None;
    each(script, &mut |statement, _| {
        let assigned = statement.tokens.iter().position(|token| *token == Token::Mark("=".to_owned()));
        let Some(at) = assigned.filter(|at| *at > 0) else {
            return;
        };
        if let Token::Word(name) = &statement.tokens[at - 1]
            && names.contains(&name.as_str())
            && name != "languageVersion"
        {
            found = found.take().or_else(|| match statement.tokens.get(at + 1) {
                Some(Token::Word(text) | Token::Text(text)) => plain(text),
                _ => None,
            });
        }
    });
    found
}

fn kind_and_publishing(input: &Input<'_>, manifest: &mut Manifest) {
    let plugin = |ids: &[&str]| {
        let found = manifest
            .dependencies
            .iter()
            .find(|d| d.group.as_deref() == Some("plugin") && ids.contains(&d.name.as_str()));
        found.map(|d| d.evidence.clone())
    };
    let runs = [
        "application",
        "org.springframework.boot",
        "io.quarkus",
        "com.android.application",
        "io.micronaut.application",
    ];
    let libraries = [
        "java-library",
        "java",
        "groovy",
        "com.android.library",
        "org.jetbrains.kotlin.jvm",
        "org.jetbrains.kotlin.multiplatform",
        "scala",
    ];
    let fact = match (plugin(&runs), plugin(&libraries)) {
        (Some(evidence), _) => Some(Fact::new(vec!["binary"], evidence)),
        (None, Some(evidence)) => Some(Fact::new(vec!["library"], evidence)),
        (None, None) => None,
    };
    let publishing = plugin(&[
        "maven-publish",
        "com.vanniktech.maven.publish",
        "com.gradle.plugin-publish",
        "ivy-publish",
    ]);
    let publishable = match publishing {
        Some(evidence) => Fact::new(true, evidence),
        None => {
            Fact::new(false, Evidence::file(input.file, "tree-sitter (no publishing plugin)")).confidence(0.8)
        }
    };
    manifest.facts.extend(fact.map(|fact| ("project.kind".to_owned(), fact)));
    manifest.facts.insert("project.publishable".to_owned(), publishable);
}

#[cfg(test)]
mod tests {
    use super::super::testing::read;
    use super::*;

    fn fact(files: &[(&str, &str)], name: &str) -> Option<serde_json::Value> {
        read("gradle", files).facts.get(name).map(|fact| fact.value.clone())
    }

    #[test]
    fn the_toolchain_is_found_in_both_dialects_and_not_in_comments() {
        let kotlin = "// languageVersion = JavaLanguageVersion.of(8)\njava {\n  toolchain {\n    languageVersion.set(JavaLanguageVersion.of(17))\n  }\n}\n";
        assert_eq!(fact(&[("build.gradle.kts", kotlin)], "java.toolchain"), Some("17".into()));
        let groovy = "/* jvmToolchain(8) */\njava {\n  toolchain {\n    languageVersion = JavaLanguageVersion.of(21)\n  }\n}\n";
        assert_eq!(fact(&[("build.gradle", groovy)], "java.toolchain"), Some("21".into()));
        assert_eq!(
            fact(&[("build.gradle.kts", "kotlin { jvmToolchain(11) }\n")], "java.toolchain"),
            Some("11".into())
        );
        assert_eq!(fact(&[("build.gradle", "println 'jvmToolchain(8)'\n")], "java.toolchain"), None);
    }

    #[test]
    fn the_target_comes_from_constants_texts_variables_and_catalogs() {
        let target = |file: &str, text: &str| {
            fact(
                &[
                    (file, text),
                    ("settings.gradle", ""),
                    ("gradle/libs.versions.toml", "[versions]\njdk-min = \"11\"\n"),
                ],
                "java.target",
            )
        };
        assert_eq!(target("build.gradle", "sourceCompatibility = '1.8'\n"), Some("8".into()));
        assert_eq!(
            target("build.gradle", "sourceCompatibility = JavaVersion.VERSION_1_8\n"),
            Some("8".into())
        );
        assert_eq!(
            target("build.gradle.kts", "java { sourceCompatibility = JavaVersion.VERSION_17 }\n"),
            Some("17".into())
        );
        assert_eq!(
            target(
                "build.gradle.kts",
                "tasks.withType<JavaCompile>().configureEach {\n  options.release.set(11)\n}\n"
            ),
            Some("11".into())
        );
        assert_eq!(
            target("build.gradle", "def jdk = 17\njava {\n  targetCompatibility = jdk\n}\n"),
            Some("17".into())
        );
        assert_eq!(
            target(
                "build.gradle.kts",
                "java { sourceCompatibility = JavaVersion.toVersion(libs.versions.jdk.min.get()) }\n"
            ),
            Some("11".into())
        );
    }

    #[test]
    fn plugins_and_dependencies_are_found_through_the_catalog() {
        let catalog = "[versions]\nboot = \"3.4.0\"\n[libraries]\nktor-server-core = { module = \"io.ktor:ktor-server-core\", version.ref = \"boot\" }\n[plugins]\nspring-boot = { id = \"org.springframework.boot\", version.ref = \"boot\" }\n";
        let build = "plugins {\n  alias(libs.plugins.spring.boot)\n  kotlin(\"jvm\") version \"2.0\"\n  `java-library`\n}\ndependencies {\n  implementation(libs.ktor.server.core)\n  testImplementation(\"org.junit.jupiter:junit-jupiter:5.11\")\n  api(project(\":core:util\"))\n}\n";
        let manifest = read(
            "gradle",
            &[
                ("build.gradle.kts", build),
                ("settings.gradle.kts", ""),
                ("gradle/libs.versions.toml", catalog),
            ],
        );
        let found: Vec<_> =
            manifest.dependencies.iter().map(|d| (d.name.as_str(), d.range.as_str(), d.kind)).collect();
        assert_eq!(
            found,
            [
                ("org.springframework.boot", "3.4.0", DependencyKind::Build),
                ("org.jetbrains.kotlin.jvm", "2.0", DependencyKind::Build),
                ("java-library", "", DependencyKind::Build),
                ("io.ktor:ktor-server-core", "3.4.0", DependencyKind::Runtime),
                ("org.junit.jupiter:junit-jupiter", "5.11", DependencyKind::Dev),
            ]
        );
        assert!(manifest.local.contains(&Local::Path("core/util".to_owned())));
    }

    #[test]
    fn settings_list_projects_included_builds_and_moved_directories() {
        let text = "rootProject.name = \"shop\"\ninclude(\":a\", \":b:c\")\n// include(\":no\")\nincludeBuild(\"build-logic\")\nproject(\":a\").projectDir = file(\"x/a\")\n";
        let manifest = read("gradle-settings", &[("settings.gradle.kts", text)]);
        let dirs: Vec<_> = manifest.members.unwrap().include.into_iter().map(|found| found.value).collect();
        assert_eq!(dirs, ["x/a", "b/c", "build-logic"]);
        assert_eq!(manifest.name.unwrap().value, "shop");
        let groovy = "rootProject.name = 'shop'\ninclude 'a', 'b:c'\n";
        let manifest = read("gradle-settings", &[("settings.gradle", groovy)]);
        assert_eq!(manifest.members.unwrap().include.len(), 2);
    }
}
