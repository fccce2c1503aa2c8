//! In which order the parts of a merged block stand.

/// The order of everything that is in `ours` or `theirs`; `None` when both put into another order what they share.
///
/// Whoever changed the order decides it. What only the other side has follows the neighbour it followed there.
pub(super) fn order(base: &[String], ours: &[String], theirs: &[String]) -> Option<Vec<String>> {
    let shared = |side: &[String]| -> Vec<String> {
        side.iter().filter(|id| ours.contains(id) && theirs.contains(id)).cloned().collect()
    };
    let known = |side: &[String]| -> Vec<String> {
        shared(side).into_iter().filter(|id| base.contains(id)).collect()
    };
    let base_order = shared(base);
    if shared(ours) == shared(theirs) || known(ours) == base_order && !base.is_empty() {
        Some(woven(theirs, ours))
    } else if known(theirs) == base_order {
        Some(woven(ours, theirs))
    } else {
        None
    }
}

/// `frame`, and what only `other` has, each after the neighbour that it follows there.
fn woven(frame: &[String], other: &[String]) -> Vec<String> {
    let mut result = frame.to_vec();
    for (n, id) in other.iter().enumerate() {
        if result.contains(id) {
            continue;
        }
        let place = |neighbour: &String| result.iter().position(|known| known == neighbour);
        let after = other[..n].iter().rev().find_map(place).map(|at| at + 1);
        let before = || other[n + 1..].iter().find_map(place);
        let at = after.or_else(before).unwrap_or(result.len());
        result.insert(at, id.clone());
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(base: &str, ours: &str, theirs: &str) -> Option<String> {
        let list = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
        order(&list(base), &list(ours), &list(theirs)).map(|ids| ids.concat())
    }

    #[test]
    fn what_one_side_adds_follows_its_neighbour() {
        assert_eq!(run("abc", "abc", "abxc").as_deref(), Some("abxc"));
        assert_eq!(run("abc", "abyc", "abc").as_deref(), Some("abyc"));
        assert_eq!(run("abc", "aybc", "abxc").as_deref(), Some("aybxc"));
        assert_eq!(run("abc", "yabc", "abcx").as_deref(), Some("yabcx"));
    }

    #[test]
    fn whoever_changed_the_order_decides_it() {
        assert_eq!(run("abc", "abc", "cab").as_deref(), Some("cab"));
        assert_eq!(run("abc", "cab", "abc").as_deref(), Some("cab"));
        assert_eq!(run("abc", "cab", "axbc").as_deref(), Some("caxb"));
        assert_eq!(run("abc", "cab", "bca"), None);
    }

    #[test]
    fn without_a_base_the_generator_decides_the_order() {
        assert_eq!(run("", "ab", "ba").as_deref(), Some("ab"));
    }
}
