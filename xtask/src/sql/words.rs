//! The words of a statement: which the two engines share, and which they do not.

/// A forbidden word where it stands, counted from the text's first line.
pub(super) struct Word {
    pub(super) line: usize,
    pub(super) sentence: String,
    pub(super) because: &'static str,
}

/// How a table below names what it forbids.
enum Shape {
    /// The word alone.
    Is(&'static str),
    /// The word and an opening bracket.
    Call(&'static str),
    /// A function whose name begins so.
    CallFrom(&'static str),
    /// Two words in a row.
    Pair(&'static str, &'static str),
}

const LIKE: &str = "the engines fold case differently; a prefix search is a range on the canonical form";
const JSON: &str = "JSON is kept as text and read by the app; the engines' operators differ";
const ARRAYS: &str = "SQLite has no arrays: bind each value, or join a table";
const CLOCK: &str = "time arrives as a parameter, frozen once per request";
const SERIAL: &str = "ids are made by the app, so that every node and both engines agree";

#[rustfmt::skip]
const FORBIDDEN: &[(Shape, &str)] = &[
    (Shape::Is("LIKE"), LIKE), (Shape::Is("ILIKE"), LIKE), (Shape::Is("GLOB"), LIKE), (Shape::Pair("SIMILAR", "TO"), LIKE),
    (Shape::Is("->"), JSON), (Shape::Is("->>"), JSON), (Shape::CallFrom("JSON"), JSON), (Shape::Call("TO_JSON"), JSON),
    (Shape::Is("ARRAY"), ARRAYS), (Shape::Call("ANY"), ARRAYS), (Shape::Call("UNNEST"), ARRAYS),
    (Shape::Call("NOW"), CLOCK), (Shape::Is("CURRENT_TIMESTAMP"), CLOCK), (Shape::Is("CURRENT_TIME"), CLOCK),
    (Shape::Is("CURRENT_DATE"), CLOCK), (Shape::Call("DATETIME"), CLOCK), (Shape::Call("STRFTIME"), CLOCK),
    (Shape::Call("UNIXEPOCH"), CLOCK), (Shape::Call("CLOCK_TIMESTAMP"), CLOCK),
    (Shape::Pair("SKIP", "LOCKED"), "SQLite has no row locks: claim by state, in a guarded UPDATE"),
    (Shape::Is("AUTOINCREMENT"), SERIAL),
    (Shape::Call("NEXTVAL"), SERIAL), (Shape::Pair("AS", "IDENTITY"), SERIAL),
    (Shape::Is("?"), "placeholders are `$1`: PostgreSQL's own, rewritten once for SQLite"),
];

#[rustfmt::skip]
const RAW_TYPES: [&str; 22] = [
    "BLOB", "BYTEA", "BIGINT", "INTEGER", "INT", "SMALLINT", "BOOLEAN", "BOOL", "TEXT", "VARCHAR", "CHAR", "NUMERIC",
    "DOUBLE", "FLOAT", "JSON", "JSONB", "UUID", "DATE", "TIMESTAMP", "TIMESTAMPTZ", "SERIAL", "BIGSERIAL",
];
/// After these a word of that name is a column, not a type.
const BEFORE_A_COLUMN: [&str; 13] =
    ["WHERE", "AND", "OR", "NOT", "BY", "ON", "SET", "SELECT", "WHEN", "THEN", "ELSE", "KEY", "COLUMN"];

struct Token {
    word: String,
    line: usize,
}

/// A statement or a migration, without comments and quoted strings, and without what stands inside `per_engine(…)`.
pub(super) struct Text {
    tokens: Vec<Token>,
    /// The lines on which `per_engine(` stands.
    pub(super) per_engine: Vec<usize>,
}

impl Text {
    pub(super) fn read(text: &str) -> Self {
        let mut read = Self { tokens: Vec::new(), per_engine: Vec::new() };
        let mut depth = 0usize;
        for token in tokens(text) {
            let opens = token.word == "(";
            let begins = opens && read.tokens.last().is_some_and(|last| last.word == "PER_ENGINE");
            if depth > 0 {
                depth = if opens { depth + 1 } else { depth - usize::from(token.word == ")") };
            } else if begins {
                depth = 1;
                read.per_engine.push(token.line);
            } else {
                read.tokens.push(token);
            }
        }
        read
    }

    fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &token.word)
    }

    pub(super) fn forbidden(&self) -> Vec<Word> {
        let hits = self.tokens.iter().enumerate().flat_map(|(at, token)| {
            let rules = FORBIDDEN.iter().filter(move |(shape, _)| self.has(at, shape));
            rules.map(|(_, because)| Word {
                line: token.line,
                sentence: format!("the statement says {}", token.word),
                because,
            })
        });
        hits.collect()
    }

    /// Types that only one engine knows. A column may be called `text`: then a type word follows it.
    pub(super) fn raw_types(&self) -> Vec<Word> {
        let hits = self.tokens.iter().enumerate().filter(|(at, token)| {
            let before = at.checked_sub(1).map_or("", |before| self.word(before));
            let follows_a_name = before.starts_with(char::is_alphabetic) && !BEFORE_A_COLUMN.contains(&before);
            RAW_TYPES.contains(&token.word.as_str()) && follows_a_name && !self.word(at + 1).starts_with('@')
        });
        let because = "one migration text for both engines: `@bytes @int @bool @text` become each engine's own types";
        hits.map(|(_, t)| Word { line: t.line, sentence: format!("the migration says {}", t.word), because }).collect()
    }

    fn has(&self, at: usize, shape: &Shape) -> bool {
        let (word, next) = (self.word(at), self.word(at + 1));
        match *shape {
            Shape::Is(is) => word == is,
            Shape::Call(is) => word == is && next == "(",
            Shape::CallFrom(start) => word.starts_with(start) && next == "(",
            Shape::Pair(first, second) => word == first && next == second,
        }
    }
}

/// Words in capitals (`@text` keeps its mark and its case), operators and brackets, each with its line.
fn tokens(text: &str) -> Vec<Token> {
    let (mut found, mut line, mut rest) = (Vec::new(), 1, text);
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
        let length = match first {
            '\'' => rest.chars().skip(1).position(|c| c == '\'').map_or(rest.len(), |at| byte_of(rest, at + 2)),
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '-' if rest.starts_with("->>") => 3,
            '-' if rest.starts_with("->") => 2,
            '@' => 1 + rest.get(1..).map_or(0, |word| word.find(|c| !is_word(c)).unwrap_or(word.len())),
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (word, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let is_text = first == '\'' || word.starts_with("--") || first.is_whitespace();
        if !is_text {
            found.push(Token { word: spelled(word), line });
        }
        line += word.matches('\n').count();
        rest = after;
    }
    found
}

fn byte_of(text: &str, chars: usize) -> usize {
    text.char_indices().nth(chars).map_or(text.len(), |(at, _)| at)
}

fn spelled(word: &str) -> String {
    if word.eq_ignore_ascii_case("@per_engine") {
        "PER_ENGINE".to_owned()
    } else if word.starts_with('@') {
        word.to_owned()
    } else {
        word.to_uppercase()
    }
}

/// Whether a text is SQL rather than prose: `DELETE FROM` is, "DELETE /api/v1/…" and "Update the settings" are not.
pub fn is_statement(text: &str) -> bool {
    let spoken: Vec<&str> = text.split_whitespace().filter(|word| *word != "\\").collect();
    let Some((first, rest)) = spoken.split_first() else { return false };
    let words: Vec<String> = rest.iter().map(|word| word.to_uppercase()).collect();
    let is_loud = *first == first.to_uppercase();
    let is_quiet = *first == first.to_lowercase();
    let second = words.first().map_or("", String::as_str);
    let has = |word: &str| words.iter().any(|other| other == word);
    let is_sql = match first.to_uppercase().as_str() {
        "SELECT" => has("FROM") || is_loud && !words.is_empty(),
        "INSERT" => ["INTO", "OR"].contains(&second),
        "DELETE" => second == "FROM",
        "UPDATE" => has("SET") && (is_loud || text.contains('=')),
        "CREATE" | "ALTER" | "DROP" => {
            ["TABLE", "INDEX", "UNIQUE", "TRIGGER", "VIEW", "TEMP", "DATABASE"].contains(&second)
        }
        _ => false,
    };
    is_sql && (is_loud || is_quiet)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<String> {
        Text::read(text).forbidden().into_iter().map(|word| word.sentence.replace("the statement says ", "")).collect()
    }

    #[test]
    fn each_forbidden_word_is_heard_in_any_case() {
        let texts = [
            ("SELECT a FROM t WHERE a like $1", "LIKE"),
            ("SELECT a ->> 'b' FROM t", "->>"),
            ("SELECT a->'b' FROM t", "->"),
            ("SELECT json_extract(a, $1) FROM t", "JSON_EXTRACT"),
            ("SELECT jsonb_agg (a) FROM t", "JSONB_AGG"),
            ("SELECT a FROM t WHERE a = any($1)", "ANY"),
            ("UPDATE t SET a = now()", "NOW"),
            ("UPDATE t SET a = CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP"),
            ("SELECT a FROM t FOR UPDATE SKIP LOCKED", "SKIP"),
            ("SELECT a FROM t WHERE a = ?", "?"),
            ("SELECT a FROM t WHERE a = ?1", "?"),
        ];
        for (text, word) in texts {
            assert_eq!(said(text), [word], "{text}");
        }
    }

    #[test]
    fn strings_comments_and_innocent_names_are_not_heard() {
        assert!(said("SELECT likely, nowhere, a - 1 FROM t WHERE b = 'LIKE ?' -- NOW()\n AND c <> $1").is_empty());
        assert!(said("INSERT INTO words (now, serial) VALUES ($1) ON CONFLICT DO NOTHING RETURNING now").is_empty());
    }

    #[test]
    fn raw_types_are_told_from_columns_of_that_name() {
        let types = |text: &str| Text::read(text).raw_types().len();
        assert_eq!(types("CREATE TABLE t (a BLOB, b text NOT NULL, c VARCHAR(3))"), 3);
        assert_eq!(types("ALTER TABLE t ADD COLUMN a BIGSERIAL; SELECT CAST(a AS BIGINT) FROM t"), 2);
        assert_eq!(types("CREATE TABLE t (text @text, date @int, PRIMARY KEY (text, date))"), 0);
        assert_eq!(types("CREATE INDEX i ON t (serial) WHERE date IS NULL AND uuid > serial ORDER BY text"), 0);
    }

    #[test]
    fn an_engines_own_words_are_counted_and_not_judged() {
        let text =
            Text::read("CREATE TABLE t (a @int);\nper_engine(PRAGMA a('(');, SELECT NOW()); CREATE INDEX i ON t (a)");
        assert_eq!(text.per_engine, [2]);
        assert!(text.forbidden().is_empty());
        assert_eq!(text.word(text.tokens.len() - 2), "A");
    }

    #[test]
    fn prose_is_not_sql() {
        for sql in
            ["SELECT 1", "select a from t", "\\\n DELETE\nFROM t", "UPDATE t SET a = 1", "create table t (a @int)"]
        {
            assert!(is_statement(sql), "{sql}");
        }
        for prose in
            ["SELECT", "DELETE /api/v1/x", "Update the settings", "create account", "Select one from the list", ""]
        {
            assert!(!is_statement(prose), "{prose}");
        }
    }
}
