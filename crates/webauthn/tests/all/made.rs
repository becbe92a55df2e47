//! The seeds as the software authenticator makes them. Signatures differ from one making to the next, so a seed is made
//! once and kept; one that is not there is made when the tests run, and is to be committed.

use authenticator::attestation::{self, Attestation, Maker, Tpm, authorizations, key_description, statement};
use authenticator::certificate::{name, revocation_list};
use authenticator::{Algorithm, Certificate, Key, Passkey, Registration, cbor, der};
use serde_json::json;

use crate::targets::{begin, knobs, root, rp};
use Algorithm::{EdDsa, Es256, Es384, Es512, MlDsa44, MlDsa65, MlDsa87, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};

type Bytes = Vec<u8>;
type Make = Box<dyn Fn() -> Bytes>;

/// A target, the name of a seed, and what makes it.
pub(crate) struct Made {
    pub(crate) target: &'static str,
    pub(crate) name: String,
    pub(crate) make: Make,
}

impl Made {
    /// Within the folder of all seeds.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.target, self.name)
    }
}

fn seed(target: &'static str, name: impl Into<String>, make: impl Fn() -> Bytes + 'static) -> Made {
    Made { target, name: name.into(), make: Box::new(make) }
}

pub(crate) fn all() -> Vec<Made> {
    let kinds = [keys, tpm, android, certificates, revocations, statements, chains, thickets, answers];
    kinds.into_iter().flat_map(|kind| kind()).collect()
}

/// A new credential, and what a maker states about it.
struct Draft {
    passkey: Passkey,
    registration: Registration,
    maker: Maker,
    attestation: Attestation,
}

fn draft(format: &'static str, credential: Algorithm) -> Draft {
    let knobs = knobs(credential);
    let (passkey, mut registration) = authenticator::draft(&begin(&rp()).0, &knobs);
    format.clone_into(&mut registration.format);
    let maker = Maker::new(1);
    let attestation = maker.attest(format, &passkey, &registration, &knobs.aaguid);
    Draft { passkey, registration, maker, attestation }
}

impl Draft {
    fn with(mut self, change: impl Fn(&mut Draft)) -> Draft {
        change(&mut self);
        self
    }

    /// The key of the batch is of this algorithm.
    fn attested_with(self, algorithm: Algorithm) -> Draft {
        self.with(|draft| {
            let (key, attestation) = (Key::from_seed(algorithm, &[95; 32]), &mut draft.attestation);
            attestation.certificate.key = key.spki();
            attestation.algorithm = algorithm.number();
            attestation.tpm =
                attestation.tpm.take().map(|_| Tpm::of(&draft.passkey.key, algorithm, &attestation.message));
            attestation.key = key;
        })
    }

    /// The key of the authority between the batch and the root is of this algorithm.
    fn issued_with(self, algorithm: Algorithm) -> Draft {
        self.with(|draft| {
            let key = Key::from_seed(algorithm, &[96; 32]);
            let authority = Certificate { key: key.spki(), ..draft.maker.authority() };
            draft.attestation.others = vec![authority.signed_by(draft.maker.root_key())];
            draft.attestation.issuer = key;
        })
    }

    /// Another maker's root issued the certificate of the batch.
    fn rooted_with(self, algorithm: Algorithm) -> Draft {
        self.with(|draft| {
            draft.attestation.others = vec![];
            draft.attestation.certificate.issuer = name(&[("2.5.4.3", "Another root")]);
            draft.attestation.issuer = root(algorithm).0;
        })
    }

    fn object(&self) -> Bytes {
        self.object_of(self.attestation.statement())
    }

    fn object_of(&self, statement: Bytes) -> Bytes {
        Registration { statement, ..self.registration.clone() }.attestation_object()
    }

    fn leaf(&self) -> Bytes {
        self.attestation.certificate.signed_by(&self.attestation.issuer)
    }
}

fn good(algorithm: Algorithm) -> String {
    format!("good-{}", word(algorithm))
}

fn word(algorithm: Algorithm) -> String {
    format!("{algorithm:?}").to_lowercase().replace("mldsa", "ml-dsa-")
}

fn cut(bytes: &[u8]) -> Bytes {
    bytes[..bytes.len() - 1].to_vec()
}

fn and_more(bytes: &[u8]) -> Bytes {
    [bytes, &[0]].concat()
}

