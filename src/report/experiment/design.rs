//! What an experiment could find.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::experiment::definition::Definition;
use crate::experiment::design::Design;
use crate::report::{Report, plain};
use crate::units::percent;

/// A definition that may be run, and what it promises.
#[derive(Debug)]
pub struct Designed {
    /// Its id.
    pub id: String,
    /// What it is.
    pub definition: Definition,
    /// The same as the file that it is kept in.
    pub text: String,
    /// What it can find.
    pub design: Design,
}

impl Designed {
    fn promise(&self) -> String {
        let d = &self.design;
        match (d.smallest_effect, d.expected_stop) {
            (Some(effect), Some(stop)) => format!(
                "finds every speed-up of at least {} with a chance of {}, after {stop:.0} of {} runs on average",
                percent(effect),
                percent(d.power),
                d.horizon
            ),
            _ => format!(
                "{} runs are too few to find any speed-up with a chance of {}",
                d.horizon,
                percent(d.power)
            ),
        }
    }
}

impl Report for Designed {
    fn human(&self) -> String {
        let d = &self.design;
        let mut text = format!("{}: {}\n", self.id, plain(&self.definition.hypothesis));
        let _ = writeln!(text, "  {}", self.promise());
        let _ = writeln!(
            text,
            "  from {} past runs: what is left of the log duration spreads by {:.3}, {} succeed",
            d.history,
            d.residual_sd,
            percent(d.success_rate)
        );
        for chance in &d.chances {
            let _ = writeln!(
                text,
                "  {:>6} faster: found with a chance of {:>7}, after {:.0} runs",
                percent(chance.effect),
                percent(chance.power),
                chance.expected_stop
            );
        }
        text.push_str("Both variants are valid, and the treatment is no weaker than the control.\n\n");
        text.push_str(&self.text);
        text
    }

    fn json(&self) -> Value {
        json!({
            "schema": "wfgen.experiment-design/1",
            "id": self.id,
            "definition": self.definition,
            "design": self.design,
        })
    }

    fn markdown(&self) -> Option<String> {
        Some(format!("**{}**: {}\n\nIt {}.\n", self.id, self.definition.hypothesis, self.promise()))
    }
}
