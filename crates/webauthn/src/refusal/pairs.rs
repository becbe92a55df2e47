//! The reasons that have two halves: where something is wrong, and what is wrong there. Each pair has its own name.

use crate::Ceremony;

macro_rules! half {
    ($(#[$doc:meta])* $name:ident { $($value:ident: $slug:literal, $sentence:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[doc = $sentence] $value,)+
        }

        impl $name {
            pub(super) const ALL: &[Self] = &[$(Self::$value),+];

            pub(super) const fn sentence(self) -> &'static str {
                match self { $(Self::$value => $sentence,)+ }
            }
        }
    };
}

/// Two enums, and a function that names their pairs.
macro_rules! pairs {
    (
        $name_of:ident:
        $(#[$where_doc:meta])* $where:ident { $($place:ident: $place_slug:literal, $place_sentence:literal;)+ }
        $(#[$what_doc:meta])* $what:ident $flaws:tt
    ) => {
        half! { $(#[$where_doc])* $where { $($place: $place_slug, $place_sentence;)+ } }
        half! { $(#[$what_doc])* $what $flaws }

        pub(super) const fn $name_of(place: $where, flaw: $what) -> &'static str {
            match place { $($where::$place => pairs!(@ $place_slug, flaw, $what $flaws),)+ }
        }
    };
    (@ $place_slug:literal, $given:ident, $what:ident { $($flaw:ident: $flaw_slug:literal, $sentence:literal;)+ }) => {
        match $given { $($what::$flaw => concat!($place_slug, ".", $flaw_slug),)+ }
    };
}

pairs! {
    member_slug:

    /// A member of the answer's JSON.
    Member {
        Id: "answer.id", "id";
        RawId: "answer.raw_id", "rawId";
        Type: "answer.type", "type";
        Response: "answer.response", "response";
        ClientDataJson: "answer.client_data_json", "clientDataJSON";
        AttestationObject: "answer.attestation_object", "attestationObject";
        Transports: "answer.transports", "transports";
        AuthenticatorData: "answer.authenticator_data", "authenticatorData";
        Signature: "answer.signature", "signature";
        UserHandle: "answer.user_handle", "userHandle";
        Attachment: "answer.attachment", "authenticatorAttachment";
        Extensions: "answer.extensions", "clientExtensionResults";
    }

    /// What can be wrong with a member.
    Flaw {
        Missing: "missing", "is missing";
        WrongType: "wrong_type", "is of another type";
        NotBase64url: "not_base64url", "is not base64url without padding";
        Length: "length", "is empty or too long";
    }
}

pairs! {
    signed_slug:

    /// A member of the client data, as far as they are read.
    Signed {
        Type: "client_data.type", "type";
        Challenge: "client_data.challenge", "challenge";
        Origin: "client_data.origin", "origin";
        CrossOrigin: "client_data.cross_origin", "crossOrigin";
        TopOrigin: "client_data.top_origin", "topOrigin";
    }

    /// What can be wrong with one of them.
    Slip {
        Missing: "missing", "is missing";
        WrongType: "wrong_type", "is of another type";
        Repeated: "repeated", "stands there twice";
    }
}

pairs! {
    cbor_slug:

    /// Where CBOR stands.
    Place {
        AttestationObject: "attestation_object.cbor", "the attestation object";
        PublicKey: "public_key.cbor", "the public key";
        Extensions: "extensions.cbor", "the extensions of the authenticator data";
    }

    /// What can be wrong with CBOR.
    Malformed {
        Cut: "cut", "it ends inside an item";
        Trailing: "trailing", "it goes on after its end";
        NotShortest: "not_shortest", "a number or length is not in its shortest form";
        Indefinite: "indefinite", "an item is of indefinite length";
        Reserved: "reserved", "an item is of a form that means nothing here";
        Tag: "tag", "an item has a tag";
        Float: "float", "a number is a floating-point number";
        NotUtf8: "not_utf8", "a text is not UTF-8";
        TooDeep: "too_deep", "items are nested too deep";
        TooMany: "too_many", "a map has too many members";
        Repeated: "repeated", "a key stands twice in a map";
        WrongType: "wrong_type", "an item is of another type than the one that belongs there";
    }
}

impl Member {
    /// Its name in the JSON.
    pub(crate) const fn key(self) -> &'static str {
        self.sentence()
    }

    pub(super) const fn step(self, ceremony: Ceremony) -> u8 {
        match (ceremony, self) {
            (_, Self::Id | Self::RawId | Self::Type | Self::Response | Self::Attachment) => 3,
            (_, Self::Extensions) => 4,
            (Ceremony::Registration, Self::ClientDataJson) => 5,
            (Ceremony::Registration, Self::AttestationObject) => 13,
            (Ceremony::Registration, Self::Transports) => 27,
            (Ceremony::Authentication, Self::UserHandle) => 6,
            (Ceremony::Authentication, Self::ClientDataJson | Self::AuthenticatorData | Self::Signature) => 7,
            (Ceremony::Registration, Self::UserHandle | Self::AuthenticatorData | Self::Signature)
            | (Ceremony::Authentication, Self::AttestationObject | Self::Transports) => 0,
        }
    }

    /// What can be wrong with this one.
    pub(super) fn flaws(self) -> impl Iterator<Item = Flaw> {
        let is_optional = matches!(self, Self::Transports | Self::UserHandle | Self::Attachment | Self::Extensions);
        let holds_bytes =
            !matches!(self, Self::Type | Self::Response | Self::Transports | Self::Attachment | Self::Extensions);
        let can_be = move |flaw: &Flaw| match flaw {
            Flaw::Missing => !is_optional,
            Flaw::WrongType => true,
            Flaw::NotBase64url | Flaw::Length => holds_bytes,
        };
        Flaw::ALL.iter().copied().filter(can_be)
    }
}

impl Signed {
    pub(super) const fn step(self, ceremony: Ceremony) -> u8 {
        let in_registration = match self {
            Self::Type => 7,
            Self::Challenge => 8,
            Self::Origin => 9,
            Self::CrossOrigin => 10,
            Self::TopOrigin => 11,
        };
        match ceremony {
            Ceremony::Registration => in_registration,
            Ceremony::Authentication => in_registration + 3,
        }
    }

    /// What can be wrong with this one.
    pub(super) fn slips(self) -> impl Iterator<Item = Slip> {
        let is_optional = matches!(self, Self::CrossOrigin | Self::TopOrigin);
        Slip::ALL.iter().copied().filter(move |slip| !(is_optional && *slip == Slip::Missing))
    }
}

impl Place {
    pub(super) const fn step(self, ceremony: Ceremony) -> u8 {
        match (ceremony, self) {
            (Ceremony::Registration, _) => 13,
            (Ceremony::Authentication, Self::Extensions) => 15,
            (Ceremony::Authentication, Self::PublicKey) => 21,
            (Ceremony::Authentication, Self::AttestationObject) => 0,
        }
    }

    /// What can be wrong there: whatever follows the extensions follows the authenticator data as a whole.
    pub(super) fn flaws(self) -> impl Iterator<Item = Malformed> {
        let can_be = move |flaw: &Malformed| (self, *flaw) != (Self::Extensions, Malformed::Trailing);
        Malformed::ALL.iter().copied().filter(can_be)
    }
}
