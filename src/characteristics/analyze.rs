//! From a checkout to its characteristics.

use foldhash::HashMap;
use rayon::prelude::*;

use super::discover::{self, Candidate};
use super::fact::{Fact, Facts};
use super::graph::{self, Listing, Member};
use super::manifests::{self, Input, Manifest};
use super::project::{self, Shared, Speaking, Subject};
use super::tree::Tree;
use super::{
    Characteristics, Project, Role, existing, languages, paths, repository, secrets, services, tasks,
    versions,
};
use crate::checkout::Checkout;
use crate::config::Projects;
use crate::error::Result;
use crate::library::pack::{Commands, Pack, Packs, Versions};

/// Finds out what a checkout is. `chosen` says which projects the user wants to drive workflows or not.
///
/// # Errors
/// When a pack that is needed is wrong. What is wrong in the checkout is a warning.
pub fn analyze(checkout: &Checkout, packs: &Packs, chosen: &Projects) -> Result<Characteristics> {
    analyze_for(&|_| true, checkout, packs, chosen)
}

/// The same for somebody who does not want every fact: one that takes a look into many files is left out when it is
/// not `wanted`.
///
/// # Errors
/// See [`analyze`].
pub fn analyze_for(
    wanted: &dyn Fn(&str) -> bool,
    checkout: &Checkout,
    packs: &Packs,
    chosen: &Projects,
) -> Result<Characteristics> {
    let tree = Tree::new(checkout);
    let secrets = wanted("security.secrets").then_some(checkout);
    let around = || {
        let (languages, (existing, secrets)) = rayon::join(
            || languages::of(checkout),
            || (existing::read(checkout), secrets.map(secrets::scan)),
        );
        let known = repository::own(&tree, packs, &languages, &existing);
        (languages, existing, secrets, known)
    };
    let (found, (languages, existing, secrets, known)) =
        rayon::join(|| projects(&tree, packs, chosen), around);
    let (projects, shared) = found?;
    let mut facts = repository::facts(repository::Subject {
        tree: &tree,
        packs,
        known: known?,
        projects: &projects,
        languages: &languages,
        existing: &existing,
        images: &shared.images,
        secrets: secrets.as_ref(),
    })?;
    if let Some(fact) = tasks::of_repository(&tree, &shared.tasks) {
        facts.insert("repository.tasks", fact);
    }
    let mut warnings = checkout.warnings().to_vec();
    warnings.extend(existing.warnings);
    warnings.extend(tree.into_warnings());
    Ok(Characteristics { facts, projects, warnings })
}

/// Every project, and what they share.
fn projects(tree: &Tree<'_>, packs: &Packs, chosen: &Projects) -> Result<(Vec<Project>, Shared)> {
    let mut members = members(tree, packs, chosen)?;
    let listings = Listing::all(&members, tree);
    graph::adopt(&mut members, &listings);
    let shared = shared(tree, packs)?;
    Ok((established(&members, tree, packs, &shared)?, shared))
}

/// What packs without projects say about all of them.
fn shared(tree: &Tree<'_>, packs: &Packs) -> Result<Shared> {
    let mut shared = Shared { images: services::images(tree), ..Shared::default() };
    for pack in packs.with_key("services") {
        shared.services.extend(pack?.services.iter().cloned());
    }
    let mut commands = Vec::new();
    for id in packs.ids() {
        let of_pack: Option<Vec<Commands>> = packs.part(id, "commands")?;
        commands.extend(of_pack.into_iter().flatten().map(|commands| (id.to_owned(), commands)));
    }
    for pack in packs.with_key("tasks") {
        if let Some(tasks) = &pack?.tasks {
            shared.tasks = tasks.clone();
            shared.followed = tasks::Followed::read(tree, &shared.tasks, commands.clone());
        }
    }
    Ok(shared)
}

