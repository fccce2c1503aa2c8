//! Any data that is written is read as the same data, and written again as the same text.

#![no_main]

use libfuzzer_sys::arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Number, Value};
use wfgen::data::yaml;
use wfgen::workflow::emit;

#[derive(Debug)]
struct Data(Value);

impl Arbitrary<'_> for Data {
    fn arbitrary(from: &mut Unstructured<'_>) -> Result<Self> {
        value(from, 0).map(Data)
    }
}

fn value(from: &mut Unstructured<'_>, depth: u8) -> Result<Value> {
    let kinds = if depth < 5 { 7 } else { 5 };
    Ok(match from.int_in_range(0..=kinds - 1)? {
        0 => Value::Null,
        1 => Value::Bool(from.arbitrary()?),
        2 => Value::from(from.arbitrary::<i64>()?),
        3 => Number::from_f64(from.arbitrary()?).map_or(Value::Null, Value::Number),
        4 => Value::String(from.arbitrary()?),
        5 => {
            (0..from.int_in_range(0..=4)?).map(|_| value(from, depth + 1)).collect::<Result<Vec<_>>>()?.into()
        }
        _ => {
            let mut map = Map::new();
            for _ in 0..from.int_in_range(0..=4)? {
                map.insert(from.arbitrary()?, value(from, depth + 1)?);
            }
            Value::Object(map)
        }
    })
}

fuzz_target!(|data: Data| {
    let text = emit::data(&data.0, &[]);
    let read = yaml::parse(&text).expect("what is written can be read").to_value();
    assert_eq!(read, data.0, "{text}");
    assert_eq!(emit::data(&read, &[]), text);
});
