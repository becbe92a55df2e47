//! The one table: for each room, what it may import and what it must never name, each line with its reason.
//! Rooms that do not exist yet have their line already, so that the first file in one is held to it.

/// A folder with a crate in it.
pub(super) struct Room {
    pub(super) name: &'static str,
    pub(super) path: &'static str,
    /// Workspace crates it may depend on.
    pub(super) imports: &'static [&'static str],
    /// Why those and no others.
    pub(super) because: &'static str,
    pub(super) bans: &'static [&'static [Line]],
}

/// One forbidden thing and why.
pub(super) struct Line {
    pub(super) ban: Ban,
    pub(super) because: &'static str,
}

pub(super) enum Ban {
    /// A crate by its package name, in Cargo.toml and at the head of a path.
    Crate(&'static str),
    /// A path, and what may be named below it all the same.
    Path { path: &'static str, except: &'static [&'static str] },
    /// Any type or function whose name ends so.
    Ending(&'static str),
    /// `async` anything.
    Async,
    /// A string literal that is an SQL statement.
    SqlText,
    /// A crate of which only the types may be named, never a function.
    Functions(&'static str),
}

const fn of(ban: Ban, because: &'static str) -> Line {
    Line { ban, because }
}

const fn path(path: &'static str, because: &'static str) -> Line {
    of(Ban::Path { path, except: &[] }, because)
}

const PURE_ROOM: &[Line] = &[
    of(Ban::Async, "a pure room computes and returns: waiting happens in app, around it"),
    of(Ban::Crate("tokio"), "a pure room has no runtime: it is tested by calling it"),
    of(Ban::Crate("axum"), "only web knows HTTP"),
    of(Ban::Crate("hyper"), "only web and server know HTTP"),
    of(Ban::Crate("tracing"), "a pure room returns reasons; the edge logs them once"),
    of(Ban::Crate("tracing-subscriber"), "a pure room returns reasons; the edge logs them once"),
    of(Ban::Crate("log"), "a pure room returns reasons; the edge logs them once"),
    of(Ban::Crate("rand"), "randomness arrives as a value"),
    of(Ban::Crate("getrandom"), "randomness arrives as a value"),
    path("aws_lc_rs::rand", "randomness arrives as a value"),
    of(Ban::Ending("new_v4"), "ids are made from randomness that arrives as a value"),
    of(Ban::Ending("now_v7"), "ids are made from a time that arrives as a value"),
    path("std::time::Instant", "time arrives as a value"),
    path("std::fs", "a pure room reads no files: what it needs is handed in"),
    path("std::env", "a pure room reads no environment: settings are handed in"),
    of(
        Ban::Path {
            path: "std::net",
            except: &["IpAddr", "Ipv4Addr", "Ipv6Addr", "SocketAddr", "SocketAddrV4", "SocketAddrV6", "AddrParseError"],
        },
        "a pure room opens no connection; addresses as values are fine",
    ),
];

const WALL_CLOCK: &[Line] = &[
    of(Ban::Ending("SystemTime"), "time arrives as a value, frozen once per request"),
    path("std::time::UNIX_EPOCH", "time arrives as a value, frozen once per request"),
    path("jiff::Timestamp::now", "time arrives as a value, frozen once per request"),
    path("jiff::Zoned::now", "time arrives as a value, frozen once per request"),
    of(Ban::Crate("chrono"), "jiff and vocab::Timestamp are the words for time"),
];

const DRIVERS: &[Line] = &[
    of(Ban::Crate("rusqlite"), "store is the only room that knows a database"),
    of(Ban::Crate("tokio-postgres"), "store is the only room that knows a database"),
    of(Ban::Crate("deadpool-postgres"), "store is the only room that knows a database"),
    of(Ban::Crate("postgres"), "store is the only room that knows a database"),
    of(Ban::Crate("sqlx"), "store is the only room that knows a database"),
];

const SQL_TEXT: &[Line] = &[of(Ban::SqlText, "store is the only room with SQL: one text, two engines, one registry")];

const HTTP: &[Line] = &[
    of(Ban::Crate("axum"), "only web knows HTTP"),
    of(Ban::Crate("http"), "a use case takes values; headers and statuses are web's"),
    of(Ban::Crate("hyper"), "a use case takes values; headers and statuses are web's"),
    of(Ban::Crate("headers"), "a use case takes values; headers are web's"),
    of(Ban::Crate("cookie"), "a use case returns a session; the cookie around it is web's"),
    of(Ban::Crate("tower-http"), "only web knows HTTP"),
];

const CLOSED_ERRORS: &[Line] = &[
    of(Ban::Crate("anyhow"), "below server an error is a closed enum: Refusal, Fault or Problem"),
    of(Ban::Crate("eyre"), "below server an error is a closed enum: Refusal, Fault or Problem"),
];

const STORE: &[Line] = &[
    of(Ban::Crate("app"), "the store knows rows, not use cases"),
    of(Ban::Crate("web"), "the store knows rows, not requests"),
    of(Ban::Crate("axum"), "only web knows HTTP"),
    of(Ban::Crate("policy"), "the store returns plain rows; deciding is app's, between read and write"),
];

const JOBS: &[Line] = &[of(Ban::Crate("web"), "a job's body calls a use case, not a page")];

const OUTBOUND: &[Line] = &[
    of(Ban::Crate("store"), "outbound implements ports; what it must know arrives through them"),
    of(Ban::Crate("web"), "outbound implements app's ports and knows no requests"),
];

const WEB: &[Line] = &[
    of(Ban::Crate("store"), "web parses and answers; reading and writing are use cases in app"),
    of(
        Ban::Path { path: "aws_lc_rs", except: &["digest", "constant_time"] },
        "web holds no key: signing and sealing are app's, through the Signer port and the key ring",
    ),
    of(Ban::Ending("KeyPair"), "web holds no private key"),
    of(Ban::Ending("PrivateKey"), "web holds no private key"),
    of(Ban::Ending("PrivateKeyDer"), "web holds no private key"),
    of(Ban::Ending("SigningKey"), "web holds no private key"),
    of(Ban::Functions("identity"), "web shows states and never moves them: a transition is a use case in app"),
];

const SERVER: &[Line] = &[
    of(Ban::Crate("identity"), "server wires rooms together; rules of any kind live below it"),
    of(Ban::Crate("policy"), "server wires rooms together; rules of any kind live below it"),
    of(Ban::Crate("webauthn"), "server wires rooms together; rules of any kind live below it"),
    of(Ban::Crate("rollout"), "server wires rooms together; rules of any kind live below it"),
    of(Ban::Crate("oidc"), "server wires rooms together; rules of any kind live below it"),
    of(Ban::Crate("saml"), "server wires rooms together; rules of any kind live below it"),
    of(Ban::Crate("scim"), "server wires rooms together; rules of any kind live below it"),
];

const PURE: &[&[Line]] = &[PURE_ROOM, WALL_CLOCK, DRIVERS, SQL_TEXT, CLOSED_ERRORS];
const APART: &str = "pure rooms do not import each other (but oidc → jose; identity → webauthn, policy)";
const DOWNWARDS: &str = "vocab ← the pure rooms ← store ← app ← { web, jobs, outbound } ← server";

const fn pure(name: &'static str, path: &'static str, imports: &'static [&'static str]) -> Room {
    Room { name, path, imports, because: APART, bans: PURE }
}

#[rustfmt::skip]
pub(super) const ROOMS: &[Room] = &[
    Room { name: "vocab", path: "crates/vocab", imports: &[], because: "the words stand on nothing", bans: PURE },
    pure("webauthn", "crates/webauthn", &["vocab"]),
    pure("policy", "crates/policy", &["vocab"]),
    pure("rollout", "crates/rollout", &["vocab"]),
    pure("identity", "crates/identity", &["vocab", "webauthn", "policy"]),
    pure("audit", "crates/audit", &["vocab"]),
    pure("jose", "crates/jose", &["vocab"]),
    pure("oidc", "crates/oidc", &["vocab", "jose"]),
    pure("saml", "crates/saml", &["vocab"]),
    pure("scim", "crates/scim", &["vocab"]),
    Room { name: "store", path: "crates/store", because: DOWNWARDS,
        imports: &["vocab", "webauthn", "rollout", "identity", "audit", "jose", "oidc", "saml", "scim"],
        bans: &[STORE, WALL_CLOCK, CLOSED_ERRORS] },
    Room { name: "app", path: "crates/app", because: DOWNWARDS,
        imports: &["vocab", "webauthn", "policy", "rollout", "identity", "audit", "jose", "oidc", "saml", "scim", "store"],
        bans: &[HTTP, SQL_TEXT, DRIVERS, WALL_CLOCK, CLOSED_ERRORS] },
    Room { name: "jobs", path: "crates/jobs", because: DOWNWARDS,
        imports: &["vocab", "webauthn", "policy", "rollout", "identity", "audit", "jose", "oidc", "saml", "scim", "store", "app"],
        bans: &[JOBS, SQL_TEXT, DRIVERS, CLOSED_ERRORS] },
    Room { name: "outbound", path: "crates/outbound", because: DOWNWARDS,
        imports: &["vocab", "webauthn", "policy", "rollout", "identity", "audit", "jose", "oidc", "saml", "scim", "app"],
        bans: &[OUTBOUND, SQL_TEXT, DRIVERS, CLOSED_ERRORS] },
    Room { name: "web", path: "crates/web", because: DOWNWARDS,
        imports: &["vocab", "webauthn", "policy", "rollout", "identity", "audit", "jose", "oidc", "saml", "scim", "app"],
        bans: &[WEB, SQL_TEXT, DRIVERS, CLOSED_ERRORS] },
    Room { name: "server", path: "crates/server", because: "server wires rooms together and has no rules of its own",
        imports: &["vocab", "audit", "store", "app", "jobs", "outbound", "web"],
        bans: &[SERVER, SQL_TEXT, DRIVERS] },
    Room { name: "cluster", path: "crates/testkit/cluster", imports: &[], bans: &[],
        because: "the disposable PostgreSQL stands on nothing, so that every test and tool can use it" },
    Room { name: "authenticator", path: "crates/testkit/authenticator", imports: &[], bans: &[],
        because: "the software authenticator knows the standard and none of our rooms, so that it can disagree with them" },
    Room { name: "differ", path: "crates/testkit/differ", imports: &["vocab", "app", "authenticator"], bans: &[],
        because: "the maker of cases for other verifiers knows ours by the one use case that judges records" },
    Room { name: "testkit", path: "crates/testkit", bans: &[],
        because: "testkit drives rooms; the server it drives as a process (crates/testkit/node)",
        imports: &["vocab", "webauthn", "policy", "rollout", "identity", "audit", "jose", "oidc", "saml", "scim",
            "store", "app", "jobs", "outbound", "web", "cluster", "authenticator"] },
    Room { name: "testnode", path: "crates/testkit/node", bans: &[],
        because: "the server with a clock that a test can turn, and nothing else",
        imports: &["vocab", "app", "store", "server", "testkit", "cluster", "authenticator"] },
    Room { name: "bench", path: "bench", bans: &[], because: "bench measures the rooms as they ship",
        imports: &["vocab", "webauthn", "policy", "rollout", "identity", "audit", "jose", "oidc", "saml", "scim",
            "store", "app", "jobs", "outbound", "web", "server", "testkit", "cluster", "authenticator"] },
    Room { name: "xtask", path: "xtask", imports: &["cluster"], bans: &[],
        because: "the tools must build when the house does not; `test` alone starts the disposable PostgreSQL" },
];

/// What any room's tests may use besides its own imports.
pub(super) const TESTS_MAY_USE: &[&str] = &["testkit", "cluster", "authenticator"];

/// Inside these rooms modules are ordered, lowest first: one may name its own step and those below.
pub(super) const STAIRS_IN: &[&str] = &["app", "web"];
pub(super) const STAIRS: &[&[&str]] =
    &[&["session"], &["sign_in", "enrolment", "recovery"], &["oidc", "saml", "scim"], &["admin"]];
pub(super) const STAIRS_BECAUSE: &str = "session < sign_in, enrolment, recovery < oidc, saml, scim < admin: a protocol may call session, session never names a protocol";
