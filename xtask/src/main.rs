//! The command line of `cargo xtask`; what each command asks is in the library beside it.

mod fuzz;
mod test;

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use xtask::{Finding, deny, layers, sizes, sql, whereabouts};

const HELP: &str = "\
cargo xtask COMMAND: questions the house asks of its own code

  layers        may this room import that? Checks Cargo.toml files and sources against the table in
                xtask/src/layers/rooms.rs, which gives the reason for each line.
  sql           one SQL text for two engines: words that only one knows, statements outside the registry,
                and the budget of per_engine(…).
  deny          what comes in from outside: bans, doubles, licences and sources, from deny.toml. Asks cargo-deny
                too where it is installed.
  where WORD    where an idea lives: files, names, tests and pages, on one screen. Several words narrow it:
                `cargo xtask where create account`.
  sizes         long files, long functions, many arguments: a table of questions, never a failure.
  test [ONLY=room,room]
                the tests of the house, with what they need; `make test` calls it. ONLY=console are those in
                a browser, ONLY=console/sign-in one file of them, ONLY=oracles the comparison below,
                ONLY=firefox (`make test-firefox`) the pages in Firefox ESR, which run only where they are named.
  oracles [CASES=number] [SEED=number]
                generated ceremonies before us and before other verifiers of WebAuthn; `make oracles` calls it.
  fuzz [TIME=seconds] [ONLY=target]
                every parser that strangers reach, with inputs that nobody thought of; `make fuzz` calls it. TIME is
                that of each target, 60 unless said otherwise. It ends at the first finding, with 1.
  help          this page.

layers, sql and deny print one line when all is in order, otherwise each finding as
`path:line: what (why)`, and exit with 1.
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    let Some(root) = xtask::root() else {
        return refuse("xtask: stand inside the workspace (no folder above has xtask/Cargo.toml)");
    };
    match (command.as_str(), rest.as_slice()) {
        ("test", _) => test::run(rest),
        ("oracles", _) => test::oracles::run(&rest),
        ("fuzz", _) => fuzz::run(&root, &rest),
        ("layers", []) => check_layers(&root),
        ("sql", []) => check_sql(&root),
        ("deny", []) => check_deny(&root),
        ("where", [_, ..]) => show(&whereabouts::page(&root, &rest)),
        ("sizes", []) => show(&sizes::table(&sizes::questions(&root))),
        ("where", []) => refuse("xtask: where is what? For example: cargo xtask where account"),
        ("" | "help" | "--help" | "-h", _) => show(HELP),
        (other, _) => refuse(&format!("xtask: no command `{other}` with these arguments; see `cargo xtask help`")),
    }
}

fn check_layers(root: &Path) -> ExitCode {
    let survey = layers::survey(root);
    let calm = format!("layers: {} rooms, {} imports, all in order", survey.rooms, survey.imports);
    report(&survey.findings, &calm)
}

fn check_sql(root: &Path) -> ExitCode {
    let survey = sql::survey(root);
    let own = format!("{} of {} per_engine", survey.per_engine, sql::BUDGET);
    let calm = format!("sql: {} statements, {} migrations, {own}, all in order", survey.statements, survey.migrations);
    report(&survey.findings, &calm)
}

fn check_deny(root: &Path) -> ExitCode {
    let is_clean = deny::ask_cargo_deny(root);
    let (crates, findings) = deny::survey(root);
    let own = report(&findings, &format!("deny: {crates} crates, all in order"));
    if is_clean { own } else { ExitCode::FAILURE }
}

fn report(findings: &[Finding], calm: &str) -> ExitCode {
    let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
    show(if lines.is_empty() { calm.to_owned() } else { lines.join("\n") }.as_str());
    if lines.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// A reader that closes the pipe early (`| head`) is no error.
fn show(text: &str) -> ExitCode {
    drop(writeln!(std::io::stdout(), "{}", text.trim_end()));
    ExitCode::SUCCESS
}

fn refuse(text: &str) -> ExitCode {
    eprintln!("{text}");
    ExitCode::from(2)
}
