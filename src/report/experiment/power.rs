//! Simulated experiments.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::experiment::power::{PowerAnswer, PowerQuestion};
use crate::report::Report;
use crate::units::percent;

/// Simulated experiments.
#[derive(Debug)]
pub struct Simulated {
    /// What was asked.
    pub question: PowerQuestion,
    /// What came out.
    pub answer: PowerAnswer,
}

impl Report for Simulated {
    fn human(&self) -> String {
        let (q, a) = (&self.question, &self.answer);
        let mut text = String::new();
        let what = match q.effect {
            0.0 => "False positives".to_owned(),
            effect => format!("Power for a speed-up of {}", percent(effect)),
        };
        let error = 1.96 * a.standard_error;
        let _ = writeln!(
            text,
            "{what}: {} (± {}, {} experiments of {} runs, a look after every run)",
            percent(a.rejection_rate),
            percent(error),
            a.simulations,
            q.horizon
        );
        let _ = writeln!(text, "  faster {}, slower {}", percent(a.faster), percent(a.slower));
        let _ = writeln!(text, "  ends after {:.0} runs on average (median {})", a.mean_stop, a.median_stop);
        let harmed = a.harmed_median_stop.map_or(String::new(), |run| format!(", median after {run} runs"));
        let _ = writeln!(text, "  stopped as harmful {}{harmed}", percent(a.harmed));
        if let Some(bound) = a.bound {
            let _ = writeln!(text, "  no test of the same runs can have more than {}", percent(bound));
        }
        text
    }

    fn json(&self) -> Value {
        let mut question = json!(self.question);
        if let Some(replay) = question.get_mut("replay").filter(|replay| replay.is_array()) {
            *replay = json!({ "durations": self.question.replay.as_ref().map_or(0, Vec::len) });
        }
        let mut value = json!({ "schema": "wfgen.experiment-power/1", "question": question });
        if let (Value::Object(into), Value::Object(answer)) = (&mut value, json!(self.answer)) {
            into.extend(answer);
        }
        value
    }
}
