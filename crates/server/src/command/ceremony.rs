//! `signet ceremony check`: recorded ceremonies, judged once more. It needs no data and no configuration.

use std::fs::File;
use std::io::{Read, stdin};
use std::path::Path;

use app::recorded::judge;
use serde_json::Value;

use crate::terminal::{Failure, say};
use crate::wiring::World;

/// Enough for tens of thousands of ceremonies.
const LARGEST: u64 = 1 << 30;

/// One line for each ceremony, in their order. What a line says is no failure of the command.
pub(super) fn check(file: &Path, world: &World) -> Result<(), Failure> {
    let now = world.clock.now();
    for case in cases(&read(file)?).ok_or_else(|| Failure::not_started(NO_CASES))? {
        say(serde_json::to_string(&judge(case, now)).map_err(Failure::not_started)?);
    }
    Ok(())
}

const NO_CASES: &str = "the file holds no list of ceremonies: it is an object with \"cases\", or a list";

fn read(file: &Path) -> Result<Value, Failure> {
    let named = |error: &dyn std::fmt::Display| Failure::not_started(format!("{}: {error}", file.display()));
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        stdin().take(LARGEST).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|file| file.take(LARGEST).read_to_end(&mut bytes))
    };
    read.map_err(|error| named(&error))?;
    serde_json::from_slice(&bytes).map_err(|error| named(&error))
}

/// A list; an object with one; or test vectors, each with one.
fn cases(file: &Value) -> Option<Vec<&Value>> {
    match (file, file.get("cases"), file.get("vectors")) {
        (Value::Array(cases), ..) | (_, Some(Value::Array(cases)), _) => Some(cases.iter().collect()),
        (_, _, Some(Value::Array(vectors))) => {
            Some(vectors.iter().filter_map(|vector| vector.get("cases")?.as_array()).flatten().collect())
        }
        _ => None,
    }
}
