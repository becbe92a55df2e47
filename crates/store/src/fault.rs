//! The machine failed. A fault is never a decision about a person and never shown to one.

use std::error::Error;
use std::fmt;

/// What failed, coarse enough to act on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The queue is full: come back in a moment.
    Overloaded,
    /// The database cannot be reached or did not answer in time. Whether a commit happened may be unknown.
    Unavailable,
    /// The engine gave up this transaction for another one; the same body may run again.
    Contended,
    /// A guard found that what the transaction rested on has changed. Nothing was committed: read again.
    Moved,
    /// The database refused a statement (a constraint, a full disk).
    Refused,
    /// Stored bytes do not mean what they must mean.
    Corrupt,
    /// The database may not be served: schema, fence, lock, durability settings.
    Unfit,
    /// Our own mistake: a broken invariant, named in the message.
    Bug,
}

/// A failure of the machine, with where it happened and what caused it.
pub struct Fault {
    kind: Kind,
    place: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Fault {
    /// A fault without a deeper cause.
    pub fn new(kind: Kind, place: impl Into<String>) -> Self {
        Self { kind, place: place.into(), source: None }
    }

    /// A fault and what caused it.
    pub fn because(kind: Kind, place: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind, place: place.into(), source: Some(source.into()) }
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Would the same call have a chance of success if it were simply made again?
    pub fn retryable(&self) -> bool {
        matches!(self.kind, Kind::Overloaded | Kind::Unavailable | Kind::Contended | Kind::Moved)
    }

    pub fn is_moved(&self) -> bool {
        self.kind == Kind::Moved
    }

    /// The same fault for another member of the same group: causes are not shared, their words are.
    pub(crate) fn echo(&self) -> Self {
        Self::new(self.kind, self.to_string())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)?;
        let mut cause: Option<&dyn Error> = self.source.as_deref().map(|source| source as &dyn Error);
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl fmt::Debug for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}({self})", self.kind)
    }
}

impl Error for Fault {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        None // the causes are already in the words
    }
}
