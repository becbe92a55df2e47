//! Every page in every state, with what people may type at its worst.

use super::*;

const HOSTILE: [&str; 4] = [
    r#"<img src=x onerror="alert(1)">'&amp;"#,
    "\u{202e}gnp.egassem \u{5d0}\u{5d1}\u{5d2}",
    "Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschaeferswessenschafewarenwohlgepf",
    "{{ 7 * 7 }} ${x}\u{2028}</script><script>",
];

fn frame() -> Frame {
    let (organisation, address) = ("Fernhill Water".to_owned(), "signin.fernhill.example".to_owned());
    Frame { organisation, address, help: Help::parse("help@fernhill.example") }
}

fn moment(text: &str) -> Moment {
    Moment { text: text.to_owned(), datetime: "2026-11-25T08:12:00Z".to_owned() }
}

fn passkey(name: &str, kind: PasskeyKind, seed: u8, removable: bool) -> PasskeyRow {
    let provider = match kind {
        PasskeyKind::Synced => Some("iCloud Keychain"),
        PasskeyKind::ThisDevice => Some("Windows Hello"),
        PasskeyKind::SecurityKey => None,
    };
    let digest = std::array::from_fn(|place| u8::try_from((usize::from(seed) * 31 + place * 57) % 256).unwrap());
    PasskeyRow {
        id: format!("01939c7e-7f2b-7c3a-9d2e-5b1f0a6c4e{seed:02x}"),
        name: name.to_owned(),
        impression: Impression::of(&digest),
        kind,
        provider: provider.map(str::to_owned),
        created: moment("on 2 September"),
        last_used: (kind != PasskeyKind::SecurityKey).then(|| moment("today at 08:12")),
        removable,
        remark: None,
    }
}

fn remark() -> Remark {
    Remark {
        badge: "In doubt",
        sentence: "A fault was reported in devices of its kind. It still signs you in.".to_owned(),
    }
}

fn session(device: &str, kind: DeviceKind, current: bool) -> SessionRow {
    SessionRow {
        id: format!("01939c7e-7f2b-7c3a-9d2e-5b1f0a6c4f{:02x}", device.len()),
        device: device.to_owned(),
        kind,
        place: (kind != DeviceKind::Terminal).then(|| "Manchester".to_owned()),
        since: moment("on 4 November"),
        last_active: moment("20 minutes ago"),
        current,
    }
}

fn entry(what: &str, when: &str, tone: Option<Tone>, note: Option<&str>) -> Activity {
    Activity { what: what.to_owned(), when: moment(when), tone, note: note.map(str::to_owned) }
}

fn full_account(name: &str) -> Account {
    let with = isolated("Maren’s iPhone");
    Account {
        display_name: name.to_owned(),
        identifiers: vec![
            IdentifierRow { typed: "maren".to_owned(), confirmed: true },
            IdentifierRow { typed: "maren.okafor@fernhill.example".to_owned(), confirmed: false },
        ],
        passkeys: vec![
            passkey("Maren’s iPhone", PasskeyKind::Synced, 3, true),
            passkey("Work laptop", PasskeyKind::ThisDevice, 8, true),
            passkey("Key on the ring, no. 4417", PasskeyKind::SecurityKey, 21, true),
        ],
        sessions: vec![
            session("Edge on Windows", DeviceKind::Computer, true),
            session("Safari on iPhone", DeviceKind::Phone, false),
            session("kubectl", DeviceKind::Terminal, false),
        ],
        activity: vec![
            entry(&format!("Signed in with {with}"), "Today 08:12", Some(Tone::Ok), None),
            entry("A passkey was not accepted", "Tue 22:04", Some(Tone::Warn), Some("Nothing was opened.")),
            entry("Added the passkey Work laptop", "12 Nov", None, None),
        ],
        banner: Some(Banner { tone: Tone::Ok, sentence: format!("Renamed to {}.", isolated("Work laptop")) }),
        is_from_elsewhere: false,
        is_of_before: false,
        asks_makers: false,
    }
}

