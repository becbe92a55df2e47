//! Where a test may break a write. In production there is no seam: the field is `None` and nothing can set it.

use crate::fault::Fault;

/// When the fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Moment {
    /// The statement never reached the engine.
    Before,
    /// The statement took effect, and then the machine failed.
    After,
}

/// Breaks writes on purpose.
pub trait Seam: Send + Sync {
    /// Called around every write statement and around `COMMIT` (and around every step of a migration). A fault
    /// returned here is treated exactly as if the engine had reported it.
    fn strike(&self, statement: &'static str, moment: Moment) -> Option<Fault>;
}

/// The name under which the commit itself can be broken.
pub(crate) const COMMIT: &str = "COMMIT";
