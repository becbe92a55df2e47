//! Other verifiers (`oracles/`) over the very ceremonies that ours verifies, turn by turn.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;
use serde_json::Value;

use crate::comparison::{Scale, ratios};
use crate::figure::{Definition, Figure};
use crate::probe::{Program, Task};
use crate::{answers, chains, house};

/// Cases an oracle is given. Each is verified so many times over that a turn takes it seconds.
const CASES: usize = 200;
const OURS: u64 = 20_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Oracle {
    WebauthnRs,
    PyWebauthn,
}

/// One kind of ceremony before one of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Contest {
    pub(crate) definition: Definition,
    pub(crate) oracle: Oracle,
    /// Ours.
    pub(crate) program: Program,
}

pub(crate) struct Oracles {
    webauthn_rs: PathBuf,
    python: PathBuf,
}

/// What an oracle says of itself: it reads the cases first, and times nothing but its verification.
#[derive(Deserialize)]
struct Report {
    cases: usize,
    median_us: f64,
}

impl Oracles {
    /// `make` knows how.
    pub(crate) fn make() -> Result<Self, String> {
        let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        command.args(["xtask", "oracles", "--make"]).current_dir(root()).stderr(Stdio::inherit());
        let output = command.output().map_err(|fault| format!("cargo: {fault}"))?;
        let said = String::from_utf8_lossy(&output.stdout);
        match said.lines().collect::<Vec<_>>()[..] {
            [webauthn_rs, python] if output.status.success() => {
                Ok(Self { webauthn_rs: webauthn_rs.into(), python: python.into() })
            }
            _ => Err(format!("the oracles could not be made ({})", output.status)),
        }
    }

    pub(crate) fn measure(&self, contest: &Contest, scale: Scale) -> Figure {
        let cases = cases(contest.program);
        let task = Task { writes: OURS / scale.divisor, ..Task::alone(contest.program) };
        let turn = |number: usize| {
            let ours = || 1e6 / task.run_slowed(0).cpu_us();
            let theirs = || 1e6 / self.ask(contest.oracle, &cases, scale).median_us;
            let pair = if number.is_multiple_of(2) {
                let ours = ours();
                [ours, theirs()]
            } else {
                let theirs = theirs();
                [ours(), theirs]
            };
            eprintln!("  turn {}: {:.0} against {:.0} ceremonies/s", number + 1, pair[0], pair[1]);
            pair
        };
        ratios(&contest.definition, "/s", &(0..scale.turns).map(turn).collect::<Vec<_>>())
    }

    fn ask(&self, oracle: Oracle, cases: &str, scale: Scale) -> Report {
        let mut command = match oracle {
            Oracle::WebauthnRs => Command::new(&self.webauthn_rs),
            Oracle::PyWebauthn => {
                let mut command = Command::new(&self.python);
                command.arg(root().join("oracles/py-webauthn/oracle.py"));
                command
            }
        };
        command.args(["--bench", &(30 / scale.divisor).to_string(), "-"]);
        let mut oracle = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the oracle starts");
        oracle.stdin.take().expect("a pipe").write_all(cases.as_bytes()).expect("the oracle reads all cases");
        let output = oracle.wait_with_output().expect("the oracle ends");
        let report: Report = serde_json::from_slice(&output.stdout).expect("the oracle's report");
        assert_eq!(report.cases, CASES, "the oracle accepts every case");
        report
    }
}

/// Those of our own program, one a line.
fn cases(program: Program) -> String {
    let rp = house::relying_party();
    let cases: Vec<Value> = if program == Program::Registration {
        let (prepared, believed) = chains::prepared(&rp);
        prepared.iter().map(|ceremony| ceremony.case(&rp, &believed)).collect()
    } else {
        let prepared = answers::prepared(&rp, authenticator::Algorithm::Es256);
        prepared.iter().map(|ceremony| ceremony.case(&rp)).collect()
    };
    cases.iter().take(CASES).map(|case| format!("{case}\n")).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the bench lies in the clone")
}