/// A seed with an end that comes too early, and one that comes too late.
fn with_other_ends(target: &'static str, bytes: impl Fn() -> Bytes + Copy + 'static) -> [Made; 2] {
    [seed(target, "bad-cut", move || cut(&bytes())), seed(target, "bad-trailing", move || and_more(&bytes()))]
}

fn keys() -> Vec<Made> {
    let key = |algorithm| Key::from_seed(algorithm, &[77; 32]);
    let algorithms = [Es384, Es512, MlDsa44, MlDsa65, MlDsa87, Ps256, Ps384, Ps512, Rs384, Rs512];
    let keys = algorithms.map(|algorithm| seed("cose_key", good(algorithm), move || key(algorithm).cose()));
    let data = algorithms.map(|algorithm| {
        let make = move || draft("none", algorithm).registration.authenticator_data;
        seed("authenticator_data", format!("good-credential-{}", word(algorithm)), make)
    });
    let members = |members: &[(i64, Bytes)]| {
        cbor::map(&members.iter().map(|(label, value)| (cbor::integer(*label), value.clone())).collect::<Vec<_>>())
    };
    let other_length = move || {
        let number = cbor::integer(MlDsa65.number());
        members(&[(1, cbor::integer(7)), (3, number), (-1, cbor::bytes(&key(MlDsa44).bytes()))])
    };
    let short_modulus = move || {
        let (number, modulus) = (cbor::integer(Rs256.number()), cbor::bytes(&[0xff; 128]));
        members(&[(1, cbor::integer(3)), (3, number), (-1, modulus), (-2, cbor::bytes(&[1, 0, 1]))])
    };
    let bad = [
        seed("cose_key", "bad-ml-dsa-65-as-long-as-44", other_length),
        seed("cose_key", "bad-modulus-of-1024-bits", short_modulus),
    ];
    let ends = with_other_ends("cose_key", move || key(Es384).cose());
    keys.into_iter().chain(data).chain(bad).chain(ends).collect()
}

fn tpm() -> Vec<Made> {
    let area = |algorithm| Key::from_seed(algorithm, &[77; 32]).tpm_public_area();
    let info = |attesting| Tpm::of(&Key::from_seed(Es256, &[77; 32]), attesting, b"what is signed");
    let algorithms = [Es256, Es384, Es512, Rs256];
    let areas = algorithms.map(|algorithm| seed("tpm_public_area", good(algorithm), move || area(algorithm)));
    let infos = algorithms.map(|algorithm| seed("tpm_cert_info", good(algorithm), move || info(algorithm).cert_info()));
    let symmetric = move || [&area(Rs256)[..42], &[0, 6, 0, 128, 0, 0x43], &area(Rs256)[44..]].concat();
    let others = [
        seed("tpm_public_area", "good-symmetric", symmetric),
        seed("tpm_public_area", "bad-kind", move || [&[0, 8], &area(Es256)[2..]].concat()),
        seed("tpm_cert_info", "bad-magic", move || Tpm { magic: 0xff54_4348, ..info(Es256) }.cert_info()),
        seed("tpm_cert_info", "bad-quote", move || Tpm { kind: 0x8018, ..info(Es256) }.cert_info()),
        seed("tpm_cert_info", "good-empty-name", move || Tpm { name: vec![], ..info(Es256) }.cert_info()),
    ];
    let ends = [
        with_other_ends("tpm_public_area", move || area(Es256)),
        with_other_ends("tpm_cert_info", move || info(Es256).cert_info()),
    ];
    areas.into_iter().chain(infos).chain(others).chain(ends.into_iter().flatten()).collect()
}

fn android() -> Vec<Made> {
    const TARGET: &str = "android_key_description";
    let of = |by_software: &[Bytes], by_hardware: &[Bytes]| {
        attestation::key_description_of(&[7; 32], by_software, by_hardware)
    };
    let purposes = |numbers: &[Bytes]| vec![der::around(1, der::set(numbers))];
    let others = [
        seed(TARGET, "good-by-hardware", || key_description(&[7; 32])),
        seed(TARGET, "good-by-software", move || of(&authorizations()[1], &authorizations()[0])),
        seed(TARGET, "good-for-all-applications", move || of(&[der::around(600, der::item(5, []))], &[])),
        seed(TARGET, "good-many-purposes", move || of(&[], &purposes(&[0, 1, 2, 3].map(der::integer)))),
        seed(TARGET, "bad-purpose-of-five-bytes", move || of(&[], &purposes(&[der::item(2, [1, 2, 3, 4, 5])]))),
        seed(TARGET, "bad-origin-is-text", move || of(&[der::around(702, der::text("0"))], &[])),
        seed(TARGET, "bad-cut-within", move || of(&[vec![0xbf, 0x85]], &[])),
    ];
    others.into_iter().chain(with_other_ends(TARGET, || key_description(&[7; 32]))).collect()
}

