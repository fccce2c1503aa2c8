//! `pom.xml`: modules, parents inside the checkout, properties.

use std::sync::Arc;

use super::{Dependency, Found, Input, Local, Manifest, Members, scalar};
use crate::characteristics::fact::{Evidence, Fact};
use crate::characteristics::paths;
use crate::characteristics::tree::Format;
use crate::data::Node;
use crate::library::pack::DependencyKind;

/// Properties refer to each other, and parents have parents, so deep at most.
const MAX_DEPTH: usize = 8;

/// A pom and the parents of it that are in the checkout, nearest first.
struct Lineage {
    poms: Vec<(String, Arc<Node>)>,
}

impl Lineage {
    fn of(input: &Input<'_>) -> Option<Self> {
        let mut poms: Vec<(String, Arc<Node>)> = Vec::new();
        let mut file = input.file.to_owned();
        while poms.len() < MAX_DEPTH && !poms.iter().any(|(known, _)| *known == file) {
            let Ok(node) = input.tree.node(&file, Format::Xml) else {
                break;
            };
            if node.get("project").is_none() {
                break;
            }
            let next = parent_file(&file, &node).filter(|next| input.tree.has(next));
            poms.push((file, node));
            match next {
                Some(next) => file = next,
                None => break,
            }
        }
        (!poms.is_empty()).then_some(Lineage { poms })
    }

    fn project(&self) -> &Node {
        let (_, node) = &self.poms[0];
        node.get("project").unwrap_or(node)
    }

    /// A value at a path, from the pom itself or the nearest parent that has it.
    fn find(&self, path: &[&str]) -> Option<Found<String>> {
        self.poms.iter().find_map(|(file, node)| {
            let found = node.get("project")?.at(path)?;
            let evidence = Evidence::at(file, found.line, format!("xml {}", path.join(".")));
            Some(Found::new(self.resolve(&scalar(found)?, 0), evidence))
        })
    }

    fn property(&self, name: &str) -> Option<Found<String>> {
        self.find(&["properties", name])
    }

    /// Replaces `${property}`; what is unknown stays.
    fn resolve(&self, text: &str, depth: usize) -> String {
        let mut resolved = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, tail)) = after.split_once('}') else {
                break;
            };
            resolved.push_str(before);
            let known = if depth < MAX_DEPTH { self.raw(name) } else { None };
            match known {
                Some(value) => resolved.push_str(&self.resolve(&value, depth + 1)),
                None => resolved.push_str(&format!("${{{name}}}")),
            }
            rest = tail;
        }
        resolved.push_str(rest);
        resolved
    }

    fn raw(&self, name: &str) -> Option<String> {
        let path = match name {
            "project.version" | "version" | "pom.version" => return self.coordinate("version"),
            "project.groupId" | "pom.groupId" => return self.coordinate("groupId"),
            "project.artifactId" | "pom.artifactId" => vec!["artifactId"],
            "project.parent.version" => vec!["parent", "version"],
            name => vec!["properties", name],
        };
        self.poms.iter().find_map(|(_, node)| node.get("project")?.at(&path).and_then(scalar))
    }

    /// `groupId` and `version` come from the parent when they are left out.
    fn coordinate(&self, name: &str) -> Option<String> {
        let project = self.project();
        project.get(name).or_else(|| project.at(&["parent", name])).and_then(scalar)
    }
}

fn parent_file(file: &str, node: &Node) -> Option<String> {
    let parent = node.at(&["project", "parent"])?;
    let relative = match parent.entry("relativePath") {
        None => "../pom.xml".to_owned(),
        Some((_, path)) => scalar(path)?,
    };
    let path = paths::join(paths::parent(file)?, &relative)?;
    Some(if path.ends_with(".xml") { path } else { paths::file_in(&path, "pom.xml") })
}

/// One child or several of the same name.
fn each<'a>(node: Option<&'a Node>, name: &str) -> Vec<&'a Node> {
    match node.and_then(|node| node.get(name)) {
        None => Vec::new(),
        Some(list) if !list.items().is_empty() => list.items().iter().collect(),
        Some(one) => vec![one],
    }
}

pub(super) fn read(input: &Input<'_>) -> Manifest {
    let Some(lineage) = Lineage::of(input) else {
        if !input.tree.has(input.file) || input.tree.node(input.file, Format::Xml).is_ok() {
            return Manifest { no_project: true, ..Manifest::default() };
        }
        return Manifest { broken: true, ..Manifest::default() };
    };
    let project = lineage.project();
    let mut manifest = Manifest::default();
    let at = |node: &Node, reader: &str| Evidence::at(input.file, node.line, reader);
    manifest.name = project
        .get("artifactId")
        .and_then(|node| Some(Found::new(scalar(node)?, at(node, "xml artifactId"))));
    manifest.version = lineage.find(&["version"]).or_else(|| lineage.find(&["parent", "version"]));
    if let (Some(group), Some(name)) = (lineage.coordinate("groupId"), &manifest.name) {
        manifest.aliases.push(format!("{}:{}", lineage.resolve(&group, 0), name.value));
    }
    manifest.members = members(input, project);
    if let Some(parent) = project.get("parent") {
        let coordinates =
            ["groupId", "artifactId"].map(|key| parent.get(key).and_then(scalar).unwrap_or_default());
        manifest.dependencies.push(Dependency {
            name: coordinates.join(":"),
            range: parent.get("version").and_then(scalar).unwrap_or_default(),
            kind: DependencyKind::Build,
            group: Some("parent".to_owned()),
            evidence: at(parent, "xml parent"),
        });
    }
    manifest.heir_of = lineage.poms.get(1).and_then(|(parent, _)| paths::parent(parent)).map(str::to_owned);
    dependencies(input, &lineage, &mut manifest);
    java(&lineage, &mut manifest);
    kind_and_publishing(input, &lineage, &mut manifest);
    manifest
}

