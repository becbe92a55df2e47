//! Styles, modules and the mark, under names that change with their content, so that a browser may keep them for ever.

use std::sync::LazyLock;

#[derive(Debug)]
pub(crate) struct Asset {
    /// As it is written in the house: `base.css`.
    file: &'static str,
    /// As it is served: `base-1f2e3d4c5b6a7988.css`.
    pub(crate) name: String,
    href: String,
    pub(crate) content_type: &'static str,
    pub(crate) bytes: Vec<u8>,
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
];

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    FILES.iter().fold(Vec::new(), |mut made: Vec<Asset>, (file, content_type, text)| {
        let text = if *content_type == JS { with_served_names(text, &made) } else { (*text).to_owned() };
        made.push(Asset::of(file, content_type, text));
        made
    })
});

/// The asset that is served under this name.
pub(crate) fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// Where a file of the house is served. A test sees to it that no page asks for one that does not exist.
pub(crate) fn href(file: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.file == file).map_or("", |asset| &asset.href)
}

impl Asset {
    fn of(file: &'static str, content_type: &'static str, text: String) -> Self {
        let (stem, ending) = file.rsplit_once('.').unwrap_or((file, ""));
        let name = format!("{stem}-{:016x}.{ending}", fingerprint(text.as_bytes()));
        Self { file, href: format!("/assets/{name}"), name, content_type, bytes: text.into_bytes() }
    }
}

/// Modules import each other by their place in `console/src`; a browser knows only the names they are served under.
fn with_served_names(text: &str, made: &[Asset]) -> String {
    made.iter().filter(|asset| asset.content_type == JS).fold(text.to_owned(), |text, asset| {
        ["./", "../", "./page/"].iter().fold(text, |text, way| {
            text.replace(&format!("from \"{way}{}\"", asset.file), &format!("from \"{}\"", asset.href))
        })
    })
}

/// FNV-1a, 64 bits. It tells our own files apart; nobody gains by making two of them collide.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
