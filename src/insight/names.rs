//! Names that come back a million times, kept once.

use std::collections::HashMap;
use std::sync::Arc;

/// A table of names.
#[derive(Debug, Default)]
pub struct Names {
    ids: HashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
    recent: [u32; RECENT],
    next: usize,
}

/// Rows of one run come together and share most names: comparing with the last few is faster than hashing.
const RECENT: usize = 4;

impl Names {
    /// The number of a name.
    pub fn id(&mut self, name: &str) -> u32 {
        let is_it = |id: &u32| self.names.get(*id as usize).is_some_and(|known| **known == *name);
        if let Some(id) = self.recent.iter().copied().find(is_it) {
            return id;
        }
        let id = self.ids.get(name).copied().unwrap_or_else(|| self.add(name));
        self.recent[self.next] = id;
        self.next = (self.next + 1) % RECENT;
        id
    }

    fn add(&mut self, name: &str) -> u32 {
        let (id, name) = (self.names.len() as u32, Arc::<str>::from(name));
        self.names.push(Arc::clone(&name));
        self.ids.insert(name, id);
        id
    }

    /// The name of a number.
    pub fn name(&self, id: u32) -> &str {
        self.names.get(id as usize).map_or("", |name| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_its_number_and_a_number_its_name() {
        let mut names = Names::default();
        let words: Vec<String> = (0..20).map(|i| format!("name {}", i * 7 % 13)).collect();
        let ids: Vec<u32> = words.iter().map(|word| names.id(word)).collect();
        for (word, id) in words.iter().zip(ids) {
            assert_eq!(names.id(word), id);
            assert_eq!(names.name(id), word);
        }
        assert_eq!(names.names.len(), 13);
        assert_eq!(names.name(99), "");
    }
}