fn certificates() -> Vec<Made> {
    const TARGET: &str = "certificate";
    let formats =
        attestation::FORMATS.map(|format| seed(TARGET, format!("good-{format}"), move || draft(format, Es256).leaf()));
    let algorithms = [EdDsa, Es384, Es512, MlDsa44, MlDsa65, MlDsa87, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512];
    let roots =
        algorithms.map(|algorithm| seed(TARGET, format!("{}-root", good(algorithm)), move || root(algorithm).1));
    let changed = |change: fn(&mut Certificate)| {
        let mut certificate = draft("packed", Es256).attestation.certificate;
        change(&mut certificate);
        certificate.signed_by(Maker::new(1).authority_key())
    };
    let with_extensions = |certificate: &mut Certificate, count: u32| {
        certificate.extensions.clear();
        for number in 0..count {
            *certificate = certificate.clone().with(&format!("1.2.3.{number}"), false, &[5, 0]);
        }
    };
    let others = [
        seed(TARGET, "good-authority", || Maker::new(1).authority().signed_by(Maker::new(1).root_key())),
        seed(TARGET, "good-version-1", move || {
            changed(|certificate| (certificate.version, certificate.extensions) = (None, vec![]))
        }),
        seed(TARGET, "good-32-extensions", move || {
            let mut certificate = draft("packed", Es256).attestation.certificate;
            with_extensions(&mut certificate, 32);
            certificate.signed_by(Maker::new(1).authority_key())
        }),
        seed(TARGET, "bad-33-extensions", move || {
            let mut certificate = draft("packed", Es256).attestation.certificate;
            with_extensions(&mut certificate, 33);
            certificate.signed_by(Maker::new(1).authority_key())
        }),
        seed(TARGET, "bad-extension-twice", move || {
            changed(|certificate| certificate.extensions.push(certificate.extensions[0].clone()))
        }),
        seed(TARGET, "bad-time", move || changed(|certificate| certificate.not_after = "20991231235959".to_owned())),
        seed(TARGET, "bad-key", move || changed(|certificate| certificate.key = der::sequence(&[]))),
    ];
    let ends = with_other_ends(TARGET, || Maker::new(1).root());
    formats.into_iter().chain(roots).chain(others).chain(ends).collect()
}

fn revocations() -> Vec<Made> {
    const TARGET: &str = "revocation_list";
    let list =
        |key: &Key, serials: &[Bytes]| revocation_list(&Maker::new(1).root_certificate().subject, key, serials, &[]);
    let of_root = move |serials: &[Bytes]| list(Maker::new(1).root_key(), serials);
    let many = || (0..64).map(|number| vec![1, number]).collect::<Vec<_>>();
    let others = [
        seed(TARGET, "good-empty", move || of_root(&[])),
        seed(TARGET, "good-of-64", move || of_root(&many())),
        seed(TARGET, "bad-signed-by-another", move || list(Maker::new(1).authority_key(), &[vec![1]])),
    ];
    others.into_iter().chain(with_other_ends(TARGET, move || of_root(&[vec![1]]))).collect()
}

/// What is read whole before anything of it is verified.
fn statements() -> Vec<Made> {
    const TARGET: &str = "attestation_object";
    let formats = attestation::FORMATS
        .map(|format| seed(TARGET, format!("good-{format}"), move || draft(format, Es256).object()));
    let others = [
        seed(TARGET, "good-packed-rs256", || draft("packed", Rs256).attested_with(Rs256).object()),
        seed(TARGET, "good-packed-es384", || draft("packed", Es384).attested_with(Es384).object()),
        seed(TARGET, "good-packed-ml-dsa-44", || draft("packed", MlDsa44).attested_with(MlDsa44).object()),
        seed(TARGET, "good-unknown-format", || {
            draft("packed", Es256).with(|draft| "other".clone_into(&mut draft.registration.format)).object()
        }),
        seed(TARGET, "bad-statement-is-a-list", || draft("packed", Es256).object_of(cbor::array(&[]))),
        seed(TARGET, "bad-compound-is-a-map", || {
            draft("packed", Es256).with(|draft| "compound".clone_into(&mut draft.registration.format)).object()
        }),
        seed(TARGET, "bad-cut", || cut(&draft("tpm", Es256).object())),
    ];
    formats.into_iter().chain(others).collect()
}

