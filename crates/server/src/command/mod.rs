//! What each command does.

mod account;
mod authenticators;
mod ceremony;
mod configuration;
mod doctor;
mod domain;
mod group;
mod keys;
mod migrate;
mod passkey;
mod restore;
mod setup;

use app::{App, Purpose};

use crate::cli::{Admin, Ceremony, Cli, Command};
use crate::config::{self, Config, Surroundings};
use crate::serve;
use crate::terminal::Failure;
use crate::wiring::{self, World};

/// Do what the command line says.
pub(crate) async fn run(cli: Cli, around: Surroundings, world: World) -> Result<(), Failure> {
    if let Command::Ceremony(Ceremony::Check { file }) = &cli.command {
        return ceremony::check(file, &world);
    }
    let mut flags = cli.place.flags();
    if let Command::Serve(serve) = &cli.command {
        flags.listen.clone_from(&serve.listen);
        flags.public_url.clone_from(&serve.public_url);
    }
    let loaded = config::load(&flags, &around).map_err(Failure::not_started)?;
    match cli.command {
        Command::Serve(_) => serve::serve(loaded, world, serve::ended_by_signal()?).await,
        Command::Migrate(what) => migrate::run(&loaded.config, &what).await,
        Command::Doctor => doctor::run(&loaded.config, &world).await,
        Command::Keys(what) => keys::run(&existing(&loaded.config, &world).await?, what).await,
        Command::Admin(Admin::Account(what)) => account::run(&existing(&loaded.config, &world).await?, what).await,
        Command::Admin(Admin::Passkey(what)) => passkey::run(&existing(&loaded.config, &world).await?, what).await,
        Command::Admin(Admin::Domain(what)) => domain::run(&existing(&loaded.config, &world).await?, &what).await,
        Command::Admin(Admin::Group(what)) => group::run(&existing(&loaded.config, &world).await?, what).await,
        Command::Admin(Admin::SetupLink { reason }) => {
            setup::link(&existing(&loaded.config, &world).await?, &reason).await
        }
        Command::Admin(Admin::AcceptRestore) => restore::accept(&loaded.config, &world).await,
        Command::Authenticators(what) => authenticators::run(&existing(&loaded.config, &world).await?, what).await,
        Command::Ceremony(Ceremony::Check { file }) => ceremony::check(&file, &world),
        Command::CheckConfig => configuration::check(&loaded).await,
        Command::Config(_) => configuration::explain(&loaded),
    }
}

/// The application over a database that exists.
async fn existing(config: &Config, world: &World) -> Result<App, Failure> {
    let store = wiring::open_existing(config).await?;
    wiring::start(config, store, world, Purpose::Command).await
}
