use crate::config::{self, Config, Loaded};
use crate::terminal::{Failure, say};
use crate::wiring;

/// Every error would have ended the process before this.
pub(super) async fn check(loaded: &Loaded) -> Result<(), Failure> {
    let unseen = look_at_passkeys(&loaded.config).await?;
    for warning in config::warnings(&loaded.config) {
        say(format_args!("warning: {warning}"));
    }
    if let Some(why) = unseen {
        say(format_args!("warning: whether passkeys are bound to another passkeys.rp_id was not looked at: {why}"));
    }
    say("The configuration is sound.");
    Ok(())
}

/// Refuses a domain with which passkeys would be of no use any more. Why nobody looked, if nobody could.
async fn look_at_passkeys(config: &Config) -> Result<Option<String>, Failure> {
    if config.passkeys.danger_rp_id_changed || !wiring::place(config).exists() {
        return Ok(None);
    }
    match wiring::open_existing(config).await {
        Ok(store) => app::check_rp_ids(&store, wiring::rp_ids(config)).await.map(|()| None).map_err(Failure::refused),
        Err(failure) => Ok(Some(failure.words)),
    }
}

pub(super) fn explain(loaded: &Loaded) -> Result<(), Failure> {
    say(config::explain(loaded).trim_end());
    Ok(())
}
