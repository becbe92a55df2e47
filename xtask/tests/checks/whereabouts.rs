use xtask::whereabouts;

use crate::planted::Tree;

fn page(tree: &Tree, words: &[&str]) -> String {
    whereabouts::page(tree.root(), &words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>())
}

#[test]
fn files_of_that_name_come_first_in_the_order_of_the_rooms() {
    let tree = Tree::new()
        .with("crates/web/src/account.rs", "pub fn list() {}")
        .with("crates/app/src/account.rs", "pub async fn create() {}\nfn inner() {}\npub(crate) fn disable() {}")
        .with("crates/identity/src/account.rs", "//! What an account is.\n")
        .with("crates/app/src/lib.rs", "pub struct AccountPage;")
        .with("crates/store/migrations/0001_ground.sql", "CREATE TABLE accounts (\n")
        .with("crates/app/tests/account.rs", "#[test]\nfn a() {}\n#[tokio::test]\nasync fn b() {}\n")
        .with("docs/features/account.md", "# Accounts\n")
        .with("docs/ops/dangers.md", "# Dangers\n\n## An account in two places\n");
    let expected = "\
files called so
  crates/identity/src/account.rs  What an account is.
  crates/app/src/account.rs       fn create:1 · fn disable:3
  crates/web/src/account.rs       fn list:1
names elsewhere
  crates/store/migrations/0001_ground.sql  table accounts:1
  crates/app/src/lib.rs                    struct AccountPage:1
tests and pages
  crates/app/tests/account.rs  2 tests
  docs/features/account.md     Accounts
  docs/ops/dangers.md:3        ## An account in two places";
    assert_eq!(page(&tree, &["account"]), expected);
}

#[test]
fn fifteen_rooms_full_of_the_word_fit_one_screen() {
    let rooms = [
        "vocab", "identity", "audit", "store", "app", "jobs", "outbound", "web", "server", "oidc", "saml", "scim",
        "jose", "policy", "rollout",
    ];
    let many: String = (0..60).map(|n| format!("pub fn account_{n}() {{}}\n")).collect();
    let tree = rooms.iter().fold(Tree::new(), |tree, room| {
        let tree = tree
            .with(&format!("crates/{room}/src/account.rs"), &many)
            .with(&format!("crates/{room}/src/other.rs"), &many);
        tree.with(&format!("crates/{room}/tests/account.rs"), "#[test]\nfn a() {}\n")
    });
    let page = page(&tree, &["account"]);
    assert!(page.lines().count() <= 40, "{page}");
    assert!(page.lines().all(|line| line.chars().count() <= 120), "{page}");
    assert!(page.contains("… and 2 more"), "{page}");
}

#[test]
fn one_idea_is_found_in_each_spelling() {
    let tree = Tree::new()
        .with("crates/app/src/sign_in.rs", "pub fn begin() {}")
        .with("crates/app/src/a.rs", "struct SignIn;");
    for word in ["sign-in", "sign_in", "SignIn", "signin"] {
        let page = page(&tree, &[word]);
        assert!(page.contains("crates/app/src/sign_in.rs") && page.contains("struct SignIn:1"), "{word}: {page}");
    }
}

#[test]
fn several_words_narrow_the_search_to_a_name_in_its_place() {
    let tree = Tree::new()
        .with("crates/app/src/account.rs", "pub fn create() {}\npub fn disable() {}")
        .with("crates/app/src/key.rs", "pub fn create() {}");
    assert_eq!(page(&tree, &["create", "account"]), "names elsewhere\n  crates/app/src/account.rs  fn create:1");
}

#[test]
fn a_rooms_own_name_leads_to_its_essay() {
    let tree = Tree::new().with("crates/vocab/src/lib.rs", "//! The words of the house.\n");
    assert!(page(&tree, &["vocab"]).contains("crates/vocab/src/lib.rs  The words of the house."));
    assert_eq!(page(&tree, &["zebra"]), "zebra: nothing here has that name");
}