/// Reads the manifests: first of all that is no noise, then of the noise that a workspace lists.
fn members(tree: &Tree<'_>, packs: &Packs, chosen: &Projects) -> Result<Vec<Member>> {
    let candidates = discover::candidates(tree, packs, chosen)?;
    for candidate in &candidates {
        packs.get(&candidate.pack)?;
    }
    let read =
        |candidate: &Candidate| packs.get(&candidate.pack).ok().map(|pack| read(tree, pack, candidate));
    let mut members: Vec<Member> = candidates
        .into_par_iter()
        .map(|candidate| {
            let manifest = if candidate.noise.is_none() { read(&candidate) } else { None };
            Member { candidate, manifest, parent: None }
        })
        .collect();
    let listings = Listing::all(&members, tree);
    let listed = |member: &Member| {
        listings.iter().any(|listing| {
            let (pack, _) = listing.root(&members);
            pack == member.candidate.pack && listing.lists(&member.candidate.dir)
        })
    };
    let wanted: Vec<usize> =
        (0..members.len()).filter(|at| members[*at].manifest.is_none() && listed(&members[*at])).collect();
    for at in wanted {
        members[at].manifest = read(&members[at].candidate);
    }
    members.retain(|member| member.manifest.as_ref().is_none_or(|manifest| !manifest.no_project));
    Ok(members)
}

/// All manifests of a directory as one: the strongest says most. Those of another manager are left out.
fn read(tree: &Tree<'_>, pack: &Pack, candidate: &Candidate) -> Manifest {
    let mut whole: Option<Manifest> = None;
    let specs = pack.project.as_ref().map_or(&[][..], |project| &project.manifests);
    for (index, file) in &candidate.manifests {
        let Some(spec) = specs.get(*index) else { continue };
        let manager = whole.as_ref().and_then(|manifest| manifest.manager.as_ref());
        if let (Some(ours), Some(theirs)) = (manager, &spec.manager)
            && ours.value != *theirs
        {
            continue;
        }
        let manifest = manifests::read(&Input { tree, dir: &candidate.dir, file, spec });
        match &mut whole {
            None => whole = Some(manifest),
            Some(whole) => whole.absorb(manifest),
        }
    }
    whole.unwrap_or_default()
}

fn established(members: &[Member], tree: &Tree<'_>, packs: &Packs, shared: &Shared) -> Result<Vec<Project>> {
    let by_name = |pack: &str| packs.get(pack).ok().and_then(|pack| pack.project.as_ref()?.links_by_name);
    let mut depends_on = graph::depends_on(members, by_name);
    let mut speaking: HashMap<&str, Speaking> = HashMap::default();
    for member in members {
        let id = member.candidate.pack.as_str();
        if !speaking.contains_key(id) {
            speaking.insert(id, Speaking::of(packs.get(id)?, tree));
        }
    }
    let mut projects: Vec<Project> = members
        .par_iter()
        .enumerate()
        .map(|(index, member)| {
            let pack = packs.get(&member.candidate.pack)?;
            let top = graph::top(members, index);
            let facts = match &member.manifest {
                None => Facts::default(),
                Some(manifest) => {
                    let top = top.map_or(&member.candidate.dir, |top| &members[top].candidate.dir);
                    let nested = nested(members, index);
                    let speaking = &speaking[member.candidate.pack.as_str()];
                    project::facts(&Subject { tree, pack, member, manifest, top, nested, speaking }, shared)
                }
            };
            Ok(Project {
                id: member.id(),
                pack: member.candidate.pack.clone(),
                path: member.candidate.dir.clone(),
                name: facts.text("project.name").map(str::to_owned),
                workspace: top.map(|top| members[top].id()),
                role: role(members, index, top),
                depends_on: Vec::new(),
                facts,
            })
        })
        .collect::<Result<_>>()?;
    for (project, ids) in projects.iter_mut().zip(&mut depends_on) {
        project.depends_on = std::mem::take(ids);
    }
    roll_up(members, &mut projects, packs)?;
    projects.sort_by(|a, b| (&a.path, &a.pack).cmp(&(&b.path, &b.pack)));
    Ok(projects)
}

