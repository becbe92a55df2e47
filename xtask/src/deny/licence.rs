//! SPDX expressions: `(MIT OR Apache-2.0) AND Unicode-3.0`, and the older `MIT/Apache-2.0`.

/// Whether the expression can be met with allowed licences alone.
pub(super) fn satisfied(expression: &str, is_allowed: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut reader = Reader { words: &words, is_allowed };
    let is_met = reader.either();
    is_met && reader.words.is_empty()
}

struct Reader<'a> {
    words: &'a [&'a str],
    is_allowed: &'a dyn Fn(&str) -> bool,
}

impl Reader<'_> {
    fn either(&mut self) -> bool {
        let mut is_met = self.both();
        while self.takes("OR") {
            is_met |= self.both();
        }
        is_met
    }

    fn both(&mut self) -> bool {
        let mut is_met = self.one();
        while self.takes("AND") {
            is_met &= self.one();
        }
        is_met
    }

    fn one(&mut self) -> bool {
        if self.takes("(") {
            let is_met = self.either();
            return self.takes(")") && is_met;
        }
        let Some((licence, rest)) = self.words.split_first() else { return false };
        self.words = rest;
        if self.takes("WITH") {
            let exception = self.words.first().copied().unwrap_or_default();
            self.words = self.words.get(1..).unwrap_or_default();
            return (self.is_allowed)(&format!("{licence} WITH {exception}"));
        }
        (self.is_allowed)(licence)
    }

    fn takes(&mut self, word: &str) -> bool {
        let is_next = self.words.first() == Some(&word);
        if is_next {
            self.words = self.words.get(1..).unwrap_or_default();
        }
        is_next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_met_by_the_allowed_alone() {
        let is_allowed = |name: &str| ["MIT", "ISC"].contains(&name);
        for met in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0/MIT",
            "MIT AND ISC",
            "ISC AND (GPL-3.0 OR MIT)",
            "Apache-2.0 WITH x OR MIT",
        ] {
            assert!(satisfied(met, &is_allowed), "{met}");
        }
        for unmet in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0", "MIT WITH x", "", "(MIT", "MIT ISC"] {
            assert!(!satisfied(unmet, &is_allowed), "{unmet}");
        }
    }
}
