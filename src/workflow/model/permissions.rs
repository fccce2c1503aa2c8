//! What a job's token may do, and why.

use std::fmt;

use indexmap::IndexMap;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::shape::{self, Short};

/// The scopes of `GITHUB_TOKEN`, as GitHub's workflow syntax lists them.
pub const SCOPES: [&str; 17] = [
    "actions",
    "artifact-metadata",
    "attestations",
    "checks",
    "code-quality",
    "contents",
    "deployments",
    "discussions",
    "id-token",
    "issues",
    "models",
    "packages",
    "pages",
    "pull-requests",
    "repository-projects",
    "security-events",
    "statuses",
];

/// Scopes with what is granted; empty means nothing at all (`permissions: {}`).
///
/// `read-all` and `write-all` can't be said: a job names what it needs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Permissions(pub IndexMap<String, Permission>);

/// What is granted for one scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// How much.
    pub level: Level,
    /// Why, for the comment beside it.
    pub because: Option<String>,
}

/// How much is granted; a greater one includes the lesser.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Nothing.
    None,
    /// Reading.
    Read,
    /// Reading and writing.
    Write,
}

impl Level {
    /// As GitHub spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Level::None => "none",
            Level::Read => "read",
            Level::Write => "write",
        }
    }

    fn parse<E: Error>(text: &str) -> Result<Self, E> {
        match text {
            "none" => Ok(Level::None),
            "read" => Ok(Level::Read),
            "write" => Ok(Level::Write),
            other => Err(E::unknown_variant(other, &["read", "write", "none"])),
        }
    }
}

impl Permissions {
    /// Grants at least `permission`; of two reasons the first stays.
    pub fn grant(&mut self, scope: &str, permission: Permission) {
        let Some(have) = self.0.get_mut(scope) else {
            self.0.insert(scope.to_owned(), permission);
            return;
        };
        if permission.level > have.level {
            *have = permission;
        } else if permission.level == have.level && have.because.is_none() {
            have.because = permission.because;
        }
    }
}

impl<'de> Deserialize<'de> for Permissions {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Scopes;

        impl<'de> Visitor<'de> for Scopes {
            type Value = Permissions;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of scopes such as `contents: read`, or `{}`")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Permissions, M::Error> {
                let mut scopes = IndexMap::new();
                while let Some(scope) = map.next_key::<String>()? {
                    if !SCOPES.contains(&scope.as_str()) {
                        return Err(M::Error::unknown_field(&scope, &SCOPES));
                    }
                    scopes.insert(scope, map.next_value()?);
                }
                Ok(Permissions(scopes))
            }
        }

        from.deserialize_any(Scopes)
    }
}

impl Serialize for Permissions {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.0.len()))?;
        for (scope, permission) in &self.0 {
            map.serialize_entry(scope, permission.level.as_str())?;
        }
        map.end()
    }
}

impl Short for Permission {
    const EXPECTED: &'static str = "`read`, `write`, `none`, or a map such as `write: why`";

    fn short(text: &str) -> Result<Self, String> {
        let level = Level::parse::<serde::de::value::Error>(text).map_err(|e| e.to_string())?;
        Ok(Permission { level, because: None })
    }

    fn long<'de, M: MapAccess<'de>>(mut map: M) -> Result<Self, M::Error> {
        let (Some((level, because)), None) = (map.next_entry::<String, String>()?, map.next_key::<String>()?)
        else {
            return Err(M::Error::custom("expected one level with its reason, such as `write: why`"));
        };
        Ok(Permission { level: Level::parse(&level)?, because: Some(because) })
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        shape::short_or_long(from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{decode, yaml};

    fn read(text: &str) -> Result<Permissions, String> {
        decode::decode(&yaml::parse(text).unwrap()).map_err(|problem| problem.message)
    }

    #[test]
    fn a_permission_is_a_level_or_a_level_with_its_reason() {
        let permissions = read("contents: read\npackages: { write: push the image }\n").unwrap();
        assert_eq!(permissions.0["contents"], Permission { level: Level::Read, because: None });
        let because = Some("push the image".to_owned());
        assert_eq!(permissions.0["packages"], Permission { level: Level::Write, because });
    }

    #[test]
    fn an_unknown_scope_or_level_is_refused_with_what_was_meant() {
        assert!(read("content: read").unwrap_err().contains("did you mean `contents`"));
        assert!(read("contents: wrote").unwrap_err().contains("did you mean `write`"));
        assert!(read("contents: { write: a, read: b }").unwrap_err().contains("one level"));
        assert!(read("write-all").unwrap_err().contains("a map of scopes"));
    }

    #[test]
    fn granting_twice_keeps_the_stronger_level_and_its_reason() {
        let mut permissions = read("contents: { write: tag the release }").unwrap();
        permissions.grant("contents", Permission { level: Level::Read, because: Some("clone".into()) });
        assert_eq!(permissions, read("contents: { write: tag the release }").unwrap());
    }
}
