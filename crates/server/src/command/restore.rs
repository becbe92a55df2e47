use app::{Actor, Purpose};

use crate::config::Config;
use crate::terminal::{Failure, say};
use crate::wiring::{self, World, failed};

/// The one command that starts on a database behind its fence.
pub(super) async fn accept(config: &Config, world: &World) -> Result<(), Failure> {
    let store = wiring::open_existing(config).await?;
    let app = wiring::start(config, store, world, Purpose::AcceptRestore).await?;
    let fence = app.fence().accept_restore(&app.ctx(Actor::Operator)).await.map_err(failed)?;
    say(format_args!("Accepted. The restore epoch is {}; nothing issued before now is honoured.", fence.epoch));
    Ok(())
}
