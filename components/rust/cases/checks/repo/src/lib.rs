/// Weighs.
pub fn weight() -> u8 {
    1
}

#[test]
fn weighs() {
    assert_eq!(weight(), 1);
}