fn bare_account(name: &str) -> Account {
    Account {
        display_name: name.to_owned(),
        identifiers: vec![IdentifierRow { typed: name.to_owned(), confirmed: false }],
        passkeys: vec![PasskeyRow {
            name: name.to_owned(),
            remark: Some(remark()),
            ..passkey("", PasskeyKind::Synced, 5, false)
        }],
        sessions: vec![session(name, DeviceKind::Computer, true)],
        activity: vec![entry(name, "Today", Some(Tone::Warn), Some(name)), entry(name, "Today", Some(Tone::Ok), None)],
        banner: None,
        is_from_elsewhere: true,
        is_of_before: true,
        asks_makers: true,
    }
}

fn removal(name: &str, removal: Removal) -> RemovePasskey {
    let PasskeyRow { id, impression, kind, .. } = passkey(name, PasskeyKind::ThisDevice, 8, true);
    RemovePasskey { id, name: name.to_owned(), impression, kind, removal }
}

fn typed(value: &str, fault: Option<&str>) -> Typed {
    Typed { value: value.to_owned(), fault: fault.map(str::to_owned) }
}

/// File name and page.
fn specimens() -> Vec<(String, String)> {
    let frame = frame();
    let mut all = Vec::new();
    let mut keep = |name: &str, html: String| all.push((name.to_owned(), html));

    let start = SignIn { next: "/account".to_owned(), sign_up_open: true, ..SignIn::default() };
    let named = SignIn { name: "maren".to_owned(), ..start.clone() };
    let fault = Some("Type your username or your email address first.".to_owned());
    keep("sign-in", sign_in(&frame, &start));
    let former = vec!["old.example".to_owned(), "older.example".to_owned()];
    keep("sign-in-former", sign_in(&frame, &SignIn { former, ..start.clone() }));
    keep("sign-in-after-signing-out", sign_in(&frame, &SignIn { just_signed_out: true, ..start.clone() }));
    keep("sign-in-asked", sign_in(&frame, &SignIn { asked: true, ..named.clone() }));
    keep("sign-in-fault", sign_in(&frame, &SignIn { fault, ..named }));

    let filled = SignUp {
        display_name: typed("Maren Okafor", None),
        username: typed("maren", None),
        email: typed("maren.okafor@fernhill.example", None),
        next: "/account".to_owned(),
        checked: true,
        asks_makers: true,
    };
    let faults = SignUp {
        username: typed("mar en", Some("This cannot contain spaces, tabs or line breaks.")),
        email: typed("maren@", Some("The part after @ is not a domain name that mail can be sent to.")),
        checked: false,
        ..filled.clone()
    };
    let blank = SignUp { next: "/account".to_owned(), ..SignUp::default() };
    keep("sign-up", sign_up(&frame, &blank));
    keep("sign-up-checked", sign_up(&frame, &filled));
    keep("sign-up-faults", sign_up(&frame, &faults));
    keep("sign-up-closed", sign_up_closed(&frame, "/account"));

    keep(
        "setup",
        setup(
            &frame,
            &Setup::Open { command: "signet admin setup-link --data /var/lib/signet".to_owned(), asks_makers: false },
        ),
    );
    keep("setup-done", setup(&frame, &Setup::Done));

    keep("account", account(&frame, &full_account("Maren Okafor")));
    keep("account-bare", account(&frame, &bare_account("Maren")));

    let staying = vec!["Maren’s iPhone".to_owned(), "Key on the ring, no. 4417".to_owned()];
    keep("remove", remove_passkey(&frame, &removal("Work laptop", Removal::Possible { sessions: 1, staying })));
    keep("remove-step-up", remove_passkey(&frame, &removal("Work laptop", Removal::NeedsStepUp)));
    keep("remove-last", remove_passkey(&frame, &removal("Work laptop", Removal::LastPasskey)));
    let from = moment("tomorrow at 14:30");
    keep("remove-too-new", remove_passkey(&frame, &removal("Work laptop", Removal::TooNew { from })));

    let (link, next) = ("c2VjcmV0".to_owned(), "/confirm?link=c2".to_owned());
    let address = "maren@fernhill.example".to_owned();
    keep("confirm", confirm_address(&frame, &ConfirmAddress::Ready { link, address: address.clone() }));
    let stale = ConfirmAddress::NeedsStepUp { next, address: address.clone() };
    keep("confirm-step-up", confirm_address(&frame, &stale));
    keep("end-sessions-step-up", step_up(&frame, &StepUp { before: Before::EndingSessions, next: "/account" }));
    keep("confirm-taken", confirm_address(&frame, &ConfirmAddress::Taken { address: address.clone() }));
    keep(
        "confirm-sign-in",
        confirm_address(&frame, &ConfirmAddress::NeedsSignIn { next: "/confirm?link=c2".to_owned() }),
    );
    keep("confirm-done", confirm_address(&frame, &ConfirmAddress::Done { address }));
    keep("confirm-ended", confirm_address(&frame, &ConfirmAddress::Ended));

    let code = short_code("01939c7e-7f2b-7c3a-9d2e-5b1f0a6c4e88");
    keep("problem-not-found", problem(&frame, &ProblemPage::NotFound));
    keep("problem-wrong-method", problem(&frame, &ProblemPage::WrongMethod));
    keep("problem-too-many", problem(&frame, &ProblemPage::TooMany { until: moment("at 14:40") }));
    keep("problem-begin-again", problem(&frame, &ProblemPage::BeginAgain));
    keep("problem-ours", problem(&frame, &ProblemPage::Ours { code: code.clone() }));
    keep("problem-busy", problem(&frame, &ProblemPage::Busy { code }));
    let (title, sentence) =
        ("That is too much at once".to_owned(), "This address takes at most 16384 bytes.".to_owned());
    keep("problem-other", problem(&frame, &ProblemPage::Other { title, sentence }));

    for (place, name) in HOSTILE.into_iter().enumerate() {
        let help = Some(Help { text: name.to_owned(), href: None });
        let odd = Frame { organisation: name.to_owned(), help, ..frame.clone() };
        let former = vec![name.to_owned()];
        let start = SignIn { name: name.to_owned(), asked: true, former, ..start.clone() };
        let [display_name, username, email] = [name; 3].map(|name| typed(name, Some(name)));
        let staying = vec![name.to_owned(); 3];
        keep(&format!("hostile-{place}-sign-in"), sign_in(&odd, &start));
        keep(
            &format!("hostile-{place}-sign-up"),
            sign_up(&odd, &SignUp { display_name, username, email, ..blank.clone() }),
        );
        keep(&format!("hostile-{place}-account"), account(&odd, &bare_account(name)));
        keep(
            &format!("hostile-{place}-remove"),
            remove_passkey(&odd, &removal(name, Removal::Possible { sessions: 3, staying })),
        );
    }
    all
}

