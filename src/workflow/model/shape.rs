//! Shapes that GitHub allows more than one spelling of, read so that an error still says where.

use std::fmt;
use std::marker::PhantomData;

use indexmap::IndexMap;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::ser::Serialize;
use serde_json::Value;

/// A part of the model as data. The model holds text, numbers and maps with text keys only, so this can't fail.
pub(super) fn value_of(part: &impl Serialize) -> Value {
    serde_json::to_value(part).unwrap_or(Value::Null)
}

/// Names to values where every value is a single one.
pub(super) fn scalars<'de, D: Deserializer<'de>>(from: D) -> Result<IndexMap<String, Value>, D::Error> {
    let map = IndexMap::<String, Scalar>::deserialize(from)?;
    Ok(map.into_iter().map(|(name, value)| (name, value.0)).collect())
}

/// Text, a number, a bool or nothing.
struct Scalar(Value);

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Value::deserialize(from)? {
            Value::Array(_) => Err(D::Error::invalid_type(Unexpected::Seq, &"text, a number or a bool")),
            Value::Object(_) => Err(D::Error::invalid_type(Unexpected::Map, &"text, a number or a bool")),
            single => Ok(Scalar(single)),
        }
    }
}

/// An `if:`, which may be written as a bool.
pub(super) fn condition<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Scalar::deserialize(from)?.0 {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    })
}

/// An `on:`, which is an event, events, or events with filters.
pub(super) fn triggers<'de, D: Deserializer<'de>>(from: D) -> Result<Value, D::Error> {
    let value = Value::deserialize(from)?;
    let events = match &value {
        Value::String(_) => true,
        Value::Array(events) => events.iter().all(Value::is_string),
        Value::Object(events) => {
            events.values().all(|e| matches!(e, Value::Null | Value::Object(_) | Value::Array(_)))
        }
        _ => false,
    };
    if events {
        Ok(value)
    } else {
        Err(D::Error::custom("expected an event, a list of events or a map of events"))
    }
}

/// A type that has a short spelling as text and a long one as a map.
pub(super) trait Short: Sized {
    /// What is expected, for errors.
    const EXPECTED: &'static str;
    /// From the short spelling.
    fn short(text: &str) -> Result<Self, String>;
    /// From the long spelling.
    fn long<'de, M: MapAccess<'de>>(map: M) -> Result<Self, M::Error>;
}

/// Reads either spelling.
pub(super) fn short_or_long<'de, D: Deserializer<'de>, T: Short>(from: D) -> Result<T, D::Error> {
    struct Either<T>(PhantomData<T>);

    impl<'de, T: Short> Visitor<'de> for Either<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(T::EXPECTED)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            T::short(text).map_err(E::custom)
        }

        fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<T, M::Error> {
            T::long(map)
        }
    }

    from.deserialize_any(Either(PhantomData))
}

/// A list that may be written as its one item.
pub(super) mod one_or_many {
    use super::*;

    /// One item as itself, more as a list.
    pub(in super::super) fn serialize<S: serde::Serializer>(
        items: &[String],
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match items {
            [one] => to.serialize_str(one),
            many => to.collect_seq(many),
        }
    }

    /// Text or a list of texts.
    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
        struct OneOrMany;

        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Vec<String>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text or a list of texts")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Vec<String>, E> {
                Ok(vec![text.to_owned()])
            }

            fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Vec<String>, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(items))
            }
        }

        from.deserialize_any(OneOrMany)
    }
}
