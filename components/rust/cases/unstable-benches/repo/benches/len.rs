#![feature(test)]

extern crate test;

#[bench]
fn len(bencher: &mut test::Bencher) {
    bencher.iter(|| buffer::len(b"ab"));
}
