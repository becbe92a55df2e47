//! Rules, groups, passkeys and domains, as an operator writes and reads them.

use crate::Site;
use crate::setup::set_up;

const RULES: &str =
    "[[rules]]\nname = \"Ledger\"\nfor = [\"group:ledger\"]\nattestation = \"direct\"\nlevel = \"L1\"\n";

#[test]
fn rules_are_tried_then_adopted_and_a_passkey_is_held_and_released() {
    testkit::run(async {
        let site = Site::new();
        let server = site.serve();
        assert_eq!(set_up(&server, &server.setup_link(), "maren").await.status, 201);
        let refused = |words: &[&str]| {
            let ended = site.run(words);
            assert_eq!(ended.status, Some(1), "{words:?}");
            ended.err
        };

        assert_eq!(site.said(&["admin", "group", "list", "maren"]), "It is in no group.\n");
        assert!(site.said(&["admin", "group", "join", "maren", "ledger"]).ends_with(" is in ledger.\n"));
        assert_eq!(refused(&["admin", "group", "join", "maren", "ledger"]), "it is in that group already\n");
        assert_eq!(refused(&["admin", "group", "join", "nobody", "ledger"]), "there is no such account\n");
        assert_eq!(site.said(&["admin", "group", "list", "maren"]), "ledger\n");

        std::fs::write(site.folder().join("rules.toml"), RULES).unwrap();
        let survey = site.said(&["authenticators", "dry-run", "rules.toml"]);
        assert!(survey.contains("\n1 of 1 people would be hit.\n"), "{survey}");
        assert!(survey.contains("flagged      no maker vouches for it"), "{survey}");
        assert!(site.said(&["authenticators", "rules"]).starts_with("No rules were written"));
        assert!(site.said(&["authenticators", "adopt", "rules.toml"]).starts_with("Rules 1 count now"));
        assert!(site.said(&["authenticators", "rules"]).ends_with(RULES));
        std::fs::write(site.folder().join("broken.toml"), RULES.replace("L1", "L9")).unwrap();
        let sentence = "broken.toml: rule “Ledger”: level = “L9” is none of L1, L1+, L2, L2+, L3, L3+\n";
        assert_eq!(refused(&["authenticators", "adopt", "broken.toml"]), sentence);

        let list = site.said(&["admin", "passkey", "list", "maren"]);
        let which = list.lines().nth(1).and_then(|line| line.split(' ').next()).unwrap().to_owned();
        let say = |word| ["admin", "passkey", word, "maren", &which, "--reason", "lost on a train"].map(str::to_owned);
        let hold = say("hold");
        let hold: Vec<&str> = hold.iter().map(String::as_str).collect();
        assert_eq!(site.said(&hold), format!("{which} is on hold. What it opened has ended.\n"));
        assert_eq!(refused(&hold), "it stands so already\n");
        let list = site.said(&["admin", "passkey", "list", "maren"]);
        assert!(list.contains("suspended: an administrator holds it back"), "{list}");
        let release = say("release");
        let release: Vec<&str> = release.iter().map(String::as_str).collect();
        let released = site.said(&release);
        assert!(released.starts_with(&format!("That is set aside. {which} stands flagged")), "{released}");

        let domain = site.said(&["admin", "domain", "--to", "id.example.org"]);
        assert!(domain.contains("passkeys.former_rp_ids = [\"localhost\"]"), "{domain}");
        assert!(site.said(&["admin", "domain", "--to", "id.example.org", "--list"]).contains("maren"));
        assert!(site.said(&["doctor"]).contains("stands together"));
    });
}
