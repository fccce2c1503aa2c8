//! What is known by a key that neighbours often have in common.

use foldhash::HashMap;

/// Found out once for each key, and not even looked up for one like the last.
pub(crate) struct Neighbours<'a, V> {
    known: HashMap<&'a str, V>,
    last: Option<(&'a str, V)>,
}

impl<V> Default for Neighbours<'_, V> {
    fn default() -> Self {
        Neighbours { known: HashMap::default(), last: None }
    }
}

impl<'a, V: Copy> Neighbours<'a, V> {
    /// What is known by a key.
    pub(crate) fn of(&mut self, key: &'a str, find: impl FnOnce() -> V) -> V {
        if let Some((_, known)) = self.last.filter(|(last, _)| *last == key) {
            return known;
        }
        let known = *self.known.entry(key).or_insert_with(find);
        self.last = Some((key, known));
        known
    }
}
