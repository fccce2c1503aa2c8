//! Services that tests need: a driver among the dependencies, and a compose file that names the image.

use serde_json::{Value, json};

use super::evidence::matcher;
use super::fact::{Evidence, Fact, Facts, Refusal};
use super::manifests::scalar;
use super::paths;
use super::project::Subject;
use super::tree::{Format, Tree};
use crate::data::Node;
use crate::library::pack::ServiceSpec;

/// An image that a compose file names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    /// The service's name in the compose file.
    pub(crate) service: String,
    pub(crate) image: String,
    pub(crate) evidence: Evidence,
}

/// The images of all compose files, in the order of the files.
pub(crate) fn images(tree: &Tree<'_>) -> Vec<Image> {
    let mut names = Vec::new();
    for stem in ["compose", "docker-compose"] {
        for ending in ["yml", "yaml"] {
            let globs = ["", ".*", "-*"].map(|more| matcher(&format!("{stem}{more}.{ending}")));
            names.extend(globs);
        }
    }
    let files = tree.named(".", &names);
    let mut found = Vec::new();
    for file in files {
        let Ok(root) = tree.node(&file.path, Format::Yaml) else {
            continue;
        };
        for (name, service) in root.get("services").map_or(&[][..], Node::entries) {
            if let Some(node) = service.get("image")
                && let Some(image) = scalar(node)
            {
                let evidence = Evidence::at(&file.path, node.line, "yaml services");
                found.push(Image { service: name.key_text(), image, evidence });
            }
        }
    }
    found
}

/// `registry.example.com:5000/bitnami/postgresql:17@sha256:...` is `postgresql` with tag `17`.
fn parts(image: &str) -> (&str, Option<&str>) {
    let image = image.split('@').next().unwrap_or(image);
    let name = paths::name(image);
    match name.split_once(':') {
        Some((name, tag)) => (name, Some(tag)),
        None => (name, None),
    }
}

pub(crate) fn establish(subject: &Subject<'_>, specs: &[ServiceSpec], images: &[Image], facts: &mut Facts) {
    let (mut values, mut evidence, mut refused) = (Vec::new(), Vec::new(), Vec::new());
    let mut wanted: Vec<&Image> = Vec::new();
    for (service, drivers) in &subject.pack.drivers {
        let Some(spec) = specs.iter().find(|spec| spec.name == *service) else {
            continue;
        };
        let driver = subject.manifest.dependencies.iter().find(|dependency| {
            drivers.iter().any(|pattern| match pattern.contains('*') {
                true => matcher(pattern).is_match(&dependency.name),
                false => pattern == dependency.name,
            })
        });
        let Some(driver) = driver else { continue };
        // A compose file counts for the projects in its directory and below.
        let composed = images.iter().find(|image| {
            let dir = paths::parent(&image.evidence.file).unwrap_or(".");
            paths::is_within(subject.dir(), dir)
                && spec.images.iter().any(|name| name == parts(&image.image).0)
        });
        let Some(composed) = composed else {
            refused.push(Refusal {
                value: Value::from(service.as_str()),
                evidence: driver.evidence.clone(),
                because: "a driver alone does not say that tests need the server; no compose file names it"
                    .to_owned(),
            });
            continue;
        };
        let tagged =
            parts(&composed.image).1.is_some_and(|tag| tag != "latest" && !composed.image.contains('$'));
        let image = if tagged { &composed.image } else { &spec.image };
        let mut value = json!({"name": spec.name, "image": image, "ports": spec.ports, "env": spec.env});
        if let (Value::Object(map), Some(options)) = (&mut value, &spec.options) {
            map.insert("options".to_owned(), Value::from(options.as_str()));
        }
        values.push(value);
        wanted.push(composed);
        evidence.extend([composed.evidence.clone(), driver.evidence.clone()]);
    }
    if let Some(first) = wanted.first() {
        // One compose file starts them all; a second one would be another environment.
        let file = &first.evidence.file;
        let same = wanted.iter().filter(|image| image.evidence.file == *file);
        let names: Vec<&str> = same.map(|image| image.service.as_str()).collect();
        let of = |value: Value| Fact::of(value, vec![first.evidence.clone()]).confidence(0.9);
        facts.insert("project.compose-file", of(file.as_str().into()));
        facts.insert("project.compose-services", of(names.into()));
    }
    if !values.is_empty() || !refused.is_empty() {
        facts.insert("project.services", Fact { refused, ..Fact::of(values, evidence).confidence(0.9) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_known_by_its_last_part() {
        assert_eq!(parts("postgres:17-alpine"), ("postgres", Some("17-alpine")));
        assert_eq!(parts("localhost:5000/x/redis@sha256:00"), ("redis", None));
    }
}
