//! What Unicode says about characters, asked of one set of tables (ICU4X's, the one that `idna` uses too), so that
//! normalising, folding and judging never disagree about which version of Unicode they speak.

use icu_casemap::CaseMapper;
use icu_normalizer::ComposingNormalizer;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup, Script};
use icu_properties::script::ScriptWithExtensions;
use icu_properties::{CodePointMapData, CodePointSetData};

/// NFKC and full case folding until nothing moves any more, so that folding what is folded gives it back.
/// INVARIANT (folded): `folded(folded(x)) == folded(x)`. The loop ends: a round removes what folds, and what
/// composition then brings together folds to its own equivalent.
pub(crate) fn folded(text: &str) -> String {
    let (nfkc, case) = (ComposingNormalizer::new_nfkc(), CaseMapper::new());
    let mut current = nfkc.normalize(text).into_owned();
    loop {
        let next = nfkc.normalize(&case.fold_string(&current)).into_owned();
        if next == current {
            return current;
        }
        current = next;
    }
}

/// Precomposed where it can be, otherwise unchanged: for text that people read and nobody compares.
pub(crate) fn composed(text: &str) -> String {
    ComposingNormalizer::new_nfc().normalize(text).into_owned()
}

pub(crate) fn is_control_or_space(c: char) -> bool {
    c.is_control() || c.is_whitespace()
}

/// Shows nothing (zero width, soft hyphen, bidi controls, fillers, variation selectors) or means nothing that
/// will stay so (private use, unassigned).
pub(crate) fn is_unseen(c: char) -> bool {
    let nothing = GeneralCategoryGroup::Other.union(GeneralCategoryGroup::Separator);
    is_ignorable(c) || (c != ' ' && nothing.contains(category(c)))
}

pub(crate) fn is_ignorable(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

pub(crate) fn is_mark(c: char) -> bool {
    GeneralCategoryGroup::Mark.contains(category(c))
}

/// A letter, a mark on a letter, or a decimal digit, in any script.
pub(crate) fn is_word(c: char) -> bool {
    let word =
        GeneralCategoryGroup::Letter.union(GeneralCategoryGroup::Mark).union(GeneralCategoryGroup::DecimalNumber);
    word.contains(category(c))
}

fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

/// Scripts that one language writes side by side.
const WRITTEN_TOGETHER: [&[Script]; 3] = [
    &[Script::Han, Script::Hiragana, Script::Katakana],
    &[Script::Han, Script::Hangul],
    &[Script::Han, Script::Bopomofo],
];

/// SPEC: UTS #39 §5.1, single script: some script, or some scripts that are written together, hold every character
/// that belongs to a script at all.
pub(crate) fn is_one_script(text: &str) -> bool {
    let scripts = ScriptWithExtensions::new();
    let is_shared = |c: &char| scripts.has_script(*c, Script::Common) || scripts.has_script(*c, Script::Inherited);
    let mut owned = text.chars().filter(|c| !is_shared(c));
    let Some(first) = owned.next() else { return true };
    let holds_all = |family: &[Script]| {
        let holds = |c: char| family.iter().any(|script| scripts.has_script(c, *script));
        holds(first) && owned.clone().all(holds)
    };
    let single = scripts.get_script_extensions_val(first).iter().any(|script| holds_all(&[script]));
    single || WRITTEN_TOGETHER.iter().any(|family| holds_all(family))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    fn every_character() -> impl Iterator<Item = char> {
        '\0'..=char::MAX
    }

    #[test]
    fn r06_folding_every_character_is_idempotent() {
        for c in every_character() {
            let once = folded(&c.to_string());
            assert_eq!(folded(&once), once, "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn r06_another_implementation_normalises_every_character_alike() {
        for c in every_character().filter(|c| category(*c) != GeneralCategory::Unassigned) {
            let theirs: String = std::iter::once(c).nfkc().collect();
            assert_eq!(ComposingNormalizer::new_nfkc().normalize(&c.to_string()), theirs, "U+{:04X}", u32::from(c));
        }
    }

    #[test]
    fn r06_one_script_or_scripts_written_together() {
        for one in ["", "42", "alice", "Ἀθηνᾶ", "Анна-2", "東京タワーへ", "서울特別市", "注音ㄅㄆ漢", "٣محمد", "नमस्ते१"]
        {
            assert!(is_one_script(one), "{one}");
        }
        for mixed in ["pаypal", "Αlice", "αβв", "ひ한", "ㄅひ", "abc漢", "ᎪB", "abc٣", "a१"] {
            assert!(!is_one_script(mixed), "{mixed}");
        }
    }

    proptest! {
        #[test]
        fn r06_folding_is_idempotent(text in "\\PC{0,12}", marks in "[a-zſßΣιͅ\u{300}-\u{36f}]{0,12}") {
            for text in [text.clone(), marks.clone(), text + &marks] {
                let once = folded(&text);
                prop_assert_eq!(folded(&once), once);
            }
        }
    }
}
