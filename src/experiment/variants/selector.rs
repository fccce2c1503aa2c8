//! How a workflow knows the arm of a run.

use crate::experiment::assign::{Arm, Assignment, endings_by_step};
use crate::experiment::definition::variable;

/// The environment variable of a job that holds the arm where no job assigns it.
const ENV: &str = "WFGEN_ARM";

/// How a workflow knows its arm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// An expression, without `${{ }}`, that is true in the treatment and false in the control.
    pub is_treatment: String,
    /// The same for a step, which can read more: the environment of its job.
    pub in_step: String,
    /// An expression that is the name of the arm.
    pub arm: String,
    /// What makes arm and share visible behind the name of a job, such as `[cache=${{ ... }} ${{ ... }}%]`.
    pub job_label: Option<String>,
    /// The title of the run, which makes the arm visible.
    pub run_name: Option<String>,
    /// The job that assigns, which must come first.
    pub needs: Option<String>,
    /// An environment variable of every job in the experiment, which `in_step` may read.
    pub env: Option<(String, String)>,
}

impl Selector {
    /// That of the experiment of this id.
    pub fn new(id: &str, salt: &str, assignment: Assignment) -> Self {
        match assignment {
            Assignment::Blocks => Selector::blocks(id),
            Assignment::Endings => Selector::endings(id, salt),
        }
    }

    fn blocks(id: &str) -> Self {
        let needs = job(id);
        let arm = format!("needs.{needs}.outputs.arm");
        let is_treatment = format!("{arm} == 'treatment'");
        Selector {
            in_step: is_treatment.clone(),
            job_label: Some(label(id, &arm, &format!("needs.{needs}.outputs.share"))),
            run_name: None,
            needs: Some(needs),
            env: None,
            is_treatment,
            arm,
        }
    }

    fn endings(id: &str, salt: &str) -> Self {
        let share = format!("vars.{}", variable(id));
        let steps = endings_by_step(salt).into_iter().map(|(step, endings)| {
            let step = step.percent();
            // The last step takes in every ending that is left.
            if step == 100 {
                return format!("{share} >= 100");
            }
            let endings: Vec<String> =
                endings.iter().map(|ending| format!("endsWith(github.run_id, '{ending}')")).collect();
            format!("{share} >= {step} && ({})", endings.join(" || "))
        });
        let is_treatment = format!("{share} <= 100 && ({})", steps.collect::<Vec<_>>().join(" || "));
        let arm = format!("{is_treatment} && 'treatment' || 'control'");
        let title = "github.event.pull_request.title || github.event.head_commit.message || github.ref_name";
        Selector {
            in_step: format!("env.{ENV} == 'treatment'"),
            job_label: None,
            run_name: Some(format!("${{{{ {title} }}}} {}", label(id, &arm, &format!("{share} || 0")))),
            needs: None,
            env: Some((ENV.to_owned(), format!("${{{{ {arm} }}}}"))),
            is_treatment: format!("({is_treatment})"),
            arm,
        }
    }
}

impl Selector {
    /// [`Selector::arm`] for a step.
    pub fn arm_in_step(&self) -> &str {
        if self.env.is_some() { "env.WFGEN_ARM" } else { &self.arm }
    }
}

/// The id of the job that assigns the arms of an experiment.
pub fn job(id: &str) -> String {
    format!("experiment-{id}")
}

/// What makes arm and share visible, both given as expressions.
fn label(id: &str, arm: &str, share: &str) -> String {
    format!("[{id}=${{{{ {arm} }}}} ${{{{ {share} }}}}%]")
}

/// The arm that a name of a job or a run makes visible, and the share of the treatment at its time in percent:
/// `Test [cache=treatment 50%]`.
pub fn visible(id: &str, name: &str) -> Option<(Arm, u8)> {
    let (_, rest) = name.split_once(&format!("[{id}="))?;
    let (arm, share) = rest.split_once("%]")?.0.split_once(' ')?;
    let arm = match arm {
        "control" => Arm::Control,
        "treatment" => Arm::Treatment,
        _ => return None,
    };
    Some((arm, share.parse().ok().filter(|share| *share <= 100)?))
}

/// The most that an expression may have, in characters.
pub const MAX_EXPRESSION: usize = 21_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::assign::Share;

    #[test]
    fn a_table_of_endings_is_far_below_what_an_expression_may_have() {
        let selector =
            Selector::new("a-name-of-the-greatest-length-that-may-be", "salt", Assignment::Endings);
        assert!(selector.arm.len() < MAX_EXPRESSION / 4, "{}", selector.arm.len());
        assert_eq!(selector.is_treatment.matches("endsWith").count(), usize::from(Share::HALF.percent()));
    }

    #[test]
    fn the_arm_is_read_back_from_a_name() {
        assert_eq!(visible("cache", "Test (1.27) [cache=treatment 50%]"), Some((Arm::Treatment, 50)));
        assert_eq!(
            visible("cache", "Test [cache=control 5%] [other=treatment 50%]"),
            Some((Arm::Control, 5))
        );
        assert_eq!(visible("cache", "Test [cache=${{ needs.x }}]"), None);
        assert_eq!(visible("cache", "Test [cache=control 500%]"), None);
    }
}
