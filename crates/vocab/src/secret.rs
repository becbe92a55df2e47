//! A value that must not be seen by accident.

use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Holds a value that never shows itself: Debug prints `[secret]`, there is no Display, no comparison (whoever
/// compares secrets does it in constant time), and the memory is wiped when it is dropped.
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value, for the one place that needs it.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize + Clone> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> ZeroizeOnDrop for Secret<T> {}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    #[test]
    fn debug_never_shows_the_value() {
        let key = Secret::new(*b"correct horse");
        assert_eq!(format!("{key:?} {:#?}", Some(&key)), "[secret] Some(\n    [secret],\n)");
        assert_eq!(key.clone().expose(), b"correct horse");
    }

    #[test]
    fn dropping_wipes() {
        struct Watched<'a>(&'a Cell<u32>);
        impl Zeroize for Watched<'_> {
            fn zeroize(&mut self) {
                self.0.set(self.0.get() + 1);
            }
        }
        let wiped = Cell::new(0);
        drop(Secret::new(Watched(&wiped)));
        assert_eq!(wiped.get(), 1);
    }
}
