use store::{MIGRATIONS, Phase, PlannedStep, Role};

use crate::cli::Migrate;
use crate::config::Config;
use crate::terminal::{Failure, say};
use crate::wiring;

pub(super) async fn run(config: &Config, what: &Migrate) -> Result<(), Failure> {
    if what.plan { plan(config).await } else { apply(config).await }
}

/// On the embedded database nobody may serve while the schema changes, so this takes the server's lock.
async fn apply(config: &Config) -> Result<(), Failure> {
    let store = wiring::open_for_server(config).await?;
    let applied = store.migrate(MIGRATIONS).await.map_err(Failure::not_started)?;
    for step in &applied {
        say(format_args!("applied {} {}", step.version, step.name));
    }
    if applied.is_empty() {
        say("The schema is up to date.");
    }
    Ok(())
}

async fn plan(config: &Config) -> Result<(), Failure> {
    let steps = if wiring::place(config).exists() {
        let store = wiring::open_store(config, Role::Command).await?;
        store.plan(MIGRATIONS).await.map_err(Failure::not_started)?
    } else {
        store::plan_for_new_folder()
    };
    if steps.is_empty() {
        say("The schema is up to date; there is nothing to apply.");
    }
    for step in &steps {
        say(shown(step));
    }
    Ok(())
}

fn shown(step: &PlannedStep) -> String {
    let phase = match step.phase {
        Phase::Expand => "expands: nodes of the release before go on working".to_owned(),
        Phase::Contract { serves_from } => {
            format!("contracts: nodes with a schema before {serves_from} must have ended")
        }
    };
    let statements: Vec<String> = step.statements.iter().map(|statement| format!("{statement};")).collect();
    format!("-- {} {} ({phase})\n{}\n", step.version, step.name, statements.join("\n"))
}
