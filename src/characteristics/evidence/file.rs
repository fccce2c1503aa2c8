//! `file`: a file is there. Gives its path.

use super::{Evidence, Hit, Names, Scope, Source, places};

pub(super) fn find(names: &Names, source: &Source, scope: &Scope<'_>) -> Vec<Hit> {
    places(names, source.upwards, scope)
        .into_iter()
        .map(|path| Hit::new(path.clone(), Evidence::file(path, "file")))
        .collect()
}
