/// One row per event: the variant, its code in the entry, its name for people. One table, so that no list can lag.
macro_rules! events {
    ($($(#[doc = $doc:literal])* $variant:ident = $code:literal, $name:literal;)*) => {
        /// What happened. A code is written into entries for ever: it is never changed and never used again.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Event {
            $($(#[doc = $doc])* $variant,)*
        }

        impl Event {
            pub const ALL: &[Event] = &[$(Event::$variant,)*];

            pub const fn code(self) -> u64 {
                match self {
                    $(Event::$variant => $code,)*
                }
            }

            pub const fn from_code(code: u64) -> Option<Event> {
                match code {
                    $($code => Some(Event::$variant),)*
                    _ => None,
                }
            }

            /// The name in lists, exports and metrics.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Event::$variant => $name,)*
                }
            }
        }
    };
}

events! {
    AccountCreated = 1, "account.created";
    AccountDisabled = 2, "account.disabled";
    /// A key of the key ring was made.
    KeyMade = 3, "key.made";
    KeyRetired = 4, "key.retired";
    /// An operator accepted a restored database: the restore epoch went up.
    RestoreAccepted = 5, "restore.accepted";
    CredentialRegistered = 6, "credential.registered";
    CredentialRenamed = 7, "credential.renamed";
    CredentialRemoved = 8, "credential.removed";
    SessionOpened = 9, "session.opened";
    SessionEnded = 10, "session.ended";
    /// A passkey of this account was presented and turned away.
    SignInDenied = 11, "sign_in.denied";
    /// A passkey counted backwards: there may be two of it.
    CountRegressed = 12, "credential.count_regressed";
    /// A link for the first administrator was made; links made before it are void.
    SetupLinkMade = 13, "setup.link_made";
    /// An operator made a link for another first administrator.
    SetupReopened = 14, "setup.reopened";
    /// The holder of a set-up link became an owner.
    SetupCompleted = 15, "setup.completed";
    AddressConfirmed = 16, "address.confirmed";
    /// Refusals of strangers, counted together: by minute, reason and network.
    FailuresCounted = 17, "failures.counted";
    /// A signed list of models of authenticators took the place of an older one.
    MetadataImported = 18, "metadata.imported";
    /// How much a passkey is worth changed, by what became known or by an administrator's word.
    StandingChanged = 19, "credential.standing_changed";
    /// An administrator wrote rules of authenticators.
    RulesWritten = 20, "authenticators.rules_written";
    GroupJoined = 21, "group.joined";
    GroupLeft = 22, "group.left";
    /// Passkeys are bound to another domain than before.
    DomainChanged = 23, "domain.changed";
}

#[cfg(test)]
mod tests {
    use super::Event;

    #[test]
    fn codes_and_names_are_the_ones_already_written_into_entries() {
        let table: Vec<_> = Event::ALL.iter().map(|event| (event.code(), event.name())).collect();
        let written = [
            (1, "account.created"),
            (2, "account.disabled"),
            (3, "key.made"),
            (4, "key.retired"),
            (5, "restore.accepted"),
            (6, "credential.registered"),
            (7, "credential.renamed"),
            (8, "credential.removed"),
            (9, "session.opened"),
            (10, "session.ended"),
            (11, "sign_in.denied"),
            (12, "credential.count_regressed"),
            (13, "setup.link_made"),
            (14, "setup.reopened"),
            (15, "setup.completed"),
            (16, "address.confirmed"),
            (17, "failures.counted"),
            (18, "metadata.imported"),
            (19, "credential.standing_changed"),
            (20, "authenticators.rules_written"),
            (21, "group.joined"),
            (22, "group.left"),
            (23, "domain.changed"),
        ];
        assert_eq!(table, written);
    }

    #[test]
    fn a_code_leads_back_to_its_event_and_no_other_code_does() {
        for event in Event::ALL {
            assert_eq!(Event::from_code(event.code()), Some(*event));
        }
        for code in [0, Event::ALL.len() as u64 + 1, u64::MAX] {
            assert_eq!(Event::from_code(code), None);
        }
    }
}