/// Directories below a project that belong to another project of the same pack.
fn nested(members: &[Member], index: usize) -> Vec<&str> {
    let own = &members[index].candidate;
    let others = graph::places_below(members, &own.dir).filter(|at| {
        let other = &members[*at].candidate;
        other.pack == own.pack && other.dir != own.dir && graph::top(members, *at) != Some(index)
    });
    others.map(|at| members[at].candidate.dir.as_str()).collect()
}

fn role(members: &[Member], index: usize, top: Option<usize>) -> Role {
    let noise = |member: &Member| member.candidate.noise.clone();
    match top {
        Some(top) => match noise(&members[top]) {
            Some(because) => Role::Noise { because },
            None => Role::Member,
        },
        None => noise(&members[index])
            .or_else(|| left_out(members, index))
            .map_or(Role::Driver, |because| Role::Noise { because }),
    }
}

/// Why nothing builds a project that inherits from one above it: that lists what is built, without it.
fn left_out(members: &[Member], index: usize) -> Option<String> {
    let own = &members[index];
    let dir = own.manifest.as_ref()?.heir_of.as_ref()?;
    let parent = members.iter().find(|other| {
        let is_above = own.candidate.dir != *dir && paths::is_within(&own.candidate.dir, dir);
        is_above
            && other.candidate.pack == own.candidate.pack
            && other.candidate.dir == *dir
            && other.lists_members()
    })?;
    Some(format!("`{}` lists what is built with it, and not this", parent.id()))
}