/// The values of every attribute of this name.
fn attributes<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    let marker = format!(" {name}=\"");
    html.split(marker.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// With `SIGNET_SPECIMENS` set, they are also written there, beside their assets, to be looked at in a browser.
#[test]
#[expect(clippy::disallowed_methods, reason = "a folder for whoever looks at pages, not a setting of the product")]
fn every_page_is_whole_and_asks_only_for_what_is_served() {
    let all = specimens();
    for (name, html) in &all {
        assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"), "{name}");
        let linked = attributes(html, "href").into_iter().chain(attributes(html, "src"));
        for place in linked {
            let local = place.starts_with('/') || place == "#main" || place == "mailto:help@fernhill.example";
            let served = place.strip_prefix("/assets/").is_none_or(|asset| asset::find(asset).is_some());
            assert!(local && served, "{name} links to {place:?}");
        }
    }
    if let Some(folder) = std::env::var_os("SIGNET_SPECIMENS") {
        let folder = std::path::PathBuf::from(folder);
        std::fs::create_dir_all(folder.join("assets")).unwrap();
        for (name, html) in &all {
            std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
        }
        for asset in asset::all() {
            std::fs::write(folder.join("assets").join(&asset.name), &asset.bytes).unwrap();
        }
    }
}

#[test]
fn no_page_has_script_style_or_handlers_of_its_own() {
    for (name, html) in specimens().into_iter().filter(|(name, _)| !name.starts_with("hostile")) {
        for tag in html.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            let inline = tag.split_whitespace().skip(1).any(|part| part.starts_with("on") && part.contains('='));
            assert!(!inline && !tag.contains(" style="), "{name}: <{tag}>");
            assert!(
                tag != "style" && (!tag.starts_with("script") || tag.contains(" src=\"/assets/")),
                "{name}: <{tag}>"
            );
        }
        assert!(!html.contains("javascript:"), "{name}");
    }
}

