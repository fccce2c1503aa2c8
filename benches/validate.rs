//! How long it takes to validate: one workflow, and a thousand.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]

use divan::Bencher;
use divan::counter::ItemsCount;
use rayon::prelude::*;
use wfgen::library::actions::Actions;
use wfgen::validate::validate;

const FILES: &[(&str, &str)] = &[
    ("rust.yml", include_str!("../tests/validate/clean/.github/workflows/rust.yml")),
    ("python.yml", include_str!("../tests/validate/clean/.github/workflows/python.yml")),
    ("publish.yml", include_str!("../tests/validate/clean/.github/workflows/publish.yml")),
];

fn main() {
    Actions::bundled();
    divan::main();
}

#[divan::bench(args = 0..FILES.len())]
fn one_workflow(index: usize) -> usize {
    let (name, text) = FILES[index];
    validate(name, text, Actions::bundled()).len()
}

#[divan::bench]
fn a_thousand_workflows(bencher: Bencher<'_, '_>) {
    let files: Vec<(&str, &str)> = FILES.iter().copied().cycle().take(1000).collect();
    bencher.counter(ItemsCount::new(files.len())).bench(|| {
        files.par_iter().map(|(name, text)| validate(name, text, Actions::bundled()).len()).sum::<usize>()
    });
}
