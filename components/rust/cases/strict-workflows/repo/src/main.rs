fn main() {
    println!("strict");
}

#[cfg(test)]
mod tests {
    #[test]
    fn works() {}
}
