//! The reasons, one table for each thing that is looked at: what went wrong, how much of it a stranger is told, the
//! steps that ask for it in §7.1 and in §7.2 of the standard (0: none does), its name in the audit log, its sentence.

use super::Public;
use crate::Ceremony;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident { $($reason:ident: $public:ident $creating:literal / $signing:literal, $slug:literal, $sentence:literal;)+ })+) => {$(
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

            pub(super) const fn step(self, ceremony: Ceremony) -> u8 {
                match (self, ceremony) {$(
                    (Self::$reason, Ceremony::Registration) => $creating,
                    (Self::$reason, Ceremony::Authentication) => $signing,
                )+}
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
        NotAnObject: Unreadable 3/3, "answer.not_an_object", "the answer is not a JSON object";
        NotAPublicKey: Unreadable 3/3, "answer.type", "the answer is not about a public-key credential";
        IdDiffers: Unreadable 3/3, "answer.id_differs", "`id` and `rawId` of the answer are not the same";
    }

    /// What the browser says the authenticator was asked.
    ClientData {
        NotUtf8: Unreadable 5/8, "client_data.not_utf8", "the client data is not UTF-8";
        NotJson: Unreadable 6/9, "client_data.not_json", "the client data is not JSON";
        NotAnObject: Unreadable 6/9, "client_data.not_an_object", "the client data is not a JSON object";
        Type: NotAccepted 7/10, "client_data.type", "the client data is that of another ceremony";
        Challenge: NotAccepted 8/11, "client_data.challenge", "the challenge is not the one that was set";
        Origin: NotAccepted 9/12, "client_data.origin", "the page is none of ours";
        CrossOrigin: NotAccepted 10/13, "client_data.cross_origin", "the page stood in a frame of another site";
        TopOrigin: NotAccepted 11/14, "client_data.top_origin", "the site around the frame is not one that is expected";
    }

    /// The envelope in which a new credential arrives.
    AttestationObject {
        UnknownMember: Unreadable 13/0, "attestation_object.unknown_member", "the attestation object has a member too many";
        MissingMember: Unreadable 13/0, "attestation_object.missing_member", "the attestation object lacks a member";
        Statement: Unreadable 13/0, "attestation_object.statement", "the attestation statement is of another type";
    }

    /// What the authenticator says of itself, of the person and of the credential.
    AuthenticatorData {
        Cut: Unreadable 13/15, "authenticator_data.cut", "the authenticator data ends too early";
        Trailing: Unreadable 13/15, "authenticator_data.trailing", "the authenticator data goes on after its end";
        CredentialIdLength: Unreadable 25/15, "authenticator_data.credential_id_length",
            "the credential id is empty or longer than 1023 bytes";
        NoCredential: NotAccepted 13/0, "authenticator_data.no_credential", "the authenticator data holds no new credential";
        RpId: NotAccepted 14/15, "authenticator_data.rp_id", "the credential belongs to another relying party";
        UserNotPresent: NotAccepted 15/16, "authenticator_data.user_not_present", "nobody touched the authenticator";
        UserNotVerified: NotAccepted 16/17, "authenticator_data.user_not_verified",
            "the authenticator did not verify who it was";
        BackedUpButNotEligible: NotAccepted 17/18, "authenticator_data.backed_up_but_not_eligible",
            "the authenticator says that it copied what it cannot copy";
    }

    /// The public key of a credential.
    PublicKey {
        Member: NotAccepted 20/21, "public_key.member",
            "the public key lacks a member, or has one that does not belong to its type";
        Type: NotAccepted 20/21, "public_key.type", "the type of the public key is not that of its algorithm";
        UnknownAlgorithm: NotAccepted 20/21, "public_key.unknown_algorithm",
            "the algorithm of the public key is none of ours";
        NotOffered: NotAccepted 20/21, "public_key.not_offered", "the algorithm of the public key is none that was asked for";
        OtherAlgorithm: NotAccepted 20/21, "public_key.other_algorithm",
            "the public key is for another algorithm than the one on record";
        Curve: NotAccepted 20/21, "public_key.curve", "the curve of the public key is not that of its algorithm";
        Length: NotAccepted 20/21, "public_key.length", "a number of the public key has another length than it must have";
        Point: NotAccepted 20/21, "public_key.point",
            "the public key is not a point of its curve, or not one that proves anything";
        Modulus: NotAccepted 20/21, "public_key.modulus", "the modulus of the public key is even or not of 2048 to 4096 bits";
        Exponent: NotAccepted 20/21, "public_key.exponent", "the exponent of the public key is even, too small or too large";
    }

    /// The statement about where a new credential was made.
    Attestation {
        UnknownFormat: NotAccepted 21/0, "attestation.unknown_format", "the attestation format is unknown";
        NoneNotEmpty: NotAccepted 22/0, "attestation.none_not_empty", "an attestation of format `none` states something";
        Member: NotAccepted 22/0, "attestation.member",
            "the attestation statement lacks a member, or has one that does not belong to its format";
        Algorithm: NotAccepted 22/0, "attestation.algorithm",
            "the attestation is signed with another algorithm than that of the credential";
        KeyAlgorithm: NotAccepted 22/0, "attestation.key_algorithm",
            "the attestation names an algorithm that is not that of its certificate's key, or none of ours";
        Signature: NotAccepted 22/0, "attestation.signature", "the signature of the attestation does not hold";
        Certificates: NotAccepted 22/0, "attestation.certificates", "the attestation has no certificate, or more than ten";
        Certificate: NotAccepted 22/0, "attestation.certificate", "a certificate of the attestation cannot be read";
        KeyDiffers: NotAccepted 22/0, "attestation.key_differs",
            "what is attested is another key than that of the credential";
    }

    /// The certificate by which an attestation is signed.
    Certificate {
        Version: NotAccepted 22/0, "certificate.version", "the certificate of the attestation is not of version 3";
        Subject: NotAccepted 22/0, "certificate.subject",
            "the subject of the attestation's certificate is not named as its format demands";
        Authority: NotAccepted 22/0, "certificate.authority",
            "the certificate of the attestation is that of an authority, or does not say that it is none";
        AaguidForm: NotAccepted 22/0, "certificate.aaguid_form",
            "the model in the attestation's certificate is not written as it must be";
        Aaguid: NotAccepted 22/0, "certificate.aaguid", "the certificate of the attestation is for another model";
        AlternativeName: NotAccepted 22/0, "certificate.alternative_name",
            "the certificate of the attestation does not say whose TPM it is";
        Vendor: NotAccepted 22/0, "certificate.vendor", "the maker of the TPM is unknown";
        Usage: NotAccepted 22/0, "certificate.usage", "the certificate of the attestation is not for attesting";
        Revoked: NotAccepted 24/0, "certificate.revoked", "the certificate of the attestation was taken back";
        Time: NotAccepted 24/0, "certificate.time", "the certificate of the attestation is not valid at this time";
        Critical: NotAccepted 24/0, "certificate.critical",
            "the certificate of the attestation has an extension that must be understood and is not";
        Chain: NotAccepted 24/0, "certificate.chain",
            "the certificate of the attestation does not lead to anybody who is believed";
    }

    /// What a TPM states.
    Tpm {
        Version: NotAccepted 22/0, "tpm.version", "the attestation is of another version of TPM than 2.0";
        PublicArea: NotAccepted 22/0, "tpm.public_area", "the public area of the TPM's key cannot be read";
        CertInfo: NotAccepted 22/0, "tpm.cert_info", "what the TPM certifies cannot be read";
        Magic: NotAccepted 22/0, "tpm.magic", "what is certified was not made by a TPM";
        Type: NotAccepted 22/0, "tpm.type", "what the TPM states is not a certification of a key";
        ExtraData: NotAccepted 22/0, "tpm.extra_data", "what the TPM certifies was asked in another ceremony";
        Name: NotAccepted 22/0, "tpm.name", "the key that the TPM certifies is another, or its name is of another form";
    }

    /// What Android states of a key.
    AndroidKey {
        Description: NotAccepted 22/0, "android_key.description", "the description of the Android key cannot be read";
        Challenge: NotAccepted 22/0, "android_key.challenge", "the Android key was made in another ceremony";
        AllApplications: NotAccepted 22/0, "android_key.all_applications", "the Android key is for all applications";
        Origin: NotAccepted 22/0, "android_key.origin", "the Android key does not say that it was made where it is kept";
        Purpose: NotAccepted 22/0, "android_key.purpose", "the Android key does not say that it is for signing";
    }

    /// What Apple states of a key.
    Apple {
        NonceForm: NotAccepted 22/0, "apple.nonce_form", "the certificate of Apple's does not say in which ceremony it was made";
        Nonce: NotAccepted 22/0, "apple.nonce", "the certificate of Apple's was made in another ceremony";
    }

    /// What a token of FIDO's first generation states.
    FidoU2f {
        Certificates: NotAccepted 22/0, "fido_u2f.certificates", "a U2F attestation has more than one certificate";
        CertificateKey: NotAccepted 22/0, "fido_u2f.certificate_key", "the certificate of a U2F attestation is not for a key of P-256";
        CredentialKey: NotAccepted 22/0, "fido_u2f.credential_key", "the credential of a U2F attestation has no key of P-256";
    }

    /// Several statements in one.
    Compound {
        Count: NotAccepted 22/0, "compound.count", "a compound attestation has fewer than two statements, or more than four";
        Nested: NotAccepted 22/0, "compound.nested", "a compound attestation stands in another";
    }

    /// The credential against what is known of it.
    Credential {
        IdDiffers: NotAccepted 27/0, "credential.id_differs", "the new credential has another id than the answer says";
        NotAllowed: NotAccepted 0/5, "credential.not_allowed", "the credential is none of those that were asked for";
        NotTheKnownOne: NotAccepted 0/6, "credential.not_the_known_one", "the credential on record has another id";
        UserHandleMissing: NotAccepted 0/6, "credential.user_handle_missing",
            "nobody was named, and the authenticator names nobody";
        UserHandle: NotAccepted 0/6, "credential.user_handle", "the authenticator names another user";
        BackupEligibility: NotAccepted 0/19, "credential.backup_eligibility",
            "the credential could not be copied and now can, or the other way round";
    }
}
