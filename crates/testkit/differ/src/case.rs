use std::iter;

use serde_json::Value;

use crate::ceremony;
use crate::draw::Draw;
use crate::subject::Subject;
use crate::twists;

/// One recorded ceremony.
#[derive(Clone)]
pub struct Case {
    /// What it is, and its number.
    pub id: String,
    /// Whether it is meant to be accepted.
    pub is_right: bool,
    /// The id within.
    pub record: Value,
}

/// The first so many of a seed.
pub fn cases(count: usize, seed: u64) -> Vec<Case> {
    (0..count).map(|number| case(seed, number)).collect()
}

fn case(seed: u64, number: usize) -> Case {
    let mut draw = Draw::new(seed, number);
    let is_right = number.is_multiple_of(2);
    let (fits, (name, change)) = twists::turn(seed as usize % 1_000 + number / 2, is_right);
    let subject = iter::repeat_with(|| Subject::draw(&mut draw)).find(fits).expect("one of endlessly many");
    let mut record = ceremony::record(&subject, change, &mut draw);
    let id = format!("{}/{name}/{number:04}", subject.path());
    record["id"] = id.as_str().into();
    Case { id, is_right, record }
}
