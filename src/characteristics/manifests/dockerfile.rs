//! `Dockerfile`: stages, base images, the user of the last stage.

use serde_json::{Value, json};

use super::{Found, Input, Manifest};
use crate::characteristics::fact::{Evidence, Fact};
use crate::characteristics::paths;

/// An instruction with continued lines joined.
#[derive(Debug, PartialEq, Eq)]
struct Instruction {
    verb: String,
    rest: String,
    line: u32,
}

fn instructions(text: &str) -> Vec<Instruction> {
    let mut found: Vec<Instruction> = Vec::new();
    let mut continued = false;
    let mut heredocs: Vec<String> = Vec::new();
    for (line, n) in text.lines().zip(1..) {
        let trimmed = line.trim();
        if let Some(end) = heredocs.first() {
            if trimmed == end {
                heredocs.remove(0);
            }
            continue;
        }
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let (code, more) = match trimmed.strip_suffix('\\') {
            Some(code) => (code.trim_end(), true),
            None => (trimmed, false),
        };
        if continued {
            if let Some(last) = found.last_mut() {
                last.rest.push(' ');
                last.rest.push_str(code);
            }
        } else {
            let (verb, rest) = code.split_once(char::is_whitespace).unwrap_or((code, ""));
            found.push(Instruction { verb: verb.to_uppercase(), rest: rest.trim().to_owned(), line: n });
        }
        continued = more;
        if let Some(last) =
            found.last().filter(|last| !more && matches!(last.verb.as_str(), "RUN" | "COPY" | "ADD"))
        {
            heredocs = last.rest.split_whitespace().filter_map(heredoc).collect();
        }
    }
    found
}

/// The word that ends `<<EOF`, `<<-"EOF"`.
fn heredoc(word: &str) -> Option<String> {
    let end = word.strip_prefix("<<")?.trim_start_matches('-').trim_matches(['"', '\'']);
    (!end.is_empty() && end.chars().all(|c| c.is_alphanumeric() || c == '_')).then(|| end.to_owned())
}

/// The paths that a `COPY` or `ADD` takes out of the build context, as far as they are plain.
fn sources(rest: &str) -> impl Iterator<Item = &str> {
    let words: Vec<&str> = rest.split_whitespace().collect();
    let elsewhere = words.iter().any(|word| word.starts_with("--from=") || word.starts_with("<<"));
    let count = if elsewhere || rest.starts_with('[') { 0 } else { words.len().saturating_sub(1) };
    let is_plain = |word: &&str| {
        !word.starts_with("--")
            && !word.contains(['$', '*', '?', '[', ':', '\\', '"'])
            && !word.contains("..")
    };
    words.into_iter().take(count).filter(is_plain)
}

/// Whether a path is there, from the root or from the directory of the file: either can be the build context.
fn is_there(input: &Input<'_>, source: &str) -> bool {
    let source = source.trim_start_matches("./").trim_matches('/');
    let below = |dir: &str| {
        let path = paths::file_in(dir, source);
        source.is_empty() || source == "." || input.tree.has(&path) || !input.tree.below(&path).is_empty()
    };
    below(".") || below(input.dir)
}

pub(super) fn read(input: &Input<'_>) -> Manifest {
    let Ok(text) = input.tree.text(input.file) else {
        return Manifest { broken: true, ..Manifest::default() };
    };
    let mut manifest = Manifest::default();
    let mut stages: Vec<String> = Vec::new();
    let mut bases: Vec<(String, u32)> = Vec::new();
    let mut user = None;
    let mut missing: Vec<(String, u32)> = Vec::new();
    for instruction in instructions(&text) {
        match instruction.verb.as_str() {
            "FROM" => {
                let words: Vec<&str> =
                    instruction.rest.split_whitespace().filter(|word| !word.starts_with("--")).collect();
                let Some(image) = words.first() else { continue };
                let own = stages.iter().any(|stage| stage.eq_ignore_ascii_case(image));
                if !own && *image != "scratch" && !image.contains('$') {
                    bases.push(((*image).to_owned(), instruction.line));
                }
                let name = words
                    .iter()
                    .position(|word| word.eq_ignore_ascii_case("as"))
                    .and_then(|at| words.get(at + 1));
                stages.push(name.map_or_else(|| stages.len().to_string(), |name| (*name).to_owned()));
                user = None;
            }
            "COPY" | "ADD" => {
                let absent = sources(&instruction.rest).filter(|source| !is_there(input, source));
                missing.extend(absent.map(|source| (source.to_owned(), instruction.line)));
            }
            "USER" => user = Some((instruction.rest, instruction.line)),
            _ => {}
        }
    }
    // Without a stage it is a template or a part of one.
    manifest.no_project = stages.is_empty();
    let name = if input.dir == "." { None } else { Some(paths::name(input.dir)) };
    manifest.name = name.map(|name| Found::new(name.to_owned(), Evidence::file(input.file, "directory")));
    let place = |line: u32| Evidence::at(input.file, line, "dockerfile");
    let images: Vec<&str> = bases.iter().map(|(image, _)| image.as_str()).collect();
    let evidence = bases.iter().map(|(_, line)| place(*line)).collect();
    if !images.is_empty() {
        manifest.facts.insert("docker.base-images".to_owned(), Fact::of(images, evidence));
    }
    if !missing.is_empty() {
        let evidence = missing.iter().map(|(_, line)| place(*line)).collect();
        let names: Vec<String> = missing.into_iter().map(|(name, _)| name).collect();
        manifest.facts.insert("docker.missing-sources".to_owned(), Fact::of(names, evidence));
    }
    let mut file = json!({ "file": input.file, "stages": stages });
    if let (Some((user, _)), Value::Object(file)) = (&user, &mut file) {
        file.insert("user".to_owned(), Value::from(user.as_str()));
    }
    manifest
        .facts
        .insert("docker.files".to_owned(), Fact::new(vec![file], Evidence::file(input.file, "dockerfile")));
    manifest
}

#[cfg(test)]
mod tests {
    use super::super::testing::read;
    use super::*;

    #[test]
    fn stages_are_no_base_images_and_heredocs_are_no_instructions() {
        let text = "# syntax=docker/dockerfile:1\nARG V=1\nFROM --platform=$BUILDPLATFORM golang:1.24 AS build\nRUN <<EOF\nFROM evil\nEOF\nRUN echo \\\n  FROM no\nfrom build as test\nFROM gcr.io/distroless/static\nUSER nonroot\n";
        let manifest = read("dockerfile", &[("app/Dockerfile", text)]);
        assert_eq!(
            manifest.facts["docker.base-images"].value,
            json!(["golang:1.24", "gcr.io/distroless/static"])
        );
        let files = &manifest.facts["docker.files"].value[0];
        assert_eq!(files["stages"], json!(["build", "test", "2"]));
        assert_eq!(files["user"], "nonroot");
    }

    #[test]
    fn what_is_copied_and_not_in_the_tree_is_built_before() {
        let text = "FROM scratch\nCOPY . /src\nCOPY --chown=1 go.mod conf/ /a/\nCOPY --from=build /x /x\nCOPY *.go ${V} /b\nCOPY [\"c\", \"/c\"]\nADD https://example.org/d /d\nCOPY <<EOF /e\nf\nEOF\nCOPY ./server dist/ /bin/\n";
        let manifest = read("dockerfile", &[("Dockerfile", text), ("go.mod", ""), ("conf/a", "")]);
        assert_eq!(manifest.facts["docker.missing-sources"].value, json!(["./server", "dist/"]));
    }
}
