//! Trees that want to break wfgen, to make it hang, or to get their own text into a workflow as code: every command
//! ends, says what is wrong and where, and what is generated stays what the components say.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::semicolon_if_nothing_returned)]
#![cfg(unix)]

mod broken;
mod configuration;
mod generated;
mod injection;
mod shapes;
mod tree;

use tree::Tree;

/// A hostile tree, and how the commands must end on it.
struct Case {
    name: &'static str,
    make: fn(&Tree),
    /// The exit code of `generate`.
    code: i32,
    /// Whether `analyze` ends with the same exit code.
    stops: bool,
    /// What stderr of `generate` names: the file, and the line where it is known.
    says: &'static [&'static str],
}

impl Case {
    const fn new(name: &'static str, code: i32, make: fn(&Tree)) -> Self {
        Case { name, make, code, stops: false, says: &[] }
    }

    const fn says(self, says: &'static [&'static str]) -> Self {
        Case { says, ..self }
    }

    /// `analyze` can't go on either.
    const fn stops(self) -> Self {
        Case { stops: true, ..self }
    }

    /// Runs the commands; what is wrong with how they end.
    fn run(&self) -> Vec<String> {
        let tree = Tree::new();
        (self.make)(&tree);
        let mut wrong = Vec::new();
        let before = tree.around();
        let analyze = tree.run(&["analyze"]);
        // Without any project there is nothing to work on.
        let code = analyze.code.filter(|code| !self.stops && *code == 3).unwrap_or(0);
        analyze.check("analyze", if self.stops { self.code } else { code }, &mut wrong);
        let generate = tree.run(&["generate"]);
        generate.check("generate", self.code, &mut wrong);
        for text in self.says {
            if !generate.stderr.contains(text) {
                wrong.push(format!("generate does not say {text:?} on stderr:\n{}", generate.stderr));
            }
        }
        if generate.code == Some(0) {
            tree.run(&["generate", "--check"]).check("generate --check", 0, &mut wrong);
            wrong.extend(generated::check(&tree));
        }
        if tree.around() != before {
            wrong.push(format!("something was written: {:#?} is now {:#?}", before, tree.around()));
        }
        wrong.iter().map(|text| format!("{}: {text}", self.name)).collect()
    }
}

/// Runs every case of a table.
fn run(cases: &[Case]) {
    let wrong: Vec<String> = cases.iter().flat_map(Case::run).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn there_are_at_least_sixty_trees() {
    let tables = [broken::CASES, shapes::CASES, injection::CASES, configuration::CASES];
    assert!(tables.iter().map(|cases| cases.len()).sum::<usize>() >= 60);
}
