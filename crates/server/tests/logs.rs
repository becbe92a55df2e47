#![cfg(test)]
//! Log lines: one object each, whatever is put into them.

use std::sync::{Arc, Mutex};

use server::logs::{JsonLines, Sink};
use testkit::FakeClock;
use tracing_subscriber::layer::SubscriberExt;
use vocab::Label;

fn lines_of(act: impl FnOnce()) -> Vec<serde_json::Value> {
    let written = Arc::new(Mutex::new(Vec::new()));
    let copy = Arc::clone(&written);
    let sink: Sink = Arc::new(move |line| copy.lock().unwrap().push(line.to_owned()));
    let label = |text| Label::parse(text).unwrap();
    let lines = JsonLines::new(label("node-1"), label("north"), Arc::new(FakeClock::default()), sink);
    tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), act);
    let written = written.lock().unwrap();
    written.iter().map(|line: &String| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

#[test]
fn every_line_knows_its_node_its_region_and_its_request() {
    let lines = lines_of(|| {
        let _inside = tracing::info_span!("request", request_id = "r-1").entered();
        tracing::info!(count = 3, "done");
    });
    let line = &lines[0];
    assert_eq!(line["request_id"], "r-1");
    assert_eq!((&line["node"], &line["region"]), (&"node-1".into(), &"north".into()));
    assert_eq!((&line["message"], &line["count"], &line["level"]), (&"done".into(), &3.into(), &"info".into()));
    assert_eq!(line["at"], "2026-11-21T08:00:00.000000Z");
}

#[test]
fn d09_no_value_breaks_out_of_its_line_or_poses_as_another_node() {
    let hostile = "a\r\n{\"level\":\"info\"}\u{1b}[2J\u{0}\"";
    let lines = lines_of(|| tracing::warn!(who = hostile, node = "somebody-else", "{hostile}"));
    assert_eq!(lines.len(), 1);
    assert_eq!((&lines[0]["who"], &lines[0]["message"]), (&hostile.into(), &hostile.into()));
    assert_eq!(lines[0]["node"], "node-1");
}
