//! Every write of the house is broken twice, each time it comes by: before it took effect, and after.
//!
//! The scenario is one past, cut into steps so that together they pass every write statement. A strike lets a step
//! fail at one statement; then the database is opened again by a node that knows nothing of it, everything is
//! examined, the step is done again, and the house must stand as if nothing had ever failed.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use app::account::{Page, Refusal};
use app::keys::Use;
use app::{Actor, App, Fault, Undelivered, Unready};
use audit::Event;
use store::fence::Fence;
use store::{Close, Effect, Moment, Seam, Setting, statements};
use testkit::{Breaker, House, Strike, check_everything};
use vocab::CeremonyId;

use crate::acts::{Counts, counts, disable_named, events, every_account, jobs_of, newcomer};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Houses that are broken side by side.
const AT_ONCE: usize = 4;

type Act = for<'a> fn(&'a House, &'a App) -> Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'a>>;

/// One step of the past.
#[derive(Clone, Copy)]
struct Step {
    name: &'static str,
    /// How much time passes before it.
    later: Duration,
    /// How much time passes before whoever failed tries again.
    again_after: Duration,
    /// `None`: the start itself.
    act: Option<Act>,
}

const fn step(name: &'static str, act: Act) -> Step {
    Step { name, later: Duration::ZERO, again_after: Duration::ZERO, act: Some(act) }
}

const PAST: &[Step] = &[
    Step { act: None, ..step("start", list) },
    step("create", create),
    step("create a name that is taken", create_taken),
    step("spend ceremonies", spend),
    Step { again_after: MINUTE, ..step("deliver letters", deliver) },
    step("disable", disable),
    Step { again_after: MINUTE, ..step("put a letter off", put_off) },
    Step { later: MINUTE, again_after: MINUTE, ..step("give a letter up", give_up) },
    step("rotate keys", rotate),
    step("list", list),
    Step { later: DAY.saturating_mul(32), ..step("reconcile keys", reconcile_keys) },
    step("upkeep", upkeep),
    step("accept a restored database", accept_restore),
];

fn create<'a>(_: &'a House, app: &'a App) -> Pin<Box<dyn Future<Output = Result<(), Fault>> + Send + 'a>> {
    Box::pin(async move {
        for name in ["maren", "olga"] {
            match app.accounts().create(&app.ctx(Actor::Operator), newcomer(name)).await? {
                Ok(_) | Err(Refusal::IdentifierTaken(_)) => {}
                Err(other) => panic!("{other}"),
            }
        }
        Ok(())
    })
}
