//! A table for people, a file for programs.

use std::fs;
use std::path::Path;

use serde::Serialize;

use crate::figure::{Figure, Verdict};
use crate::machine::Circumstances;

#[derive(Serialize)]
struct Record<'a> {
    #[serde(flatten)]
    circumstances: Circumstances,
    figures: &'a [Figure],
}

/// Prints the table, writes `bench/out/latest.json` and, when it is to be kept, `bench/results/<date>.json`.
pub(crate) fn publish(figures: &[Figure], record: bool) {
    println!("{}", table(figures));
    let bench = Path::new(env!("CARGO_MANIFEST_DIR"));
    write(&bench.join("out/latest.json"), &figures);
    if record {
        let circumstances = Circumstances::now();
        let file = bench.join("results").join(format!("{}.json", circumstances.date));
        println!("{} · {} · commit {}", circumstances.machine, circumstances.date, circumstances.commit);
        write(&file, &Record { circumstances, figures });
    }
}

fn write(file: &Path, value: &impl Serialize) {
    let text = serde_json::to_string_pretty(value).expect("plain values");
    fs::create_dir_all(file.parent().expect("a folder")).expect("the folder of a result");
    fs::write(file, text + "\n").expect("a result");
}

/// In Markdown, so that it can go into docs/ops/performance.md as it is.
fn table(figures: &[Figure]) -> String {
    let header = ["figure", "median", "min – max", "ours", "yardstick", "against", "fail", "goal", "verdict"];
    let mut rows = vec![header.map(str::to_owned)];
    rows.extend(figures.iter().map(row));
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let line = |row: &[String; 9]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!(" {cell:<width$} |"));
        format!("|{}", cells.collect::<String>())
    };
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    lines.insert(1, format!("|{}", widths.iter().map(|width| "-".repeat(width + 2) + "|").collect::<String>()));
    lines.join("\n")
}

fn row(figure: &Figure) -> [String; 9] {
    let number = |value: f64| format!("{value:.*}", if value < 10.0 { 2 } else { 1 });
    let with_unit = |value: f64| format!("{} {}", number(value), figure.unit);
    let limit = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value} {}", figure.unit));
    let side = |of: fn(&crate::figure::Sides) -> f64| {
        figure.sides.as_ref().map_or_else(String::new, |sides| format!("{} {}", number(of(sides)), sides.unit))
    };
    let verdict = match figure.verdict {
        Verdict::Goal => "goal",
        Verdict::Pass => "pass",
        Verdict::Fail => "FAIL",
        Verdict::Valid => "valid",
        Verdict::Invalid => "INVALID",
        Verdict::Reported => "reported",
    };
    [
        figure.name.to_owned(),
        with_unit(figure.value),
        format!("{} – {}", number(figure.min), number(figure.max)),
        side(|sides| sides.ours),
        side(|sides| sides.floor),
        figure.against.to_owned(),
        limit(figure.fail),
        limit(figure.goal),
        verdict.to_owned(),
    ]
}