fn chains() -> Vec<Made> {
    const TARGET: &str = "chain";
    let formats = attestation::FORMATS
        .map(|format| seed(TARGET, format!("good-{format}"), move || draft(format, Es256).object()));
    let attesting = [EdDsa, Es384, Es512, MlDsa44, Ps256, Rs256].map(|algorithm| {
        let make = move || draft("packed", Es256).attested_with(algorithm).object();
        seed(TARGET, format!("good-packed-by-{}", word(algorithm)), make)
    });
    let issuing = [Es384, MlDsa65, Ps256, Rs256].map(|algorithm| {
        let make = move || draft("packed", Es256).issued_with(algorithm).object();
        seed(TARGET, format!("good-authority-{}", word(algorithm)), make)
    });
    let rooted = [Es384, MlDsa44].map(|algorithm| {
        let make = move || draft("packed", Es256).rooted_with(algorithm).object();
        seed(TARGET, format!("good-root-{}", word(algorithm)), make)
    });
    let good = [
        seed(TARGET, "good-none", || draft("none", Es256).registration.attestation_object()),
        seed(TARGET, "good-android-key-rs256", || draft("android-key", Rs256).object()),
        seed(TARGET, "good-apple-es384", || draft("apple", Es384).object()),
        seed(TARGET, "good-tpm-rs256", || draft("tpm", Rs256).attested_with(Rs256).object()),
        seed(TARGET, "good-tpm-es384", || draft("tpm", Es384).attested_with(Es384).object()),
        seed(TARGET, "good-others-among-them", || among(&[Maker::new(2).root(), Maker::new(1).root()]).object()),
        seed(TARGET, "good-compound", || compound(&["packed", "tpm"])),
        seed(TARGET, "good-four-statements-of-ten-certificates", fullest),
        seed(TARGET, "good-compound-of-four", || compound(&["packed", "none", "tpm", "android-key"])),
    ];
    let bad = [
        seed(TARGET, "bad-another-maker", || {
            draft("packed", Es256).with(|draft| draft.attestation.others.clear()).object()
        }),
        seed(TARGET, "bad-authority-over", || {
            with_authority(|authority| "20251231235959Z".clone_into(&mut authority.not_after))
        }),
        seed(TARGET, "bad-authority-is-none", || with_authority(|authority| authority.extensions.clear())),
        seed(TARGET, "bad-critical", || {
            with_authority(|authority| *authority = authority.clone().with("1.2.3", true, &[5, 0]))
        }),
        seed(TARGET, "bad-eleven-certificates", || among(&vec![Maker::new(2).root(); 9]).object()),
        seed(TARGET, "bad-compound-of-five", || compound(&["none"; 5])),
        seed(TARGET, "bad-signature", || {
            draft("packed", Es256).with(|draft| draft.attestation.message.push(0)).object()
        }),
        seed(TARGET, "bad-other-name", || draft("tpm", Es256).with(|draft| tpm_of(draft).name[3] ^= 1).object()),
    ];
    let [formats, rooted] = [formats.into_iter().chain(attesting).collect::<Vec<_>>(), rooted.into()];
    formats.into_iter().chain(issuing).chain(rooted).chain(good).chain(bad).collect()
}

fn tpm_of(draft: &mut Draft) -> &mut Tpm {
    draft.attestation.tpm.as_mut().unwrap()
}

/// Others before the one that leads on.
fn among(others: &[Bytes]) -> Draft {
    draft("packed", Es256).with(|draft| drop(draft.attestation.others.splice(..0, others.to_vec())))
}

fn with_authority(change: fn(&mut Certificate)) -> Bytes {
    let draft = draft("packed", Es256).with(|draft| {
        let mut authority = draft.maker.authority();
        change(&mut authority);
        draft.attestation.others = vec![authority.signed_by(draft.maker.root_key())];
    });
    draft.object()
}

