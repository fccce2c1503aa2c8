//! What the README shows is what the commands print.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, unreachable_pub)]

#[test]
fn the_demos_of_the_readme_are_real() {
    trycmd::TestCases::new().case("README.md");
}
