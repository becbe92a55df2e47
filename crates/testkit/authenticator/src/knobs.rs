use crate::Algorithm;

/// Everything that a test may want otherwise than the default: a platform authenticator that verifies its person,
/// keeps the passkey to itself and counts.
#[derive(Clone, Debug)]
pub struct Knobs {
    /// The page that asks.
    pub origin: String,
    pub cross_origin: Option<bool>,
    pub top_origin: Option<String>,
    /// The challenge that is signed, in base64url; `None`: the one in the options.
    pub challenge: Option<String>,
    /// The relying party that is signed; `None`: the one in the options.
    pub rp_id: Option<String>,
    pub up: bool,
    pub uv: bool,
    pub be: bool,
    pub bs: bool,
    /// Extension outputs of the authenticator, a CBOR map.
    pub extensions: Option<Vec<u8>>,
    /// Sign with this, whatever was offered.
    pub algorithm: Algorithm,
    /// The same seed gives the same credential (but for RSA keys); `None`: a new one each time.
    pub seed: Option<[u8; 32]>,
    pub id_length: usize,
    pub aaguid: [u8; 16],
    pub transports: Vec<String>,
    pub attachment: Option<String>,
    /// By how much the counter goes up at each sign-in. 0: it stays zero, as for passkeys that are synchronised.
    pub count_by: u32,
    /// Whether a sign-in names the user.
    pub names_user: bool,
}

impl Knobs {
    /// All defaults, on a page of this origin.
    pub fn at(origin: &str) -> Knobs {
        Knobs { origin: origin.to_owned(), ..Knobs::default() }
    }

    pub(crate) fn flags(&self) -> u8 {
        u8::from(self.up) | u8::from(self.uv) << 2 | u8::from(self.be) << 3 | u8::from(self.bs) << 4
    }
}

impl Default for Knobs {
    fn default() -> Knobs {
        Knobs {
            origin: "http://localhost:8080".to_owned(),
            cross_origin: Some(false),
            top_origin: None,
            challenge: None,
            rp_id: None,
            up: true,
            uv: true,
            be: false,
            bs: false,
            extensions: None,
            algorithm: Algorithm::Es256,
            seed: None,
            id_length: 32,
            aaguid: [0; 16],
            transports: vec!["internal".to_owned()],
            attachment: Some("platform".to_owned()),
            count_by: 1,
            names_user: true,
        }
    }
}