fn compound(formats: &[&'static str]) -> Bytes {
    let stated = |format: &&'static str| match *format {
        "none" => ("none", cbor::map(&[])),
        format => (format, draft(format, Es256).attestation.statement()),
    };
    compound_of(&formats.iter().map(stated).collect::<Vec<_>>())
}

fn compound_of(statements: &[(&str, Bytes)]) -> Bytes {
    let member = |(format, of): &(&str, Bytes)| statement(&[("fmt", cbor::text(format)), ("attStmt", of.clone())]);
    let whole = draft("packed", Es256).with(|draft| "compound".clone_into(&mut draft.registration.format));
    whole.object_of(cbor::array(&statements.iter().map(member).collect::<Vec<_>>()))
}

/// As many statements as may be, of as many certificates.
fn fullest() -> Bytes {
    let draft = among(&vec![Maker::new(2).root(); 8]);
    compound_of(&vec![("packed", draft.attestation.statement()); 4])
}

/// Certificates of which many could have issued one another. The path that leads to the root is found with the last
/// signature that is looked at, and with one more in the way it is not.
fn thickets() -> Vec<Made> {
    vec![
        seed("chain", "good-found-with-the-24th-signature", || thicket(3)),
        seed("chain", "bad-found-with-the-25th-signature", || thicket(4)),
        seed("chain", "bad-ring-of-authorities", ring),
    ]
}

/// The batch's certificate names an authority of which there are four, three of them signed by nobody here; each of the
/// four names another of which there are five, and only the one in `place` leads on.
fn thicket(place: usize) -> Bytes {
    let [near, far] = ["Near", "Far"].map(|word| name(&[("2.5.4.3", word)]));
    let [of_near, of_far, nobody] = [91, 92, 93].map(|seed| Key::from_seed(Es256, &[seed; 32]));
    let near_by = |signer: &Key, serial| {
        Certificate { serial: vec![1, serial], ..Certificate::authority(&far, &near, &of_near, None) }.signed_by(signer)
    };
    let far_of = |key: &Key, serial| {
        let issuer = Maker::new(1).root_certificate().subject;
        Certificate { serial: vec![2, serial], ..Certificate::authority(&issuer, &far, key, None) }
            .signed_by(Maker::new(1).root_key())
    };
    let nears = (0..4).map(|serial| near_by(if serial == 3 { &of_far } else { &nobody }, serial));
    let fars = (0..5).map(|serial| far_of(if usize::from(serial) == place { &of_far } else { &of_near }, serial));
    let others: Vec<_> = nears.chain(fars).collect();
    let draft = draft("packed", Es256).with(|draft| {
        draft.attestation.others.clone_from(&others);
        draft.attestation.certificate.issuer.clone_from(&near);
        draft.attestation.issuer = of_near.clone();
    });
    draft.object()
}

fn ring() -> Bytes {
    let (ring, key) = (name(&[("2.5.4.3", "Ring")]), Key::from_seed(Es256, &[91; 32]));
    let one = |serial| Certificate { serial: vec![1, serial], ..Certificate::authority(&ring, &ring, &key, None) };
    let draft = draft("packed", Es256).with(|draft| {
        draft.attestation.others = (0..9).map(|serial| one(serial).signed_by(&key)).collect();
        draft.attestation.certificate.issuer.clone_from(&ring);
        draft.attestation.issuer = key.clone();
    });
    draft.object()
}

fn answers() -> Vec<Made> {
    let algorithms = [Es384, MlDsa44, Ps256];
    let registrations = algorithms.map(|algorithm| {
        let json = move || draft("none", algorithm).registration.json().to_string().into();
        seed("registration_answer", format!("{}.json", good(algorithm)), json)
    });
    let assertions = algorithms.map(|algorithm| {
        let challenge = json!({"challenge": authenticator::base64url([2; 32])});
        let json = move || draft("none", algorithm).passkey.sign_in(&challenge, &knobs(algorithm)).to_string().into();
        seed("assertion_answer", format!("{}.json", good(algorithm)), json)
    });
    let packed = || {
        let draft = draft("packed", Es256);
        draft.registration.json_around(&draft.object()).to_string().into()
    };
    let elsewhere = || draft("none", Es256).registration.json().to_string().replace("public-key", "password").into();
    let others = [
        seed("registration_answer", "good-packed.json", packed),
        seed("registration_answer", "bad-type.json", elsewhere),
    ];
    registrations.into_iter().chain(assertions).chain(others).collect()
}
