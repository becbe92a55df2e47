//! The seeds that fuzzing begins with: each is what its name says, and every small change to one is survived.

use std::path::Path;

use webauthn::{Refusal, authentication, parsers, registration};

type Parser = fn(&[u8]) -> Result<(), Refusal>;

const PARSERS: [(&str, Parser); 7] = [
    ("cbor", parsers::cbor),
    ("attestation_object", parsers::attestation_object),
    ("authenticator_data", parsers::authenticator_data),
    ("cose_key", parsers::cose_key),
    ("client_data_json", parsers::client_data_json),
    ("registration_answer", registration_answer),
    ("assertion_answer", assertion_answer),
];

/// Text that is no JSON never comes as far as here.
fn registration_answer(text: &[u8]) -> Result<(), Refusal> {
    serde_json::from_slice(text).map_or(Ok(()), |json| registration::Answer::parse(&json).map(drop))
}

fn assertion_answer(text: &[u8]) -> Result<(), Refusal> {
    serde_json::from_slice(text).map_or(Ok(()), |json| authentication::Answer::parse(&json).map(drop))
}

/// The name and the bytes of each seed.
fn seeds(parser: &str) -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(parser);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let read = |path: &Path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap());
    entries.map(|entry| read(&entry.unwrap().path())).collect()
}

#[test]
fn good_seeds_are_read_and_bad_ones_refused() {
    for (name, parse) in PARSERS {
        let seeds = seeds(name);
        let good = seeds.iter().filter(|(seed, _)| seed.starts_with("good-")).count();
        assert!(good >= 2 && seeds.len() > good, "{name}: {good} good seeds of {}", seeds.len());
        for (seed, bytes) in seeds {
            let outcome = parse(&bytes);
            assert_eq!(outcome.is_ok(), seed.starts_with("good-"), "{name}/{seed}: {outcome:?}");
            assert!(seed.starts_with("good-") || seed.starts_with("bad-"), "{name}/{seed}");
        }
    }
}

#[test]
fn no_change_of_a_seed_is_too_much() {
    for (name, parse) in PARSERS {
        for (_, seed) in seeds(name) {
            for length in 0..seed.len() {
                let _ = parse(&seed[..length]);
            }
            for at in 0..seed.len() {
                let mut changed = seed.clone();
                let bits = (0..8).map(|bit| seed[at] ^ 1 << bit);
                for byte in bits.chain([0, 0xff, seed[at].wrapping_add(1)]) {
                    changed[at] = byte;
                    let _ = parse(&changed);
                }
            }
        }
    }
}

/// What is read to its end cannot end earlier.
#[test]
fn a_good_seed_that_is_cut_is_refused() {
    for (name, parse) in PARSERS.into_iter().take(5) {
        for (seed, bytes) in seeds(name).into_iter().filter(|(seed, _)| seed.starts_with("good-")) {
            for length in 0..bytes.len() {
                assert!(parse(&bytes[..length]).is_err(), "{name}/{seed}, {length} of {} bytes", bytes.len());
            }
        }
    }
}
