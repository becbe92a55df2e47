//! A software authenticator (being written).

use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Es256,
    EdDsa,
    Rs256,
}

/// Everything a test may want otherwise than an honest authenticator would have it.
#[derive(Clone, Debug)]
pub struct Knobs {
    pub origin: String,
    pub algorithm: Algorithm,
    pub up: bool,
    pub uv: bool,
    pub be: bool,
    pub bs: bool,
    pub count_by: u32,
    pub id_length: usize,
    pub aaguid: [u8; 16],
}

impl Default for Knobs {
    fn default() -> Self {
        Knobs {
            origin: "http://localhost:8080".to_owned(),
            algorithm: Algorithm::Es256,
            up: true,
            uv: true,
            be: false,
            bs: false,
            count_by: 1,
            id_length: 32,
            aaguid: [0; 16],
        }
    }
}

#[derive(Clone)]
pub struct Passkey {}

/// The answer to the options of a registration.
pub fn register(options: &Value, knobs: &Knobs) -> (Passkey, Value) {
    let _ = (options, knobs);
    (Passkey {}, Value::Null)
}

impl Passkey {
    /// The answer to the options of an authentication.
    pub fn sign_in(&mut self, options: &Value, knobs: &Knobs) -> Value {
        let _ = (options, knobs);
        Value::Null
    }
}