#[test]
fn what_a_person_typed_never_becomes_markup() {
    for (name, html) in specimens().into_iter().filter(|(name, _)| name.starts_with("hostile")) {
        assert!(!html.contains("<img") && !html.contains("alert(1)\""), "{name}");
        assert!(!html.contains("</script><script>"), "{name}");
    }
}

#[test]
fn ids_are_unique_and_what_is_referred_to_is_there() {
    for (name, html) in specimens() {
        let ids = attributes(&html, "id");
        let mut seen = ids.clone();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), ids.len(), "{name}");
        let referring = ["for", "aria-labelledby", "aria-describedby"].map(|attribute| attributes(&html, attribute));
        for id in referring.concat().into_iter().flat_map(str::split_whitespace) {
            assert!(ids.contains(&id), "{name} refers to {id}");
        }
    }
}

/// The stage of `console/` shows what it is told to, and a person must always find a next step there.
#[test]
fn every_state_has_a_heading_a_seal_and_a_next_step() {
    for (name, html) in specimens() {
        for section in html.split("<section data-state=").skip(1).filter_map(|rest| rest.split("</section>").next()) {
            let seal = ["blind", "waiting", "open", "pressed"]
                .iter()
                .any(|seal| section.contains(&format!("data-seal=\"{seal}\"")));
            let step = ["<button", "<a ", "copied"].iter().any(|way| section.contains(way));
            assert!(seal && step && section.contains("tabindex=\"-1\""), "{name}: {section}");
        }
    }
}

#[test]
fn one_button_asks_for_a_passkey_at_a_time() {
    for (name, html) in specimens() {
        for section in html.split("<section").skip(1).filter_map(|rest| rest.split("</section>").next()) {
            assert!(section.matches("btn seals").count() <= 1, "{name}: {section}");
        }
    }
}

#[test]
fn an_account_where_nothing_happened_says_what_will_appear() {
    let account = account(&frame(), &Account { activity: Vec::new(), ..bare_account("Maren") });
    assert!(account.contains("What happens to your account appears here"));
}

#[test]
fn every_page_says_where_help_is_if_that_is_known() {
    let (link, words) = (r#"Help: <a href="mailto:help@fernhill.example">"#, "Help: <bdi>");
    for (name, html) in specimens() {
        let said = if name.starts_with("hostile") { words } else { link };
        let (_, foot) = html.split_once("</main>").unwrap();
        assert!(foot.contains(said) && foot.contains("<footer") && html.matches("Help: ").count() == 1, "{name}");
    }
    let unknown = Frame { help: None, ..frame() };
    for html in [problem(&unknown, &ProblemPage::NotFound), account(&unknown, &bare_account("Maren"))] {
        assert!(!html.contains("Help"), "{html}");
    }
}
