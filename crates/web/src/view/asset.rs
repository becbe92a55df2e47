//! Styles, modules and the mark, under names that change with their content, so that a browser may keep them for ever.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA256, digest};

#[derive(Debug)]
pub(crate) struct Asset {
    /// As it is called in the house: `base.css`.
    file: &'static str,
    /// As it is served: `base-1f2e3d4c5b6a7988.css`.
    pub(crate) name: String,
    href: String,
    pub(crate) content_type: &'static str,
    pub(crate) bytes: Vec<u8>,
    /// Where the modules are served that this one imports, and those that they import.
    imports: Vec<String>,
}

const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Everything there is. A module stands after those it imports: their names are part of its text.
#[rustfmt::skip]
const FILES: &[(&str, &str, &str)] = &[
    ("mark.svg", SVG, include_str!("../../assets/mark.svg")),
    ("tokens.css", CSS, include_str!("../../assets/tokens.css")),
    ("base.css", CSS, include_str!("../../assets/base.css")),
    ("hash.js", JS, include_str!("../../../../console/src/hash.js")),
    ("short-code.js", JS, include_str!("../../../../console/src/short-code.js")),
    ("errors.js", JS, include_str!("../../../../console/src/errors.js")),
    ("api.js", JS, include_str!("../../../../console/src/api.js")),
    ("capabilities.js", JS, include_str!("../../../../console/src/capabilities.js")),
    ("signals.js", JS, include_str!("../../../../console/src/signals.js")),
    ("report.js", JS, include_str!("../../../../console/src/report.js")),
    ("credential.js", JS, include_str!("../../../../console/src/credential.js")),
    ("signet.js", JS, include_str!("../../../../console/src/signet.js")),
    ("embedded.js", JS, include_str!("../../../../console/src/embedded.js")),
    ("stage.js", JS, include_str!("../../../../console/src/page/stage.js")),
    ("ceremony.js", JS, include_str!("../../../../console/src/page/ceremony.js")),
    ("new-person.js", JS, include_str!("../../../../console/src/page/new-person.js")),
    ("sign-in.js", JS, include_str!("../../../../console/src/page/sign-in.js")),
    ("sign-up.js", JS, include_str!("../../../../console/src/page/sign-up.js")),
    ("setup.js", JS, include_str!("../../../../console/src/page/setup.js")),
    ("step-up.js", JS, include_str!("../../../../console/src/page/step-up.js")),
    ("account.js", JS, include_str!("../../../../console/src/page/account.js")),
];

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let mut made = Vec::with_capacity(FILES.len());
    for (file, content_type, text) in FILES {
        made.push(Asset::of(file, content_type, text, &made));
    }
    made
});

/// The asset that is served under this name.
pub(crate) fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// Where a file of the house is served. A test sees to it that no page asks for one that does not exist.
pub(crate) fn href(file: &str) -> &'static str {
    named(file).map_or("", |asset| &asset.href)
}

/// What a page that uses this module has a browser fetch beside it, instead of finding it out file by file.
pub(super) fn imports(file: &str) -> &'static [String] {
    named(file).map_or(&[], |asset| &asset.imports)
}

#[cfg(test)]
pub(super) fn all() -> &'static [Asset] {
    &ASSETS
}

fn named(file: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.file == file)
}

impl Asset {
    /// Modules import each other by their place in `console/src`; a browser knows only the names they are served under.
    fn of(file: &'static str, content_type: &'static str, text: &str, made: &[Self]) -> Self {
        let mut text = text.to_owned();
        let mut imports = Vec::new();
        for module in made.iter().filter(|module| module.content_type == JS && content_type == JS) {
            let (before, served) = (text.len(), format!("from \"{}\"", module.href));
            for place in ["./", "../"] {
                text = text.replace(&format!("from \"{place}{}\"", module.file), &served);
            }
            if text.len() != before {
                imports.extend(module.imports.iter().chain([&module.href]).cloned());
            }
        }
        imports.sort_unstable();
        imports.dedup();
        let (stem, ending) = file.rsplit_once('.').unwrap_or((file, ""));
        let name = format!("{stem}-{}.{ending}", fingerprint(text.as_bytes()));
        Self { file, href: format!("/assets/{name}"), name, content_type, bytes: text.into_bytes(), imports }
    }
}

/// Enough of it to tell our own files apart.
fn fingerprint(bytes: &[u8]) -> String {
    let digest = digest(&SHA256, bytes);
    digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_is_found_under_the_name_it_is_linked_by_and_no_other() {
        for asset in ASSETS.iter() {
            let served = href(asset.file).strip_prefix("/assets/").unwrap();
            assert_eq!(find(served).unwrap().bytes, asset.bytes);
            assert!(find(asset.file).is_none());
        }
    }

    #[test]
    fn every_import_of_a_module_is_one_that_is_served() {
        let modules = ASSETS.iter().filter(|asset| asset.content_type == JS);
        for module in modules {
            let text = std::str::from_utf8(&module.bytes).unwrap();
            let imported = text.lines().filter(|line| !line.trim_start().starts_with(['*', '/']));
            let imported = imported.filter_map(|line| line.split_once(" from \"")).map(|(_, rest)| rest);
            for place in imported {
                let name = place.trim_end_matches("\";").strip_prefix("/assets/").unwrap();
                assert!(find(name).is_some(), "{} imports {place}", module.file);
            }
        }
        assert_eq!(imports("sign-up.js").len(), 13);
    }

    #[test]
    fn a_name_changes_with_what_a_module_imports() {
        let leaf = |text| Asset::of("a.js", JS, text, &[]);
        let over = |leaf: Asset| Asset::of("b.js", JS, "import { a } from \"./a.js\";", &[leaf]);
        let [one, two] = ["export const a = 1;", "export const a = 2;"].map(|text| over(leaf(text)));
        assert_ne!(one.name, two.name);
    }

    /// Once asked for by the system, once by the person.
    #[test]
    fn both_dark_palettes_say_the_same() {
        let text = std::str::from_utf8(&named("tokens.css").unwrap().bytes).unwrap();
        let palette = |selector: &str| {
            let (_, block) = text.split_once(selector).unwrap();
            let (block, _) = block.split_once('}').unwrap();
            block.split(';').map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>()
        };
        let asked_by_system = palette(":root:not([data-theme=\"light\"]) {");
        assert_eq!(asked_by_system, palette("[data-theme=\"dark\"] {"));
        assert!(asked_by_system.len() > 20);
    }
}
