//! The strategy of a job, and the type of its `matrix` context.

use std::sync::Arc;

use super::types::{Object, Type};
use super::{Checker, contexts, scope};
use crate::data::{Data, Node};

impl Checker<'_, '_> {
    pub(super) fn strategy(&mut self, strategy: &Node) {
        for (key, value) in strategy.entries() {
            match key.as_str() {
                Some("matrix") => {
                    let ty = self.matrix(value);
                    self.contexts.set_matrix(ty);
                }
                Some("fail-fast") => self.typed(value, scope::JOB_STRATEGY, &Type::Bool),
                Some("max-parallel") => self.typed(value, scope::JOB_STRATEGY, &Type::Number),
                _ => self.texts(value, scope::ANYWHERE),
            }
        }
    }

    /// Checks a matrix; gives the type of the `matrix` context.
    fn matrix(&mut self, matrix: &Node) -> Type {
        if matrix.as_str().is_some() {
            return match self.one(matrix, scope::JOB_STRATEGY) {
                Some(Type::Object(object)) => without_combinations(&object),
                Some(ty) if ty != Type::Any => {
                    self.report.error("expression", matrix, format!("a matrix must be an object, not {ty}"));
                    Type::map(Type::Any)
                }
                _ => Type::map(Type::Any),
            };
        }
        let mut ty = Object::default();
        for (key, value) in matrix.entries() {
            let name = key.key_text();
            match name.as_str() {
                "include" | "exclude" => self.combinations(&name, value, &mut ty),
                _ if value.as_str().is_some() => {
                    let row = match self.one(value, scope::JOB_STRATEGY) {
                        Some(Type::List { of, .. }) => Type::clone(&of),
                        Some(other) if other != Type::Any => {
                            let message = format!("`{name}` must be a list, not {other}");
                            self.report.error("expression", value, message);
                            Type::Any
                        }
                        _ => Type::Any,
                    };
                    ty.set(&name, row);
                }
                _ => {
                    self.matrix_values(value);
                    let types = value.items().iter().map(contexts::of_value);
                    ty.set(&name, types.reduce(|a, b| a.merge(&b)).unwrap_or(Type::Any));
                }
            }
        }
        Type::Object(Arc::new(ty))
    }

    fn combinations(&mut self, name: &str, value: &Node, ty: &mut Object) {
        if value.as_str().is_some() {
            match self.one(value, scope::JOB_STRATEGY) {
                Some(Type::List { .. } | Type::Any) | None => {}
                Some(other) => {
                    self.report.error("expression", value, format!("`{name}` must be a list, not {other}"));
                }
            }
            if name == "include" {
                ty.rest = Some(Type::Any);
            }
            return;
        }
        self.matrix_values(value);
        for (key, value) in value.items().iter().flat_map(Node::entries).filter(|_| name == "include") {
            let key = key.key_text();
            let added = contexts::of_value(value);
            let merged = ty.get(&key).map_or_else(|| added.clone(), |old| old.merge(&added));
            ty.set(&key, merged);
        }
    }

    /// Values of a matrix can be expressions of any type.
    fn matrix_values(&mut self, node: &Node) {
        match &node.data {
            Data::String(_) => drop(self.expressions(node, scope::JOB_STRATEGY)),
            Data::List(items) => items.iter().for_each(|item| self.matrix_values(item)),
            Data::Map(entries) => entries.iter().for_each(|(_, value)| self.matrix_values(value)),
            _ => {}
        }
    }
}

/// `matrix: ${{ fromJSON('...') }}`: its `include` adds to the context, its `exclude` does not.
fn without_combinations(object: &Object) -> Type {
    let mut ty = object.clone();
    ty.properties.retain(|(name, _)| !matches!(name.as_ref(), "include" | "exclude"));
    for (_, row) in &mut ty.properties {
        if let Type::List { of, .. } = row {
            *row = Type::clone(of);
        }
    }
    if object.get("include").is_some() {
        ty.rest = Some(Type::Any);
    }
    Type::Object(Arc::new(ty))
}
