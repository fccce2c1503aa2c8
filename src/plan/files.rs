//! Files that are no workflows: a `file` component, and the entries that others put into its lists.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::compose::{Inputs, find, omission};
use super::grounds::Ground;
use super::inputs::View;
use super::request::Request;
use super::resolve::Chosen;
use super::steps::Expander;
use super::substitute::{Fault, fill};
use super::types::{Content, Plan, PlannedFile};
use crate::error::{Error, Result};
use crate::library::Component;
use crate::library::component::Kind;

/// Adds every requested file that has something in it to the plan.
pub(super) fn data_files(
    inputs: &Inputs<'_>,
    chosen: &Chosen<'_>,
    requests: &[Request],
    plan: &mut Plan,
) -> Result<()> {
    let of_kind = |kind: Kind| {
        requests
            .iter()
            .filter_map(|r| chosen.get(&r.component).map(|c| (r, c)))
            .filter(move |(_, component)| component.kind == kind)
    };
    for (request, component) in of_kind(Kind::File) {
        let path = component.path.clone().ok_or_else(|| missing(component, "path"))?;
        let is_plain = path.split('/').all(|part| !matches!(part, "" | "." | ".."));
        if !path.starts_with(".github/") || !is_plain {
            let message =
                format!("the component `{}` writes `{path}`, which is not below `.github/`", component.id);
            return Err(Error::invalid(message));
        }
        let mut grounds = Vec::new();
        let Some(mut body) = filled(inputs, chosen, (request, component), plan, &mut grounds)? else {
            continue;
        };
        let mut used = BTreeSet::from([component.id.clone()]);
        let mut lists: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for (request, entry) in of_kind(Kind::Entry).filter(|(_, e)| e.into.as_deref() == Some(&component.id))
        {
            let at = entry.at.as_deref().ok_or_else(|| missing(entry, "at"))?;
            if let Some(value) = filled(inputs, chosen, (request, entry), plan, &mut grounds)? {
                lists.entry(at).or_default().push(value);
                used.insert(entry.id.clone());
            }
        }
        if lists.is_empty() {
            continue;
        }
        for (key, entries) in lists {
            body[key] = Value::Array(share_directories(entries));
        }
        let components =
            used.into_iter().filter_map(|id| chosen.get(&id).map(|c| (id, c.version.clone()))).collect();
        let (content, jobs) = (Content::Data(body), Vec::new());
        plan.files.push(PlannedFile { path, content, jobs, components, grounds });
    }
    Ok(())
}

fn filled(
    inputs: &Inputs<'_>,
    chosen: &Chosen<'_>,
    (request, component): (&Request, &Component),
    plan: &mut Plan,
    grounds: &mut Vec<Ground>,
) -> Result<Option<Value>> {
    let project = find(inputs.characteristics, request);
    let view = View { characteristics: inputs.characteristics, project };
    let mut expander = Expander { chosen, view, used: BTreeSet::new(), grounds: Vec::new() };
    let body = component.content().map_err(Error::invalid)?;
    let scope = expander.scope(component, &request.with);
    grounds.append(&mut expander.grounds);
    match scope.and_then(|(scope, _)| fill(body, &scope)) {
        Ok(filled) => Ok(Some(filled.value)),
        Err(Fault::Component(message)) => Err(Error::invalid(message)),
        Err(Fault::Foreign(because)) => {
            plan.omitted.push(omission(request, because));
            Ok(None)
        }
    }
}

fn missing(component: &Component, key: &str) -> Error {
    Error::invalid(format!("the component `{}` has no `{key}:`", component.id))
}

/// Entries that differ in their `directory` only become one with `directories`.
fn share_directories(entries: Vec<Value>) -> Vec<Value> {
    let mut shared: Vec<(Value, Vec<String>)> = Vec::new();
    for mut entry in entries {
        let directory = entry.as_object_mut().and_then(|map| map.shift_remove("directory"));
        let directory = directory.and_then(|d| d.as_str().map(str::to_owned));
        match shared.iter_mut().find(|(other, _)| *other == entry) {
            Some((_, directories)) => directories.extend(directory),
            None => shared.push((entry, directory.into_iter().collect())),
        }
    }
    shared.into_iter().map(|(entry, directories)| with_directories(&entry, directories)).collect()
}

/// Puts the directories back where people write them: after the first key.
fn with_directories(entry: &Value, mut directories: Vec<String>) -> Value {
    directories.sort();
    directories.dedup();
    let (key, value) = match directories.as_slice() {
        [] => return entry.clone(),
        [one] => ("directory", json!(one)),
        many => ("directories", json!(many)),
    };
    let mut keys: Vec<(String, Value)> = entry.as_object().cloned().unwrap_or_default().into_iter().collect();
    keys.insert(keys.len().min(1), (key.to_owned(), value));
    Value::Object(keys.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_that_differ_in_their_directory_only_become_one() {
        let entry = |ecosystem: &str, directory: &str| json!({ "package-ecosystem": ecosystem, "directory": directory, "schedule": { "interval": "weekly" } });
        let shared = share_directories(vec![entry("npm", "/b"), entry("pip", "/"), entry("npm", "/a")]);
        assert_eq!(shared.len(), 2);
        assert_eq!(shared[0]["directories"], json!(["/a", "/b"]));
        assert_eq!(shared[1]["directory"], json!("/"));
        assert_eq!(shared[0].as_object().unwrap().keys().nth(1).unwrap(), "directories");
    }
}
