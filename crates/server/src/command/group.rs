use app::account::Named;
use app::{Actor, App};
use vocab::Label;

use crate::cli::Group;
use crate::terminal::{Failure, say};
use crate::wiring::failed;

pub(super) async fn run(app: &App, what: Group) -> Result<(), Failure> {
    let ctx = app.ctx(Actor::Operator);
    match what {
        Group::Join { who, group } => {
            let (who, group) = (named(&who)?, label(&group)?);
            let id = app.groups().join(&ctx, &who, &group).await.map_err(failed)?.map_err(Failure::refused)?;
            say(format_args!("{id} is in {group}."));
        }
        Group::Leave { who, group } => {
            let (who, group) = (named(&who)?, label(&group)?);
            let id = app.groups().leave(&ctx, &who, &group).await.map_err(failed)?.map_err(Failure::refused)?;
            say(format_args!("{id} is not in {group} any more."));
        }
        Group::List { who } => {
            let groups = app.groups().of(&named(&who)?).await.map_err(failed)?.map_err(Failure::refused)?;
            say(if groups.is_empty() { "It is in no group.".to_owned() } else { groups.join("\n") });
        }
    }
    Ok(())
}

fn named(who: &str) -> Result<Named, Failure> {
    Named::parse(who).map_err(Failure::refused)
}

fn label(group: &str) -> Result<Label, Failure> {
    Label::parse(group).map_err(Failure::refused)
}
