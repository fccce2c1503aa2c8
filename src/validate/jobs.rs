//! Jobs: what they need, how long they may run, what they call; and their matrices.

mod matrix;

use super::report::Report;
use super::view::{Job, Uses, Workflow, has_placeholder};
use crate::data::Node;
use crate::error::did_you_mean;

/// Checks the jobs of a workflow.
pub(super) fn check(workflow: &Workflow<'_>, report: &mut Report<'_>) {
    for job in &workflow.jobs {
        report.set_scope(Some(job.lines));
        timeout(job, report);
        call(job, report);
        if let Some(matrix) = job.matrix() {
            matrix::check(matrix, report);
        }
    }
    report.set_scope(None);
    needs(workflow, report);
}

/// Without a limit a job that hangs runs for six hours.
fn timeout(job: &Job<'_>, report: &mut Report<'_>) {
    let has_steps = job.call().is_none() && job.body.get("steps").is_some();
    if has_steps && job.body.get("timeout-minutes").is_none() {
        report
            .warning("timeout", job.key, format!("the job `{}` has no `timeout-minutes`", job.id))
            .help("the default is 360 minutes: a job that hangs would block and cost for six hours");
    }
}

/// The form of a call of a reusable workflow.
fn call(job: &Job<'_>, report: &mut Report<'_>) {
    let Some((at, uses)) = job.call() else { return };
    let is_file = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or_default();
        path.contains('/') && name.len() > 4 && (name.ends_with(".yml") || name.ends_with(".yaml"))
    };
    let well_formed = match uses {
        Uses::Repository(repository) => repository.path.is_some_and(is_file),
        Uses::Local(path) => path.starts_with("./") && !path.contains('@') && is_file(path),
        Uses::Docker(_) | Uses::Unknown(_) => false,
    };
    if !well_formed {
        report
            .error("workflow-call", at, format!("`{}` is no reusable workflow", at.key_text()))
            .help("`owner/repository/.github/workflows/file.yml@<commit>`");
    }
}

/// The ids in `needs`, text or list.
fn needed<'w>(job: &Job<'w>) -> Vec<(&'w Node, &'w str)> {
    let Some(needs) = job.body.get("needs") else {
        return Vec::new();
    };
    let nodes = if needs.as_str().is_some() { std::slice::from_ref(needs) } else { needs.items() };
    nodes.iter().filter_map(|node| Some((node, node.as_str()?))).collect()
}

fn needs(workflow: &Workflow<'_>, report: &mut Report<'_>) {
    let find = |id: &str| workflow.jobs.iter().position(|job| job.id.eq_ignore_ascii_case(id));
    let mut edges: Vec<Vec<usize>> = Vec::with_capacity(workflow.jobs.len());
    for job in &workflow.jobs {
        let mut targets = Vec::new();
        for (at, id) in needed(job) {
            match find(id) {
                Some(target) if targets.contains(&target) => {
                    report.error("job-needs", at, format!("`{}` needs `{id}` twice", job.id));
                }
                Some(target) => targets.push(target),
                None if has_placeholder(id) => {
                    report.error("job-needs", at, "`needs` can't be an expression");
                }
                None => {
                    let meant = did_you_mean(id, workflow.jobs.iter().map(|job| job.id));
                    let message = format!("`{}` needs the job `{id}`, which does not exist", job.id);
                    let finding = report.error("job-needs", at, message);
                    if let Some(meant) = meant {
                        finding.help(format!("did you mean `{meant}`?"));
                    }
                }
            }
        }
        edges.push(targets);
    }
    if let Some(cycle) = cycle(&edges) {
        let names: Vec<&str> = cycle.iter().chain(cycle.first()).map(|n| workflow.jobs[*n].id).collect();
        let first = workflow.jobs[cycle[0]].key;
        report.error("job-needs", first, format!("these jobs wait for each other: {}", names.join(" -> ")));
    }
}

/// The first cycle of a graph, if it has one.
fn cycle(edges: &[Vec<usize>]) -> Option<Vec<usize>> {
    let mut finished = vec![false; edges.len()];
    for start in 0..edges.len() {
        // The path from `start`, each node with the number of its edges that were followed.
        let mut path = vec![(start, 0)];
        while let Some((node, followed)) = path.last_mut() {
            let node = *node;
            let next = edges[node].get(*followed).copied();
            *followed += 1;
            match next {
                None => {
                    finished[node] = true;
                    path.pop();
                }
                Some(next) if finished[next] => {}
                Some(next) => match path.iter().position(|(n, _)| *n == next) {
                    Some(from) => return Some(path[from..].iter().map(|(n, _)| *n).collect()),
                    None => path.push((next, 0)),
                },
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::cycle;

    #[test]
    fn a_cycle_is_found_and_a_diamond_is_none() {
        assert_eq!(cycle(&[vec![1, 2], vec![3], vec![3], vec![]]), None);
        assert_eq!(cycle(&[vec![1], vec![2], vec![1]]), Some(vec![1, 2]));
        assert_eq!(cycle(&[vec![0]]), Some(vec![0]));
    }
}
