//! Which files each project's jobs depend on, so that a pull request runs only what it can affect.

use std::collections::BTreeSet;

use crate::characteristics::{Characteristics, Project};

/// The git pathspecs that concern a project; none when it must always run.
///
/// A project is concerned by its own directory, by the directories of the projects that it depends on (also
/// through others), by a lock file outside of these, and by the workflow itself. A project that holds other
/// projects is not concerned by those it does not depend on.
pub(super) fn pathspecs(
    project: &Project,
    drivers: &[&Project],
    characteristics: &Characteristics,
    workflow: &str,
) -> Option<Vec<String>> {
    let closure = dependencies(project, characteristics);
    let mut own: Vec<&str> = vec![&project.path];
    own.extend(closure.iter().map(|p| p.path.as_str()));
    let lock = project.facts.value("project.lockfile").and_then(|v| v.as_str());
    let inside = |path: &str| own.iter().any(|dir| is_below(path, dir));
    let mut extra = Vec::new();
    extra.extend(lock.filter(|path| !inside(path)).map(str::to_owned));
    extra.extend((!inside(workflow)).then(|| workflow.to_owned()));
    let mut specs: BTreeSet<String> = own.iter().map(|path| (*path).to_owned()).collect();
    let covered: Vec<String> =
        specs.iter().filter(|a| specs.iter().any(|b| *a != b && is_below(a, b))).cloned().collect();
    for path in covered {
        specs.remove(&path);
    }
    let mut specs: Vec<String> = specs.into_iter().chain(extra).collect();
    for other in drivers {
        let holds = other.path != project.path && inside(&other.path);
        if holds && !own.contains(&other.path.as_str()) {
            specs.push(format!(":(exclude){}", other.path));
        }
    }
    // The pathspecs of a project stand on one line, with a space between them.
    specs.iter().all(|spec| is_plain_path(spec)).then_some(specs)
}

/// Every project that this one depends on, directly or not, without itself.
fn dependencies<'a>(project: &Project, characteristics: &'a Characteristics) -> Vec<&'a Project> {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut todo: Vec<&str> = project.depends_on.iter().map(String::as_str).collect();
    let mut found = Vec::new();
    let members = characteristics.projects.iter().filter(|p| p.workspace.as_deref() == Some(&project.id));
    todo.extend(members.flat_map(|member| member.depends_on.iter().map(String::as_str)));
    while let Some(id) = todo.pop() {
        let dependency = characteristics.projects.iter().find(|p| p.id == id);
        if let Some(dependency) = dependency.filter(|p| p.id != project.id && seen.insert(&p.id)) {
            found.push(dependency);
            todo.extend(dependency.depends_on.iter().map(String::as_str));
        }
    }
    found
}

fn is_below(path: &str, directory: &str) -> bool {
    directory == "."
        || path == directory
        || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

/// Whether a path can be a word of a line, and an argument.
pub(super) fn is_plain_path(path: &str) -> bool {
    path.chars().all(is_plain) && !path.starts_with('-')
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | ':' | '@' | '+' | ',' | '-' | '(' | ')')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::characteristics::{Facts, Role};

    fn project(path: &str, depends_on: &[&str]) -> Project {
        Project {
            id: format!("go:{path}"),
            pack: "go".to_owned(),
            path: path.to_owned(),
            name: None,
            workspace: None,
            role: Role::Driver,
            depends_on: depends_on.iter().map(|p| format!("go:{p}")).collect(),
            facts: Facts::default(),
        }
    }

    fn specs(of: &str, projects: Vec<Project>) -> Option<Vec<String>> {
        let characteristics = Characteristics { projects, ..Characteristics::default() };
        let drivers: Vec<&Project> = characteristics.projects.iter().collect();
        let project = drivers.iter().find(|p| p.path == of).unwrap();
        pathspecs(project, &drivers, &characteristics, ".github/workflows/ci.yml")
    }

    #[test]
    fn dependencies_of_dependencies_concern_a_project() {
        let projects = vec![project("app", &["lib"]), project("core", &[]), project("lib", &["core", "app"])];
        assert_eq!(specs("app", projects).unwrap(), ["app", "core", "lib", ".github/workflows/ci.yml"]);
    }

    #[test]
    fn a_root_project_is_not_concerned_by_projects_inside_that_it_does_not_use() {
        let projects = vec![project(".", &["lib"]), project("lib", &[]), project("web", &[])];
        assert_eq!(specs(".", projects).unwrap(), [".", ":(exclude)web"]);
    }

    #[test]
    fn a_path_that_does_not_fit_on_the_line_means_always() {
        assert_eq!(specs("my app", vec![project("my app", &[]), project("b", &[])]), None);
        assert_eq!(specs("a\n$(id)", vec![project("a\n$(id)", &[]), project("b", &[])]), None);
    }
}