/// Modules of the pom and of its profiles. A module can name a pom file.
fn members(input: &Input<'_>, project: &Node) -> Option<Members> {
    let mut members = Members::default();
    let profiles = each(project.get("profiles"), "profile");
    for part in std::iter::once(project).chain(profiles) {
        for (list, item) in [("modules", "module"), ("subprojects", "subproject")] {
            for node in each(part.get(list), item) {
                let Some(dir) = scalar(node) else { continue };
                let dir = dir.strip_suffix("/pom.xml").unwrap_or(&dir).to_owned();
                members
                    .include
                    .push(Found::new(dir, Evidence::at(input.file, node.line, format!("xml {list}"))));
            }
        }
    }
    (!members.include.is_empty()).then_some(members)
}

fn dependencies(input: &Input<'_>, lineage: &Lineage, manifest: &mut Manifest) {
    let project = lineage.project();
    let mut add = |node: &Node, kind: DependencyKind, reader: &str| {
        let part = |name: &str| node.get(name).and_then(scalar).map(|text| lineage.resolve(&text, 0));
        let Some(artifact) = part("artifactId") else {
            return;
        };
        let group = part("groupId").unwrap_or_else(|| "org.apache.maven.plugins".to_owned());
        let name = format!("{group}:{artifact}");
        manifest.local.push(Local::Name(name.clone()));
        let range = part("version").unwrap_or_default();
        let evidence = Evidence::at(input.file, node.line, reader);
        if !manifest.dependencies.iter().any(|d| d.name == name && d.kind == kind) {
            manifest.dependencies.push(Dependency { name, range, kind, group: None, evidence });
        }
    };
    for node in each(project.get("dependencies"), "dependency") {
        let flag = |name: &str| node.get(name).and_then(scalar).unwrap_or_default();
        let kind = match flag("scope").as_str() {
            "test" => DependencyKind::Dev,
            _ if flag("optional") == "true" => DependencyKind::Optional,
            _ => DependencyKind::Runtime,
        };
        add(node, kind, "xml dependencies");
    }
    for node in each(project.at(&["dependencyManagement", "dependencies"]), "dependency") {
        if node.get("scope").and_then(scalar).as_deref() == Some("import") {
            add(node, DependencyKind::Build, "xml dependencyManagement");
        }
    }
    for path in
        [&["build", "plugins"][..], &["build", "pluginManagement", "plugins"], &["reporting", "plugins"]]
    {
        for node in each(project.at(path), "plugin") {
            add(node, DependencyKind::Build, "xml plugins");
        }
    }
}

/// The Java that is compiled for: what the compiler plugin says wins over properties, `release` over `target`.
fn java(lineage: &Lineage, manifest: &mut Manifest) {
    let plugin = ["release", "target", "source"].into_iter().find_map(|key| compiler_setting(lineage, key));
    let names = ["maven.compiler.release", "maven.compiler.target", "java.version", "maven.compiler.source"];
    let properties = names.into_iter().filter_map(|name| lineage.property(name));
    let mut fact: Option<Fact> = None;
    for found in plugin.into_iter().chain(properties) {
        // What no parent in the checkout explains is no version.
        let version = found.value.strip_prefix("1.").unwrap_or(&found.value).to_owned();
        if version.parse::<u32>().is_err() {
            continue;
        }
        let new = Fact::new(version, found.evidence);
        match &mut fact {
            None => fact = Some(new),
            Some(fact) => {
                fact.refuse(&new, "the compiler does not read it where a stronger setting is there");
            }
        }
    }
    manifest.facts.extend(fact.map(|fact| ("java.target".to_owned(), fact)));
    let release = compiler_setting(lineage, "release").or_else(|| lineage.property("maven.compiler.release"));
    if let Some(found) = release {
        manifest.facts.insert("java.release-flag".to_owned(), Fact::new(true, found.evidence));
    }
}

