/// Half of a number.
pub fn halve(n: u32) -> u32 {
    n / 2
}

#[test]
fn half_of_four_is_two() {
    assert_eq!(halve(4), 2);
}
