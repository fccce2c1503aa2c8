//! Manifests out of texts, for the tests of the readers.

use super::{Input, Manifest};
use crate::characteristics::paths;
use crate::characteristics::tree::Tree;
use crate::checkout::{Checkout, Options};
use crate::library::pack::ManifestSpec;

/// Writes the files and reads the first of them with a reader.
pub(crate) fn read(reader: &str, files: &[(&str, &str)]) -> Manifest {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let checkout = Checkout::open(root.path(), &Options::default()).unwrap();
    let tree = Tree::new(&checkout);
    let file = files[0].0;
    let spec: ManifestSpec =
        serde_json::from_value(serde_json::json!({"file": file, "reader": reader})).unwrap();
    super::read(&Input { tree: &tree, dir: paths::parent(file).unwrap(), file, spec: &spec })
}
