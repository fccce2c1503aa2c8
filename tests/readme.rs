//! What the README shows is what the commands print.

#[test]
fn the_demos_of_the_readme_are_real() {
    trycmd::TestCases::new().case("README.md");
}
