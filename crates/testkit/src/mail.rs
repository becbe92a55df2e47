use std::sync::{Arc, Mutex};

use app::{Courier, Delivery, Letter, Undelivered};

/// Keeps letters instead of carrying them, or refuses them as it is told.
#[derive(Debug, Clone, Default)]
pub struct MailSink(Arc<Mutex<Inside>>);

#[derive(Debug, Default)]
struct Inside {
    letters: Vec<Letter>,
    refusing: Option<Undelivered>,
}

impl MailSink {
    pub fn letters(&self) -> Vec<Letter> {
        self.0.lock().unwrap().letters.clone()
    }

    /// From now on every letter is refused like this; `None` accepts again.
    pub fn refuse(&self, how: Option<Undelivered>) {
        self.0.lock().unwrap().refusing = how;
    }
}

impl Courier for MailSink {
    fn deliver<'a>(&'a self, letter: &'a Letter) -> Delivery<'a> {
        let mut inside = self.0.lock().unwrap();
        let outcome = match &inside.refusing {
            Some(how) => Err(how.clone()),
            None => {
                inside.letters.push(letter.clone());
                Ok(())
            }
        };
        Box::pin(async move { outcome })
    }
}
