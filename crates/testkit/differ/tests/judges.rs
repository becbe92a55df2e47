#![cfg(test)]
//! Cases are what they are meant to be, and no disagreement passes unseen.

use std::process::Command;

use differ::{Case, Oracle, Outcome, cases, compare};

/// It says the same of every case.
fn oracle(verdict: &str) -> Oracle {
    let say = format!(r#"s/.*"id":"\([a-z]*\/[^"]*\)".*/{{"id":"\1","verdict":"{verdict}","reason":"as ever"}}/"#);
    let mut command = Command::new("sed");
    command.arg(say);
    Oracle { name: "sed", command }
}

fn explanation(name: &str, cases: &str, ours: &str) -> String {
    format!(
        "[[disagreement]]\nname = '{name}'\noracle = 'sed'\ncases = ['{cases}']\nours = '{ours}'\nright = 'ours'\n\
         clause = 'WebAuthn-3 §7'\nbecause = 'it says the same of every case'\n"
    )
}

fn compared(cases: &[Case], verdict: &str, list: &str) -> Outcome {
    compare(cases, &mut [oracle(verdict)], list).unwrap()
}

#[test]
fn a_seed_makes_the_same_cases_however_many_are_made() {
    let ids = |count, seed| cases(count, seed).into_iter().map(|case| case.id).collect::<Vec<_>>();
    assert_eq!(ids(40, 7)[..10], ids(10, 7));
    assert_ne!(ids(10, 7), ids(10, 8));
    let client_data = |case: &Case| case.record["response"]["response"]["clientDataJSON"].clone();
    assert!(cases(40, 7).iter().map(client_data).eq(cases(40, 7).iter().map(client_data)));
}

#[test]
fn we_accept_what_is_meant_to_be_right_and_refuse_what_holds_a_lie() {
    let outcome = compare(&cases(700, 3), &mut [], &explanation("nothing", "*", "accept")).unwrap();
    assert_eq!((outcome.passed, outcome.failed), (1, 0), "{}", outcome.page);
}

#[test]
fn a_disagreement_is_explained_or_a_failure() {
    let cases = cases(30, 7);
    let list = explanation("lies pass", "registration|assertion", "reject");
    let explained = compared(&cases, "accept", &list);
    assert_eq!(explained.failed, 0, "{}", explained.page);
    assert!(explained.page.contains("15  lies pass (ours is right, WebAuthn-3 §7)"), "{}", explained.page);
    let half = compared(&cases, "accept", &explanation("lies pass", "assertion", "reject"));
    assert_eq!(half.failed, 1);
    assert!(half.page.contains("UNEXPLAINED: registration/"), "{}", half.page);
    assert_eq!(compared(&cases, "reject", &list).failed, 1, "the same cases, and the other verdict");
}

#[test]
fn who_cannot_say_disagrees_with_nobody() {
    let outcome = compared(&cases(30, 7), "unsupported", &explanation("lies pass", "*", "reject"));
    assert_eq!(outcome.failed, 0);
    assert!(outcome.page.contains("sed: 0 agreements, 0 disagreements as explained, 0 unexplained, 30 unsupported."));
}

#[test]
fn an_explanation_of_nothing_is_a_failure_where_everything_came_up() {
    let lie = cases(2, 7).pop().unwrap();
    let list = explanation("nothing", "*", "accept");
    let few = compared(std::slice::from_ref(&lie), "reject", &list);
    assert_eq!(few.failed, 0);
    assert!(few.page.contains("explanations of nothing that came up: nothing"), "{}", few.page);
    assert_eq!(compared(&vec![lie; 10_000], "reject", &list).failed, 1);
}

#[test]
fn an_oracle_that_says_something_else_is_none() {
    let mut silent = [Oracle { name: "true", command: Command::new("true") }];
    let mut mute = [Oracle { name: "nobody", command: Command::new("signet-no-such-program") }];
    let list = explanation("nothing", "*", "accept");
    let stray = compare(&cases(1, 7), &mut silent, &list).err().unwrap();
    assert_eq!(stray, "nothing is about sed, and there is no such oracle");
    let list = list.replace("sed", "true");
    assert!(compare(&cases(1, 7), &mut silent, &list).is_err());
    let list = list.replace("true", "nobody");
    assert!(compare(&cases(1, 7), &mut mute, &list).err().unwrap().starts_with("nobody could not be asked"));
}
