//! What a treatment may never be: weaker than the control.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::workflow::{Job, Permissions, Step, Target, Workflow};

/// One sentence for everything in which a treatment is less safe than its control, or proves less.
pub fn weaker(control: &Workflow, treatment: &Workflow) -> Vec<String> {
    let mut faults = Vec::new();
    if control.on != treatment.on {
        faults.push("it changes the triggers".to_owned());
    }
    faults.extend(
        more(&control.permissions, &treatment.permissions).map(|s| format!("it gives the token {s}")),
    );
    let secrets = secrets(&treatment.to_value());
    let known = self::secrets(&control.to_value());
    faults.extend(secrets.difference(&known).map(|secret| format!("it reads the secret `{secret}`")));
    for (id, job) in &control.jobs {
        let Some(other) = treatment.jobs.get(id) else {
            faults.push(format!("it removes the job `{id}`"));
            continue;
        };
        faults.extend(weaker_job(job, other).into_iter().map(|why| format!("the job `{id}`: {why}")));
    }
    faults
}

fn weaker_job(control: &Job, treatment: &Job) -> Vec<String> {
    let mut faults = Vec::new();
    let given = more(&control.permissions, &treatment.permissions);
    faults.extend(given.map(|scope| format!("it gives the token {scope}")));
    if control.condition != treatment.condition {
        faults.push("it runs under another condition".to_owned());
    }
    if keeps_going(&treatment.continue_on_error) && !keeps_going(&control.continue_on_error) {
        faults.push("a failure would not count (`continue-on-error`)".to_owned());
    }
    for step in &treatment.steps {
        let twin = control.steps.iter().find(|other| other.name == step.name && is_action(other, step));
        faults.extend(weaker_step(twin, step).map(|why| format!("the step `{}`: {why}", title(step))));
    }
    let lost = control.steps.iter().filter(|step| step.run.is_some());
    let lost = lost.filter(|step| !treatment.steps.iter().any(|other| other.name == step.name));
    faults.extend(lost.map(|step| format!("it leaves out `{}`", title(step))));
    faults
}

fn weaker_step(control: Option<&Step>, treatment: &Step) -> Option<&'static str> {
    let pinned = treatment.uses.as_ref().is_none_or(|uses| match &uses.target {
        Target::Repository { .. } => uses.reference.as_deref().is_some_and(is_commit),
        Target::Local(_) => true,
        Target::Docker(image) => image.contains("@sha256:"),
    });
    if !pinned {
        return Some("the action is not pinned to a commit");
    }
    let keeps_credentials = |step: &Step| step.with.get("persist-credentials") != Some(&Value::Bool(false));
    let is_checkout = |step: &Step| {
        let target = step.uses.as_ref().map(|uses| &uses.target);
        matches!(target, Some(Target::Repository { owner, name, .. }) if owner == "actions" && name == "checkout")
    };
    let before = control.is_some_and(keeps_credentials);
    if is_checkout(treatment) && keeps_credentials(treatment) && !before {
        return Some("it leaves the token on disk (`persist-credentials`)");
    }
    let ignores = |step: &Step| keeps_going(&step.continue_on_error);
    if ignores(treatment) && !control.is_some_and(ignores) {
        return Some("a failure would not count (`continue-on-error`)");
    }
    (control.is_some_and(|step| step.condition != treatment.condition && step.run.is_some()))
        .then_some("it runs under another condition")
}

/// The write scopes that only the second grants.
fn more(
    control: &Option<Permissions>,
    treatment: &Option<Permissions>,
) -> impl Iterator<Item = String> + use<> {
    let scopes = |permissions: &Option<Permissions>| -> BTreeSet<String> {
        let value = serde_json::to_value(permissions).unwrap_or_default();
        match value {
            Value::String(all) => BTreeSet::from([all]),
            Value::Object(scopes) => scopes
                .iter()
                .filter(|(_, level)| *level != "none")
                .map(|(scope, level)| format!("`{scope}: {}`", level.as_str().unwrap_or_default()))
                .collect(),
            // Nothing said is what the organisation's default is: as a rule more than anything that is said.
            _ => BTreeSet::from(["the default permissions".to_owned()]),
        }
    };
    let (before, after) = (scopes(control), scopes(treatment));
    let same = control == treatment;
    after.into_iter().filter(move |scope| !same && !before.contains(scope))
}

/// The names of the secrets in expressions.
fn secrets(value: &Value) -> BTreeSet<String> {
    let text = value.to_string();
    let name =
        |rest: &str| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>();
    text.match_indices("secrets.").map(|(at, word)| name(&text[at + word.len()..])).collect()
}

fn is_action(one: &Step, other: &Step) -> bool {
    one.uses.as_ref().map(|uses| &uses.target) == other.uses.as_ref().map(|uses| &uses.target)
}

fn is_commit(reference: &str) -> bool {
    reference.len() == 40 && reference.chars().all(|c| c.is_ascii_hexdigit())
}

fn keeps_going(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false))
}

fn title(step: &Step) -> &str {
    step.name.as_deref().or(step.id.as_deref()).unwrap_or("without a name")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{decode, yaml};

    const CONTROL: &str = "
on: { push: }
permissions: {}
jobs:
  test:
    runs-on: ubuntu-24.04
    permissions: { contents: read }
    steps:
      - name: Check out
        uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1
        with: { persist-credentials: false }
      - { name: Audit, run: cargo audit }
      - { name: Test, run: cargo test }
";

    fn faults(change: impl Fn(&str) -> String) -> Vec<String> {
        let workflow = |text: &str| decode::decode::<Workflow>(&yaml::parse(text).unwrap()).unwrap();
        weaker(&workflow(CONTROL), &workflow(&change(CONTROL)))
    }

    #[test]
    fn what_only_changes_speed_is_safe() {
        assert_eq!(faults(|text| text.replace("cargo test", "cargo nextest run")), Vec::<String>::new());
        assert_eq!(faults(|text| text.replace("ubuntu-24.04", "ubuntu-24.04-arm")), Vec::<String>::new());
    }

    #[test]
    fn every_way_to_be_weaker_is_refused_with_its_reason() {
        let cases: [(&str, &str, &str); 9] = [
            ("permissions: {}", "permissions: { contents: write }", "it gives the token `contents: write`"),
            ("contents: read", "id-token: write", "the job `test`: it gives the token `id-token: write`"),
            ("{ push: }", "{ pull_request_target: }", "it changes the triggers"),
            (
                "run: cargo test",
                "run: cargo test, env: { T: '${{ secrets.TOKEN }}' }",
                "it reads the secret `TOKEN`",
            ),
            (
                "@3d3c42e5aac5ba805825da76410c181273ba90b1",
                "@v7",
                "the job `test`: the step `Check out`: the action is not pinned to a commit",
            ),
            (
                "persist-credentials: false",
                "fetch-depth: 1",
                "the job `test`: the step `Check out`: it leaves the token on disk (`persist-credentials`)",
            ),
            ("      - { name: Audit, run: cargo audit }\\n", "", "the job `test`: it leaves out `Audit`"),
            (
                "run: cargo audit",
                "run: cargo audit, continue-on-error: true",
                "the job `test`: the step `Audit`: a failure would not count (`continue-on-error`)",
            ),
            (
                "run: cargo audit",
                "run: cargo audit, if: false",
                "the job `test`: the step `Audit`: it runs under another condition",
            ),
        ];
        for (from, to, said) in cases {
            let from = from.replace("\\n", "\n");
            assert!(CONTROL.contains(&from), "{from}");
            assert_eq!(faults(|text| text.replacen(&from, to, 1)), [said]);
        }
    }
}