/// What members have reaches their root, where the pack says so.
fn roll_up(members: &[Member], projects: &mut [Project], packs: &Packs) -> Result<()> {
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); members.len()];
    for at in 0..members.len() {
        if let Some(root) = graph::top(members, at) {
            below[root].push(at);
        }
    }
    for (root, below) in below.into_iter().enumerate().filter(|(_, below)| !below.is_empty()) {
        let Some(spec) = &packs.get(&projects[root].pack)?.project else {
            continue;
        };
        let paths: Vec<&str> = below.iter().map(|at| members[*at].candidate.dir.as_str()).collect();
        let evidence =
            projects[root].facts.get("project.member-globs").or(projects[root].facts.get("project.path"));
        let evidence = evidence.map(|fact| fact.evidence.clone()).unwrap_or_default();
        let listed = Fact::of(paths, evidence);
        // What examples, documentation and benchmarks of a workspace use says nothing about the workspace.
        let ours: Vec<usize> =
            below.into_iter().filter(|at| members[*at].candidate.noise.is_none()).collect();
        type Combine = fn(&mut Fact, &Fact);
        let rules: [(&[String], Combine); 2] =
            [(&spec.roll_up, Fact::unite), (&spec.roll_up_highest, versions::keep_highest)];
        let mut is_higher = false;
        for (names, combine) in rules {
            for name in names {
                let mut united = projects[root].facts.get(name).cloned();
                for at in &ours {
                    match (&mut united, projects[*at].facts.get(name).filter(|fact| fact.confidence > 0.0)) {
                        (Some(ours), Some(theirs)) => combine(ours, theirs),
                        (None, Some(theirs)) => united = Some(theirs.clone()),
                        _ => {}
                    }
                }
                if let Some(fact) = united {
                    is_higher |= spec.roll_up_highest.contains(name)
                        && projects[root].facts.get(name).is_some_and(|own| own.value != fact.value);
                    projects[root].facts.insert(name, fact);
                }
            }
        }
        let project = &mut projects[root];
        project.facts.insert("project.members", listed);
        let is_open = |table: &&Versions| is_higher || project.facts.get(&table.fact).is_none();
        if let Some(table) = packs.get(&project.pack)?.versions.as_ref().filter(is_open) {
            versions::establish(table, &mut project.facts);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use regex::Regex;

    use super::*;
    use crate::characteristics::{manifests, syntax};
    use crate::checkout::Options;
    use crate::library::Source as Library;
    use crate::library::pack::Source;

    fn write(root: &Path, files: &[(&str, &str)]) {
        for (path, text) in files {
            let path = root.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }

    fn look(root: &Path, packs: &Packs) -> Characteristics {
        analyze(&Checkout::open(root, &Options::default()).unwrap(), packs, &Projects::default()).unwrap()
    }

    const MADE_UP: &str = r#"
name: Glim
project:
  manifests:
    - file: "*.glim"
      name: [{ yaml: ., at: package.name }]
      version: [{ yaml: ., at: package.version }]
      members: [{ yaml: ., at: parts }]
      dependencies:
        - { kind: runtime, from: { yaml: ., at: needs } }
        - { kind: dev, from: { yaml: ., at: needs-to-test } }
      scripts: [{ yaml: ., at: run }]
  manager: glim
  lockfiles: [{ file: glim.lock }]
  run: { glim: "glim run {name}" }
  roll-up: [project.frameworks]
facts:
  glim.version:
    about: The Glim that is needed
    first:
      - { line: .glim-version, upwards: checkout }
      - { regex: '^// needs glim (\S+)', in: main.gl }
frameworks:
  - { name: Glow, category: web, dependencies: glow, supersedes: [Ember] }
  - { name: Ember, category: web, dependencies: ember }
linters:
  - { name: glint, evidence: [{ file: glint.toml, upwards: workspace }] }
test-runners:
  - { name: glimtest, evidence: [{ dependency: "glim-test*" }] }
"#;

    #[test]
    fn a_language_that_nobody_knows_is_a_folder_and_no_rust() {
        let overlay = tempfile::tempdir().unwrap();
        write(overlay.path(), &[("components/glim/pack.yml", MADE_UP)]);
        let packs = Packs::load(&[Library::bundled(), Library::directory(overlay.path()).unwrap()]).unwrap();
        let root = tempfile::tempdir().unwrap();
        write(
            root.path(),
            &[
                (
                    "shop.glim",
                    "package: {name: shop, version: 1.0}\nparts: ['parts/*']\nrun: {test: glimtest --all}\n",
                ),
                ("glim.lock", ""),
                ("glint.toml", ""),
                (".glim-version", "# pinned\n2.1\n"),
                (
                    "parts/a/a.glim",
                    "package: {name: a}\nneeds: {glow: '^1', ember: 2}\nneeds-to-test: [glim-test-kit]\n",
                ),
                ("other/x.glim", "package: {name: x}\n"),
            ],
        );
        let found = look(root.path(), &packs);
        let ids: Vec<_> = found.projects.iter().map(|p| (p.id.as_str(), &p.role)).collect();
        assert_eq!(
            ids,
            [("glim:.", &Role::Driver), ("glim:other", &Role::Driver), ("glim:parts/a", &Role::Member)]
        );
        let (shop, a) = (&found.projects[0].facts, &found.projects[2].facts);
        assert_eq!(shop.text("project.name"), Some("shop"));
        assert_eq!(shop.text("glim.version"), Some("2.1"));
        assert_eq!(shop.get("glim.version").unwrap().evidence[0].line, Some(2));
        assert_eq!(shop.value("project.frameworks"), Some(&serde_json::json!(["Glow"])));
        assert_eq!(shop.value("project.tasks"), Some(&serde_json::json!({"test": "glim run test"})));
        assert_eq!(a.text("project.lockfile"), Some("glim.lock"));
        assert_eq!(a.value("project.linters"), Some(&serde_json::json!(["glint"])));
        assert_eq!(a.text("project.test-runner"), Some("glimtest"));
        assert_eq!(found.projects[2].workspace.as_deref(), Some("glim:."));
    }

    #[test]
    fn two_roots_that_list_each_other_end_and_one_of_them_drives() {
        let root = tempfile::tempdir().unwrap();
        write(
            root.path(),
            &[
                (
                    "a/pom.xml",
                    "<project><artifactId>a</artifactId><modules><module>../b</module></modules></project>",
                ),
                (
                    "b/pom.xml",
                    "<project><artifactId>b</artifactId><modules><module>../a</module></modules></project>",
                ),
            ],
        );
        let packs = Packs::load(&[Library::bundled()]).unwrap();
        let roles: Vec<_> = look(root.path(), &packs).projects.into_iter().map(|p| (p.id, p.role)).collect();
        assert_eq!(roles, [("java:a".to_owned(), Role::Driver), ("java:b".to_owned(), Role::Member)]);
    }

    #[test]
    fn a_toolchain_file_may_be_a_mere_word() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), &[("Cargo.toml", "[package]\nname = \"a\"\n"), ("rust-toolchain", "1.90.0\n")]);
        let found = look(root.path(), &Packs::load(&[Library::bundled()]).unwrap());
        assert_eq!(found.projects[0].facts.text("rust.toolchain"), Some("1.90.0"));
        assert_eq!(found.warnings, []);
    }

    #[test]
    fn what_cannot_be_read_is_a_warning_and_a_fact_of_confidence_zero() {
        let root = tempfile::tempdir().unwrap();
        write(root.path(), &[("package.json", "{\n  \"name\": \n"), ("go.mod", "module a\n")]);
        let packs = Packs::load(&[Library::bundled()]).unwrap();
        let found = look(root.path(), &packs);
        assert_eq!(found.projects.len(), 2);
        let node = found.projects.iter().find(|p| p.pack == "node").unwrap();
        assert_eq!(node.facts.get("project.name").map(|fact| fact.confidence), Some(0.0));
        assert!(found.warnings.iter().any(|warning| warning.to_string().starts_with("package.json")));
    }

    #[test]
    fn the_same_checkout_gives_the_same_bytes() {
        let root = tempfile::tempdir().unwrap();
        let files: Vec<(String, String)> =
            (0..40).map(|n| (format!("p{n}/package.json"), format!("{{\"name\": \"p{n}\"}}"))).collect();
        let files: Vec<(&str, &str)> =
            files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        write(root.path(), &files);
        let packs = Packs::load(&[Library::bundled()]).unwrap();
        let once = || serde_json::to_string(&look(root.path(), &packs)).unwrap();
        assert_eq!(once(), once());
    }

    #[test]
    fn every_pack_names_readers_globs_expressions_and_queries_that_exist() {
        let packs = Packs::load(&[Library::bundled()]).unwrap();
        for id in packs.ids() {
            let pack = packs.get(id).unwrap();
            for manifest in pack.project.iter().flat_map(|project| &project.manifests) {
                let known = |name: &String| manifests::READERS.iter().any(|(reader, _)| reader == name);
                assert!(manifest.reader.as_ref().is_none_or(known), "{id}: {:?}", manifest.reader);
            }
            for test in &pack.tests {
                assert!(syntax::query(&test.language, &test.query).is_some(), "{id}: {}", test.kind);
                let requires = |query: &String| syntax::query(&test.language, query).is_some();
                assert!(test.requires.as_ref().is_none_or(requires), "{id}: {} requires", test.kind);
            }
            for runner in pack.tasks.iter().flat_map(|tasks| &tasks.runners) {
                assert!(
                    tasks::READERS.iter().any(|(reader, _)| *reader == runner.reader),
                    "{id}: {}",
                    runner.reader
                );
            }
            let refused =
                pack.tasks.iter().flat_map(|tasks| tasks.refuse_names.iter().chain(&tasks.refuse_commands));
            refused.for_each(|rule| assert!(Regex::new(&rule.matches).is_ok(), "{id}: {}", rule.matches));
            let tools = [&pack.linters, &pack.formatters, &pack.type_checkers, &pack.test_runners];
            let of_tools = tools.into_iter().flatten().flat_map(|tool| &tool.evidence);
            let of_facts = pack
                .facts
                .values()
                .chain(pack.repository.values())
                .flat_map(|f| f.first.iter().chain(&f.all));
            of_tools.chain(of_facts).for_each(|source| check(id, source));
        }
    }

    fn check(id: &str, source: &Source) {
        source.one_of.iter().flatten().for_each(|source| check(id, source));
        let expressions = source.regex.iter().chain(&source.matches).chain(&source.unless);
        expressions.for_each(|text| assert!(Regex::new(text).is_ok(), "{id}: {text}"));
        source
            .glob
            .iter()
            .flat_map(crate::library::pack::Names::iter)
            .for_each(|g| assert!(globset::Glob::new(g).is_ok(), "{id}: {g}"));
    }
}
