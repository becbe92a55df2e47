use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use server::config::{Flags, Loaded, Surroundings, load};

/// A working folder of its own, gone at the end, with the environment of one imagined process.
pub(crate) struct Desk {
    pub(crate) around: Surroundings,
    pub(crate) flags: Flags,
}

impl Desk {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("signet-config-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let folder = std::env::temp_dir().join(name);
        fs::create_dir_all(&folder).unwrap();
        Self { around: Surroundings::in_folder(folder), flags: Flags::default() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.around.folder.join(name)
    }

    pub(crate) fn holding(self, name: &str, text: &str) -> Self {
        fs::write(self.path(name), text).unwrap();
        self
    }

    pub(crate) fn file(self, text: &str) -> Self {
        self.holding("signet.toml", text)
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.around.env.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn listen(mut self, address: &str) -> Self {
        self.flags.listen = Some(address.to_owned());
        self
    }

    pub(crate) fn load(&self) -> Loaded {
        load(&self.flags, &self.around).unwrap_or_else(|errors| panic!("{errors}"))
    }

    /// The lines of the errors, without the first.
    pub(crate) fn errors(&self) -> Vec<String> {
        let text = load(&self.flags, &self.around).expect_err("a configuration with an error").to_string();
        text.lines().skip(1).map(str::to_owned).collect()
    }

    pub(crate) fn only_error(&self) -> String {
        let errors = self.errors();
        assert_eq!(errors.len(), 1, "{errors:#?}");
        errors[0].clone()
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.around.folder);
    }
}
