//! The words of the command line. What they do is in [`crate::command`].

use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};

use crate::config::Flags;

/// A passkey-first identity provider.
///
/// `signet serve` starts a server with an embedded database in ./var. Everything else looks at, or changes, the data
/// of one; it may run beside it.
#[derive(Debug, Parser)]
#[command(name = "signet", version, max_term_width = 100, arg_required_else_help = true, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    pub place: PlaceFlags,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Args)]
pub struct PlaceFlags {
    /// The configuration file; without it, ./signet.toml if there is one
    #[arg(long, value_name = "FILE", global = true, help_heading = "Where")]
    pub config: Option<PathBuf>,
    /// The folder with the embedded database, the master key and the fence
    #[arg(long, value_name = "DIR", global = true, help_heading = "Where")]
    pub data: Option<PathBuf>,
}

impl PlaceFlags {
    pub fn flags(&self) -> Flags {
        Flags { config: self.config.clone(), data: self.data.clone(), ..Flags::default() }
    }
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start a server
    Serve(Serve),
    /// Bring the database's schema up to date, or show what that would do
    Migrate(Migrate),
    /// Look at everything: what is configured, reachable, missing, weak; derive every audit digest again
    Doctor,
    /// List the keys of the key ring, or make the next one
    #[command(subcommand)]
    Keys(Keys),
    /// Accounts, and what only a person at this machine may do
    #[command(subcommand)]
    Admin(Admin),
    /// Models of authenticators: a signed list of what is known of them
    #[command(subcommand)]
    Authenticators(Authenticators),
    /// Passkey ceremonies that were recorded
    #[command(subcommand)]
    Ceremony(Ceremony),
    /// Say whether the configuration is sound, without starting anything
    CheckConfig,
    /// Show the configuration
    Config(ConfigFlags),
}

#[derive(Debug, Subcommand)]
pub enum Authenticators {
    /// Take a signed list (a BLOB of the FIDO Metadata Service) in the place of an older one
    Import {
        /// The list as it is published: a file, or an address that begins with https://. Without one, authenticators.url
        from: Option<String>,
    },
    /// Every model the list knows
    List,
    /// The rules that count: which authenticators may be used by whom
    Rules,
    /// Say whom rules would hit, and change nothing
    DryRun {
        /// Rules in TOML; docs/features/authenticators.md has every word
        rules: PathBuf,
    },
    /// Let these rules count in the place of those before
    Adopt {
        /// Rules in TOML
        rules: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub enum Ceremony {
    /// Judge recorded ceremonies: one line of JSON each, with the verdict, the reason and the step of the standard
    Check {
        /// JSON: {"cases": [...]} or a list; - reads standard input
        file: PathBuf,
    },
}

/// A flag that is given again takes the place of the earlier one: `make run ARGS="--listen 127.0.0.1:9090"`.
#[derive(Debug, Args)]
#[command(args_override_self = true)]
pub struct Serve {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR")]
    pub listen: Option<String>,
    /// The address people see in their browser
    #[arg(long, value_name = "URL")]
    pub public_url: Option<String>,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Migrate {
    /// Show the statements that are still to be run
    #[arg(long)]
    pub plan: bool,
    /// Run them
    #[arg(long)]
    pub apply: bool,
}

#[derive(Debug, Args)]
pub struct ConfigFlags {
    /// Every setting, its value, and where the value came from
    #[arg(long, required = true)]
    pub explain: bool,
}

#[derive(Debug, Subcommand)]
pub enum Keys {
    /// Every key: what it is for and what it does today
    List,
    /// Make the next key of one use; it takes over after a minute
    Rotate {
        #[arg(value_enum, value_name = "USE")]
        use_for: UseWord,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum UseWord {
    Sealing,
    Cookie,
    Decoy,
    Audit,
}

#[derive(Debug, Subcommand)]
pub enum Admin {
    /// Create, disable and list accounts
    #[command(subcommand)]
    Account(Account),
    /// Passkeys of an account: how they stand, and an administrator's word on that
    #[command(subcommand)]
    Passkey(Passkey),
    /// Which domain passkeys are bound to, and what is to be done before another one counts
    Domain(Domain),
    /// Groups that accounts are in
    #[command(subcommand)]
    Group(Group),
    /// Print a link for another first administrator; every older one is void
    SetupLink {
        /// Why; the audit log keeps it
        #[arg(long)]
        reason: String,
    },
    /// Accept a database that was restored from a backup: nothing issued before now is honoured again
    AcceptRestore,
}

#[derive(Debug, Args)]
pub struct Domain {
    /// The domain to move to; without it, the one that counts
    #[arg(long, value_name = "DOMAIN")]
    pub to: Option<String>,
    /// List who has no passkey for it yet
    #[arg(long)]
    pub list: bool,
}

#[derive(Debug, Subcommand)]
pub enum Passkey {
    /// List the passkeys of an account
    List {
        /// The account's id, username, e-mail address or phone number
        who: String,
    },
    /// Put a passkey on hold: it signs nobody in, and what it opened ends
    Hold {
        /// The account's id, username, e-mail address or phone number
        who: String,
        /// The passkey's id
        which: String,
        /// Why; the audit entry keeps it
        #[arg(long)]
        reason: String,
    },
    /// Set aside what is held against a passkey
    Release {
        /// The account's id, username, e-mail address or phone number
        who: String,
        /// The passkey's id
        which: String,
        /// Why; the audit entry keeps it
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum Group {
    /// Put an account into a group; a group is there as long as somebody is in it
    Join {
        /// The account's id, username, e-mail address or phone number
        who: String,
        /// Small letters, digits and hyphens
        group: String,
    },
    /// Take an account out of a group
    Leave {
        /// The account's id, username, e-mail address or phone number
        who: String,
        group: String,
    },
    /// The groups an account is in
    List {
        /// The account's id, username, e-mail address or phone number
        who: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum Account {
    /// Create an account, named by at least one of username, e-mail address and phone number
    #[command(group = ArgGroup::new("identifier").args(["username", "email", "phone"]).required(true).multiple(true))]
    Create {
        /// The person's name as others see it
        #[arg(long)]
        name: String,
        /// A name of its own, without spaces
        #[arg(long)]
        username: Option<String>,
        /// Where letters go
        #[arg(long, value_name = "ADDRESS")]
        email: Option<String>,
        /// In international form: +49 151 23456789
        #[arg(long, value_name = "NUMBER")]
        phone: Option<String>,
    },
    /// Disable an account: it can no longer be used, anywhere
    Disable {
        /// The account's id, username, e-mail address or phone number
        who: String,
        /// Why; the audit entry keeps it
        #[arg(long)]
        reason: String,
    },
    /// List accounts, oldest first
    List {
        #[arg(long, value_enum)]
        state: Option<StateWord>,
        /// Go on after the account with this id
        #[arg(long, value_name = "ID")]
        after: Option<String>,
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(i64).range(1..=200))]
        limit: i64,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum StateWord {
    Active,
    Disabled,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_of_serve_that_is_given_again_takes_the_place_of_the_earlier_one() {
        let typed = ["signet", "serve", "--listen", "127.0.0.1:8080", "--listen", "127.0.0.1:9090"];
        let cli = Cli::try_parse_from(typed).unwrap();
        let Command::Serve(serve) = cli.command else { panic!("{:?}", cli.command) };
        assert_eq!(serve.listen.as_deref(), Some("127.0.0.1:9090"));
    }
}
