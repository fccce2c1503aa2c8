//! Greets whoever is named on the command line.

fn main() {
    let name = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "world".to_owned());
    println!("{}", greet::greet(&name));
}
