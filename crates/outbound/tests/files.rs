#![cfg(test)]
//! What `outbound` leaves in a folder.

use std::os::unix::fs::PermissionsExt;

use app::{Courier, Letter, Undelivered};
use outbound::master_key::{self, Unusable};
use outbound::{MailFolder, SystemEntropy};
use testkit::{Folder, SeededEntropy};

fn letter(to: &str) -> Letter {
    Letter {
        id: "job-0".into(),
        to: to.into(),
        subject: "Your account was closed".into(),
        text: "Hello\nMaren\n".into(),
    }
}

#[test]
fn a_letter_carried_twice_is_one_file() {
    testkit::run(async {
        let folder = Folder::new();
        let courier = MailFolder::new(folder.path().join("mail"));
        for _ in 0..2 {
            courier.deliver(&letter("Maren@example.com")).await.unwrap();
        }
        let files: Vec<_> =
            std::fs::read_dir(folder.path().join("mail")).unwrap().map(|file| file.unwrap().path()).collect();
        assert_eq!(files, [folder.path().join("mail/job-0.eml")]);
        let text = std::fs::read_to_string(&files[0]).unwrap();
        assert!(text.starts_with("To: Maren@example.com\r\nSubject: Your account was closed\r\n"), "{text}");
        assert!(text.ends_with("\r\n\r\nHello\r\nMaren\r\n"), "{text}");
    });
}

#[test]
fn r05_a_letter_in_a_folder_has_one_recipient_and_stays_in_the_folder() {
    testkit::run(async {
        let folder = Folder::new();
        let courier = MailFolder::new(folder.path().join("mail"));
        for to in ["a@x.example,b@y.example", "a@x.example\r\nBcc: b@y.example", ""] {
            assert!(matches!(courier.deliver(&letter(to)).await, Err(Undelivered::Never(_))), "{to:?}");
        }
        let elsewhere = Letter { id: "../job-0".into(), ..letter("maren@example.com") };
        assert!(matches!(courier.deliver(&elsewhere).await, Err(Undelivered::Never(_))));
        let two_headers = Letter { subject: "Hello\r\nBcc: b@y.example".into(), ..letter("maren@example.com") };
        courier.deliver(&two_headers).await.unwrap();
        let text = std::fs::read_to_string(folder.path().join("mail/job-0.eml")).unwrap();
        assert!(text.contains("\r\nSubject: Hello  Bcc: b@y.example\r\n"), "{text}");
    });
}

#[test]
fn a_folder_that_cannot_be_written_is_a_reason_to_try_later() {
    testkit::run(async {
        let folder = Folder::new();
        std::fs::write(folder.path().join("mail"), "a file where the folder should be").unwrap();
        let outcome = MailFolder::new(folder.path().join("mail")).deliver(&letter("maren@example.com")).await;
        assert!(matches!(outcome, Err(Undelivered::Later(_))), "{outcome:?}");
    });
}

#[test]
fn a_master_key_is_made_once_and_for_its_owner_only() {
    let folder = Folder::new();
    assert!(master_key::load(folder.path()).unwrap().is_none());
    let first = master_key::make(folder.path(), &SystemEntropy).unwrap();
    let path = folder.path().join("master.key");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let second = master_key::make(folder.path(), &SeededEntropy::new(1)).unwrap();
    assert_eq!(first.expose(), second.expose(), "the key that was there is the key");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing unfinished is left");

    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(master_key::load(folder.path()), Err(Unusable::OthersMayRead(_))));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&path, "short").unwrap();
    let refusal = master_key::load(folder.path()).unwrap_err();
    assert!(matches!(refusal, Unusable::NotAKey(_)));
    assert!(!refusal.to_string().contains("short"), "I14: what the file held is not repeated");
}