fn compiler_setting(lineage: &Lineage, key: &str) -> Option<Found<String>> {
    lineage.poms.iter().find_map(|(file, node)| {
        let project = node.get("project")?;
        [&["build", "plugins"][..], &["build", "pluginManagement", "plugins"]].into_iter().find_map(|path| {
            each(project.at(path), "plugin").into_iter().find_map(|plugin| {
                if plugin.get("artifactId").and_then(scalar)? != "maven-compiler-plugin" {
                    return None;
                }
                let found = plugin.at(&["configuration", key])?;
                let evidence = Evidence::at(file, found.line, format!("xml maven-compiler-plugin {key}"));
                Some(Found::new(lineage.resolve(&scalar(found)?, 0), evidence))
            })
        })
    })
}

fn kind_and_publishing(input: &Input<'_>, lineage: &Lineage, manifest: &mut Manifest) {
    let project = lineage.project();
    let uses = |name: &str| {
        manifest
            .dependencies
            .iter()
            .find(|d| d.kind == DependencyKind::Build && d.name.ends_with(name))
            .cloned()
    };
    let packaging = project.get("packaging");
    let kind = packaging.and_then(scalar).unwrap_or_else(|| "jar".to_owned());
    let place = packaging.map_or_else(
        || Evidence::file(input.file, "xml (packaging is jar)"),
        |node| Evidence::at(input.file, node.line, "xml packaging"),
    );
    let runs = ["spring-boot-maven-plugin", "quarkus-maven-plugin", "jib-maven-plugin"];
    let fact = match (kind.as_str(), runs.into_iter().find_map(uses)) {
        ("pom", _) => Fact::new(Vec::<&str>::new(), place.clone()),
        ("war" | "ear", _) => Fact::new(vec!["binary"], place.clone()),
        (_, Some(plugin)) => Fact::new(vec!["binary"], plugin.evidence),
        _ => Fact::new(vec!["library"], place.clone()),
    };
    manifest.facts.insert("project.kind".to_owned(), fact);
    manifest.facts.insert("java.packaging".to_owned(), Fact::new(kind, place));
    let publishes =
        ["central-publishing-maven-plugin", "nexus-staging-maven-plugin"].into_iter().find_map(uses);
    let skipped = lineage.property("maven.deploy.skip").filter(|found| found.value == "true");
    let target = lineage.poms.iter().find_map(|(file, node)| {
        let (key, _) = node.get("project")?.entry("distributionManagement")?;
        Some(Evidence::at(file, key.line, "xml distributionManagement"))
    });
    let fact = match (skipped, publishes, target) {
        (Some(skip), ..) => Fact::new(false, skip.evidence),
        (None, Some(plugin), _) => Fact::new(true, plugin.evidence),
        (None, None, Some(evidence)) => Fact::new(true, evidence),
        _ => Fact::new(false, Evidence::file(input.file, "xml (no distributionManagement)")).confidence(0.8),
    };
    manifest.facts.insert("project.publishable".to_owned(), fact);
}

#[cfg(test)]
mod tests {
    use super::super::testing::read;

    fn pom(inside: &str) -> String {
        format!(
            "<project>\n<groupId>g</groupId>\n<artifactId>a</artifactId>\n<version>1</version>\n{inside}\n</project>"
        )
    }

    #[test]
    fn modules_of_profiles_count_and_comments_do_not() {
        let text = pom(
            "<modules><module>x</module><!-- <module>no</module> --></modules><profiles><profile><modules><module>y/pom.xml</module></modules></profile></profiles>",
        );
        let members = read("maven", &[("pom.xml", &text)]).members.unwrap();
        assert_eq!(members.include.iter().map(|f| f.value.as_str()).collect::<Vec<_>>(), ["x", "y"]);
    }

    #[test]
    fn the_java_version_is_found_through_properties_and_parents() {
        let parent = pom(
            "<properties><jdk>17</jdk><maven.compiler.release>${jdk}</maven.compiler.release></properties>",
        );
        let child = "<project><parent><groupId>g</groupId><artifactId>a</artifactId><version>1</version></parent><artifactId>c</artifactId></project>";
        let manifest = read("maven", &[("m/pom.xml", child), ("pom.xml", &parent)]);
        let fact = &manifest.facts["java.target"];
        assert_eq!((fact.value.clone(), fact.evidence[0].file.as_str()), ("17".into(), "pom.xml"));
        assert_eq!(manifest.aliases, ["g:c"]);
    }

    #[test]
    fn properties_that_refer_to_each_other_end() {
        let text = pom("<properties><java.version>${x}</java.version><x>${java.version}</x></properties>");
        assert!(!read("maven", &[("pom.xml", &text)]).facts.contains_key("java.target"));
    }

    #[test]
    fn one_eight_is_eight_and_the_plugin_wins_over_properties() {
        let text = pom(
            "<properties><maven.compiler.source>1.7</maven.compiler.source></properties><build><plugins><plugin><artifactId>maven-compiler-plugin</artifactId><configuration><target>1.8</target></configuration></plugin></plugins></build>",
        );
        let manifest = read("maven", &[("pom.xml", &text)]);
        let fact = &manifest.facts["java.target"];
        assert_eq!((fact.value.clone(), fact.refused[0].value.clone()), ("8".into(), "7".into()));
    }
}
