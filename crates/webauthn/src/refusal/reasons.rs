//! The reasons, one table for each thing that is looked at: what went wrong, how much of it a stranger is told, its
//! name in the audit log, its sentence.

use super::Public;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident { $($reason:ident: $public:ident, $slug:literal, $sentence:literal;)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $(#[doc = $sentence] $reason,)+
        }

        impl $name {
            pub(super) const ALL: &[Self] = &[$(Self::$reason),+];

            pub(super) const fn slug(self) -> &'static str {
                match self { $(Self::$reason => $slug,)+ }
            }

            pub(super) const fn sentence(self) -> &'static str {
                match self { $(Self::$reason => $sentence,)+ }
            }

            pub(super) const fn public(self) -> Public {
                match self { $(Self::$reason => Public::$public,)+ }
            }
        }
    )+};
}

reasons! {
    /// The answer as a whole.
    Answer {
        NotAnObject: Unreadable, "answer.not_an_object", "the answer is not a JSON object";
        NotAPublicKey: Unreadable, "answer.type", "the answer is not about a public-key credential";
        IdDiffers: Unreadable, "answer.id_differs", "`id` and `rawId` of the answer are not the same";
    }

    /// What the browser says the authenticator was asked.
    ClientData {
        NotUtf8: Unreadable, "client_data.not_utf8", "the client data is not UTF-8";
        NotJson: Unreadable, "client_data.not_json", "the client data is not JSON";
        NotAnObject: Unreadable, "client_data.not_an_object", "the client data is not a JSON object";
        Repeated: Unreadable, "client_data.repeated", "a member of the client data stands there twice";
        Missing: Unreadable, "client_data.missing", "a member of the client data is missing";
        WrongType: Unreadable, "client_data.wrong_type", "a member of the client data is of another type";
        Type: NotAccepted, "client_data.type", "the client data is that of another ceremony";
        Challenge: NotAccepted, "client_data.challenge", "the challenge is not the one that was set";
        Origin: NotAccepted, "client_data.origin", "the page is none of ours";
        CrossOrigin: NotAccepted, "client_data.cross_origin", "the page stood in a frame of another site";
        TopOrigin: NotAccepted, "client_data.top_origin", "the site around the frame is not one that is expected";
    }

    /// The envelope in which a new credential arrives.
    AttestationObject {
        UnknownMember: Unreadable, "attestation_object.unknown_member", "the attestation object has a member too many";
        MissingMember: Unreadable, "attestation_object.missing_member", "the attestation object lacks a member";
        Statement: Unreadable, "attestation_object.statement", "the attestation statement is of another type";
    }

    /// What the authenticator says of itself, of the person and of the credential.
    AuthenticatorData {
        Cut: Unreadable, "authenticator_data.cut", "the authenticator data ends too early";
        Trailing: Unreadable, "authenticator_data.trailing", "the authenticator data goes on after its end";
        CredentialIdLength: Unreadable, "authenticator_data.credential_id_length",
            "the credential id is empty or longer than 1023 bytes";
        NoCredential: NotAccepted, "authenticator_data.no_credential", "the authenticator data holds no new credential";
        RpId: NotAccepted, "authenticator_data.rp_id", "the credential belongs to another relying party";
        UserNotPresent: NotAccepted, "authenticator_data.user_not_present", "nobody touched the authenticator";
        UserNotVerified: NotAccepted, "authenticator_data.user_not_verified",
            "the authenticator did not verify who it was";
        BackedUpButNotEligible: NotAccepted, "authenticator_data.backed_up_but_not_eligible",
            "the authenticator says that it copied what it cannot copy";
    }

    /// The public key of a credential.
    PublicKey {
        Member: NotAccepted, "public_key.member",
            "the public key lacks a member, or has one that does not belong to its type";
        Type: NotAccepted, "public_key.type", "the type of the public key is not that of its algorithm";
        UnknownAlgorithm: NotAccepted, "public_key.unknown_algorithm",
            "the algorithm of the public key is none of ours";
        NotOffered: NotAccepted, "public_key.not_offered", "the algorithm of the public key is none that was asked for";
        OtherAlgorithm: NotAccepted, "public_key.other_algorithm",
            "the public key is for another algorithm than the one on record";
        Curve: NotAccepted, "public_key.curve", "the curve of the public key is not that of its algorithm";
        Length: NotAccepted, "public_key.length", "a number of the public key has another length than it must have";
        Point: NotAccepted, "public_key.point",
            "the public key is not a point of its curve, or not one that proves anything";
        Modulus: NotAccepted, "public_key.modulus", "the modulus of the public key is even or not of 2048 to 4096 bits";
        Exponent: NotAccepted, "public_key.exponent", "the exponent of the public key is even, too small or too large";
    }

    /// The statement about where a new credential was made.
    Attestation {
        UnknownFormat: NotAccepted, "attestation.unknown_format", "the attestation format is unknown";
        FormatNotAccepted: NotAccepted, "attestation.format_not_accepted", "the attestation format is not accepted";
        NoneNotEmpty: NotAccepted, "attestation.none_not_empty", "an attestation of format `none` states something";
        Member: NotAccepted, "attestation.member",
            "the attestation statement lacks a member, or has one that does not belong to its format";
        Algorithm: NotAccepted, "attestation.algorithm",
            "the attestation is signed with another algorithm than that of the credential";
        Signature: NotAccepted, "attestation.signature", "the signature of the attestation does not hold";
    }

    /// The credential against what is known of it.
    Credential {
        IdDiffers: NotAccepted, "credential.id_differs", "the new credential has another id than the answer says";
        NotAllowed: NotAccepted, "credential.not_allowed", "the credential is none of those that were asked for";
        NotTheKnownOne: NotAccepted, "credential.not_the_known_one", "the credential on record has another id";
        UserHandleMissing: NotAccepted, "credential.user_handle_missing",
            "nobody was named, and the authenticator names nobody";
        UserHandle: NotAccepted, "credential.user_handle", "the authenticator names another user";
        BackupEligibility: NotAccepted, "credential.backup_eligibility",
            "the credential could not be copied and now can, or the other way round";
    }
}
