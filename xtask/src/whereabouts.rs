//! Where an idea lives. One word per idea and the same file name in each room make a file's name the best answer;
//! then come the names in the code, then tests and pages. One screen, the most telling first.

use std::path::Path;

use crate::source::Source;
use crate::tree;

const WIDTH: usize = 118;
const FILES: usize = 13;
const ELSEWHERE: usize = 12;
const PAGES: usize = 7;
/// The order of the rooms, from the words to the binary.
const ROOMS: [&str; 15] = [
    "vocab", "webauthn", "policy", "rollout", "identity", "audit", "jose", "oidc", "saml", "scim", "store", "app",
    "jobs", "outbound", "web",
];

/// The page for these words; several words narrow the search.
pub fn page(root: &Path, words: &[String]) -> String {
    let search = Search(words.iter().map(|word| folded(word)).collect());
    let (mut files, mut elsewhere, mut pages) = (Vec::new(), Vec::new(), Vec::new());
    for path in ["rs", "sql", "ts", "js", "html", "md"].into_iter().flat_map(|ending| tree::files(root, ending)) {
        let file = File::read(tree::relative(root, &path), tree::text(&path));
        match file.kind() {
            Kind::Page | Kind::Test => pages.extend(search.in_page(&file)),
            Kind::Code if search.names(&file.idea()) => files.push(file.told_whole()),
            Kind::Code => elsewhere.extend(search.in_code(&file)),
        }
    }
    let groups = [
        group("files called so", files, FILES),
        group("names elsewhere", elsewhere, ELSEWHERE),
        group("tests and pages", pages, PAGES),
    ];
    let page = groups.into_iter().flatten().collect::<Vec<_>>().join("\n");
    if page.is_empty() { format!("{}: nothing here has that name", words.join(" ")) } else { page }
}

/// One line of the page: the smaller the rank, the earlier it stands.
struct Hit {
    rank: (usize, usize, String),
    place: String,
    note: String,
}

fn group(title: &str, mut hits: Vec<Hit>, limit: usize) -> Option<String> {
    hits.sort_by(|a, b| a.rank.cmp(&b.rank));
    let left = hits.len().saturating_sub(limit);
    hits.truncate(limit);
    let lines_each = (limit / hits.len().max(1)).clamp(1, 3);
    let width = hits.iter().map(|hit| hit.place.chars().count()).max()?;
    let mut lines = vec![title.to_owned()];
    for hit in &hits {
        let notes = wrapped(&hit.note, WIDTH.saturating_sub(width + 4), lines_each);
        let places = std::iter::once(hit.place.as_str()).chain(std::iter::repeat(""));
        lines.extend(places.zip(notes).map(|(place, note)| format!("  {place:width$}  {note}").trim_end().to_owned()));
    }
    if left > 0 {
        lines.push(format!("  … and {left} more"));
    }
    Some(lines.join("\n"))
}

/// The note on as many lines as it may have, broken between names; `…` where it goes on.
fn wrapped(note: &str, width: usize, at_most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for part in note.split(" · ") {
        let length = lines.last().map_or(0, |line| line.chars().count());
        if length > 0 && length + part.chars().count() + 5 > width {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(if line.is_empty() { "" } else { " · " });
            line.extend(part.chars().take(width));
        }
    }
    let goes_on = lines.len() > at_most;
    lines.truncate(at_most);
    if let Some(last) = lines.last_mut().filter(|_| goes_on) {
        last.push_str(" …");
    }
    lines
}

