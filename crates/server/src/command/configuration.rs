use crate::config::{self, Loaded};
use crate::terminal::{Failure, say};

/// Every error would have ended the process before this.
pub(super) fn check(loaded: &Loaded) -> Result<(), Failure> {
    for warning in config::warnings(&loaded.config) {
        say(format_args!("warning: {warning}"));
    }
    say("The configuration is sound.");
    Ok(())
}

pub(super) fn explain(loaded: &Loaded) -> Result<(), Failure> {
    say(config::explain(loaded).trim_end());
    Ok(())
}
