use app::{Actor, App};
use vocab::Reason;

use crate::terminal::{Failure, say};
use crate::wiring::failed;

/// The latch stays closed; whoever holds the machine lets one more owner in, and the audit log says why.
pub(super) async fn link(app: &App, reason: &str) -> Result<(), Failure> {
    let reason = Reason::parse(reason).map_err(|refusal| Failure::refused(format!("--reason: {refusal}")))?;
    let link = app.setup().reopen(&app.ctx(Actor::Operator), &reason).await.map_err(failed)?;
    say(format_args!("Works once, within an hour; links made before it are void:\n{}", link.expose()));
    Ok(())
}