/// `sign-in`, `sign_in` and `SignIn` are one word.
fn folded(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

struct Search(Vec<String>);

impl Search {
    fn names(&self, name: &str) -> bool {
        let name = folded(name);
        self.0.iter().all(|word| name.contains(word))
    }

    /// 0: the very word (or its plural), 1: begins with it, 2: has it inside, nothing: another name.
    fn closeness(&self, name: &str, place: &str) -> Option<usize> {
        let (name, place) = (folded(name), folded(place));
        let is_here = self.0.iter().all(|word| name.contains(word) || self.0.len() > 1 && place.contains(word));
        let best = self.0.iter().filter(|word| name.contains(*word)).map(|word| match name.strip_prefix(word) {
            Some("" | "s") => 0,
            Some(_) => 1,
            None => 2,
        });
        best.min().filter(|_| is_here)
    }

    fn in_code(&self, file: &File) -> Option<Hit> {
        let idea = file.idea();
        let mut close: Vec<_> =
            file.definitions().into_iter().filter_map(|d| Some((self.closeness(&d.name, &idea)?, d))).collect();
        close.sort_by_key(|(closeness, definition)| (*closeness, definition.line));
        let best = close.first()?.0;
        let note = close.iter().map(|(_, definition)| definition.told()).collect::<Vec<_>>().join(" · ");
        Some(Hit { rank: (best, file.room_order(), file.path.clone()), place: file.path.clone(), note })
    }

    fn in_page(&self, file: &File) -> Option<Hit> {
        let hit = |order: usize, place: String, note: String| Hit { rank: (order, 0, file.path.clone()), place, note };
        if self.names(&file.idea()) {
            return Some(hit(0, file.path.clone(), file.summary()));
        }
        let mut lines = file.text.lines().enumerate();
        let (at, heading) =
            lines.find(|(_, line)| line.starts_with('#') && !line.starts_with("#[") && self.names(line))?;
        Some(hit(1, format!("{}:{}", file.path, at + 1), heading.to_owned()))
    }
}

enum Kind {
    Code,
    Test,
    Page,
}

struct File {
    path: String,
    text: String,
}

impl File {
    fn read(path: String, text: String) -> Self {
        Self { path, text }
    }

    fn kind(&self) -> Kind {
        if self.path.ends_with(".md") {
            Kind::Page
        } else if self.path.contains("/tests/") {
            Kind::Test
        } else {
            Kind::Code
        }
    }

    /// What the path says beyond its room: `account`, `cli/account`; for a room's first file, the room.
    fn idea(&self) -> String {
        let below = self
            .path
            .strip_prefix("crates/")
            .and_then(|path| path.split_once('/'))
            .map_or(self.path.as_str(), |(_, p)| p);
        let name = below.rsplit_once('.').map_or(below, |(name, _)| name);
        let name = name.trim_start_matches("src/").trim_start_matches("tests/").trim_end_matches("/mod");
        if ["lib", "main"].contains(&name) { self.room().to_owned() } else { name.to_owned() }
    }

    fn room(&self) -> &str {
        self.path.strip_prefix("crates/").unwrap_or(&self.path).split('/').next().unwrap_or_default()
    }

    fn room_order(&self) -> usize {
        ROOMS.iter().position(|room| *room == self.room()).unwrap_or(ROOMS.len())
    }

    fn told_whole(&self) -> Hit {
        let definitions = self.definitions();
        let is_constant = |d: &&Definition| ["const", "static"].contains(&d.what.as_str());
        let mut public: Vec<&Definition> = definitions.iter().filter(|d| d.is_public).collect();
        public.sort_by_key(is_constant);
        let public: Vec<String> = public.into_iter().map(Definition::told).collect();
        let note = if public.is_empty() { self.summary() } else { public.join(" · ") };
        let depth = self.idea().matches('/').count();
        Hit { rank: (depth, self.room_order(), self.path.clone()), place: self.path.clone(), note }
    }

    /// The first sentence of a file, or how many tests it has.
    fn summary(&self) -> String {
        let tests =
            self.text.lines().filter(|line| line.trim_start().starts_with("#[") && line.contains("test]")).count();
        if tests > 0 {
            return format!("{tests} tests");
        }
        let first = self
            .text
            .lines()
            .map(|line| line.trim_start_matches(['/', '!', '#', '-', ' ']))
            .find(|line| !line.is_empty());
        first.unwrap_or_default().to_owned()
    }

    fn definitions(&self) -> Vec<Definition> {
        match self.path.rsplit('.').next() {
            Some("rs") => rust_definitions(&Source::read(&self.path, &self.text)),
            Some("sql") => self.text.lines().enumerate().filter_map(table).collect(),
            _ => Vec::new(),
        }
    }
}

struct Definition {
    what: String,
    name: String,
    line: usize,
    is_public: bool,
}

impl Definition {
    fn told(&self) -> String {
        format!("{} {}:{}", self.what, self.name, self.line)
    }
}

fn table((at, line): (usize, &str)) -> Option<Definition> {
    let rest = line.trim().strip_prefix("CREATE TABLE ")?;
    let name = rest.trim_start_matches("IF NOT EXISTS ").split([' ', '(']).next()?.to_owned();
    Some(Definition { what: "table".to_owned(), name, line: at + 1, is_public: true })
}

fn rust_definitions(source: &Source) -> Vec<Definition> {
    let defined = (0..source.tokens.len()).filter_map(|at| {
        let (what, name) = (source.text(at), source.text(at + 1));
        let is_item = ["fn", "struct", "enum", "trait", "type", "const", "static"].contains(&what) && name != "fn";
        let is_statement = ["read", "write", "guard"].contains(&what) && source.text(at + 2) == "=";
        if !(is_item || is_statement) || !name.starts_with(|c: char| c.is_alphabetic()) {
            return None;
        }
        let is_public = (1..4).any(|back| at.checked_sub(back).is_some_and(|before| is_pub(source, before, at)));
        Some(Definition { what: what.to_owned(), name: name.to_owned(), line: source.line(at), is_public })
    });
    defined.collect()
}

/// `pub fn`, `pub async fn`, `pub(crate) const fn`: between `pub` and the item stand only such words.
fn is_pub(source: &Source, before: usize, at: usize) -> bool {
    let between = (before + 1..at).all(|at| ["async", "const", "unsafe"].contains(&source.text(at)));
    between
        && (source.text(before) == "pub"
            || source.text(before) == ")" && source.text(before.saturating_sub(3)) == "pub")
}
