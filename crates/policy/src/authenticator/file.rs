//! Rules as an administrator writes them: TOML.

use std::fmt;

use serde::Deserialize;
use vocab::{Aaguid, Label, Level};

use super::{Admission, AskedOfMakers, OwnModel, Revocations, Rule, Rules, Whom};
use crate::{Consequence, Regression, Regressions};

/// What is wrong with a text of rules, in a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable(String);

/// Nobody writes more; a node reads them often.
const LONGEST: usize = 120 << 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    rules: Vec<Written>,
    #[serde(default)]
    models: Vec<WrittenModel>,
    #[serde(default)]
    revocations: Vec<WrittenRevocations>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRevocations {
    issuer: String,
    list: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    name: String,
    #[serde(rename = "for")]
    whom: Vec<String>,
    attestation: Option<String>,
    #[serde(default)]
    allow: Vec<String>,
    #[serde(default)]
    deny: Vec<String>,
    level: Option<String>,
    #[serde(default)]
    hardware_bound: bool,
    unknown: Option<String>,
    retired: Option<String>,
    breach: Option<String>,
    unfit: Option<String>,
    #[serde(default)]
    regression: WrittenRegressions,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct WrittenRegressions {
    synced: Option<String>,
    one_device: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenModel {
    aaguid: String,
    name: String,
    level: Option<String>,
    #[serde(default)]
    hardware: bool,
    #[serde(default)]
    roots: String,
}

impl Rules {
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        if text.len() > LONGEST {
            return Err(Unreadable("the rules are longer than 120 KiB".to_owned()));
        }
        let file: File = toml::from_str(text).map_err(|error| Unreadable(error.to_string()))?;
        let rules: Vec<Rule> = file.rules.into_iter().map(Written::read).collect::<Result<_, _>>()?;
        let models: Vec<OwnModel> = file.models.into_iter().map(WrittenModel::read).collect::<Result<_, _>>()?;
        let is_for_everyone = |rule: &Rule| rule.whom.contains(&Whom::Everyone);
        if let Some([_, unreached, ..]) = rules.iter().position(is_for_everyone).and_then(|first| rules.get(first..)) {
            return Err(unreached.wrong("it comes after one for everyone, and would never count"));
        }
        let named_twice = |(at, rule): (usize, &Rule)| rules.iter().skip(at + 1).any(|other| other.name == rule.name);
        if let Some((_, rule)) = rules.iter().enumerate().find(|each| named_twice(*each)) {
            return Err(rule.wrong("another one has this name"));
        }
        let twice =
            |(at, model): (usize, &OwnModel)| models.iter().skip(at + 1).any(|other| other.aaguid == model.aaguid);
        if let Some((_, model)) = models.iter().enumerate().find(|each| twice(*each)) {
            return Err(Unreadable(format!("model {} is described twice", model.aaguid)));
        }
        let revocations =
            file.revocations.into_iter().map(|WrittenRevocations { issuer, list }| Revocations { issuer, list });
        Ok(Self { rules, models, revocations: revocations.collect() })
    }
}

impl Written {
    fn read(self) -> Result<Rule, Unreadable> {
        let name = self.name.clone();
        let wrong = |what: String| Unreadable(format!("rule “{name}”: {what}"));
        let aaguids = |texts: &[String]| {
            let read = |text: &String| text.parse().map_err(|why| wrong(format!("“{text}”: {why}")));
            texts.iter().map(read).collect::<Result<Vec<Aaguid>, _>>()
        };
        let rule = Rule {
            whom: self.whom.iter().map(|word| whom(word).map_err(&wrong)).collect::<Result<_, _>>()?,
            asked: self
                .attestation
                .as_deref()
                .map(|said| one_of("attestation", said, &ASKED))
                .transpose()
                .map_err(&wrong)?,
            allow: aaguids(&self.allow)?,
            deny: aaguids(&self.deny)?,
            at_least: level(self.level.as_deref()).map_err(&wrong)?,
            is_hardware_bound: self.hardware_bound,
            unknown: word("unknown", &self.unknown, &ENTRIES).map_err(&wrong)?,
            retired: word("retired", &self.retired, &ENTRIES).map_err(&wrong)?,
            breach: word("breach", &self.breach, &CONSEQUENCES).map_err(&wrong)?,
            unfit: word("unfit", &self.unfit, &CONSEQUENCES).map_err(&wrong)?,
            regressions: self.regression.read().map_err(&wrong)?,
            name: self.name,
        };
        if rule.whom.is_empty() {
            return Err(rule.wrong("it is for nobody"));
        }
        if rule.asked == Some(AskedOfMakers::None) && rule.asks_for_makers() {
            return Err(rule.rests_on_makers());
        }
        Ok(rule)
    }
}

impl Rule {
    /// It demands what only makers could tell, and none is asked.
    pub fn rests_on_makers(&self) -> Unreadable {
        self.wrong("it rests on what makers say, and none of them is asked: attestation = \"direct\" asks them")
    }

    fn wrong(&self, what: &str) -> Unreadable {
        Unreadable(format!("rule “{}”: {what}", self.name))
    }
}

impl WrittenRegressions {
    fn read(&self) -> Result<Regressions, String> {
        let default = Regressions::default();
        let of = |name, said: &Option<String>, default| match said {
            None => Ok(default),
            Some(_) => word(name, said, &REGRESSIONS),
        };
        Ok(Regressions {
            synced: of("regression.synced", &self.synced, default.synced)?,
            one_device: of("regression.one_device", &self.one_device, default.one_device)?,
        })
    }
}

impl WrittenModel {
    fn read(self) -> Result<OwnModel, Unreadable> {
        let wrong = |what: String| Unreadable(format!("model “{}”: {what}", self.name));
        let aaguid: Aaguid = self.aaguid.parse().map_err(|why| wrong(format!("“{}”: {why}", self.aaguid)))?;
        if aaguid == Aaguid::UNTOLD {
            return Err(wrong("zeros are the AAGUID of all that do not say".to_owned()));
        }
        let level = level(self.level.as_deref()).map_err(wrong)?;
        Ok(OwnModel { aaguid, level, is_hardware: self.hardware, name: self.name, roots: self.roots })
    }
}

fn whom(word: &str) -> Result<Whom, String> {
    match word.strip_prefix("group:") {
        Some(group) => match Label::parse(group) {
            Ok(group) => Ok(Whom::Group(group.as_str().to_owned())),
            Err(why) => Err(format!("“{word}”: {why}")),
        },
        None => match word {
            "everyone" => Ok(Whom::Everyone),
            "person" | "owner" => Ok(Whom::Role(word.to_owned())),
            _ => Err(format!("“{word}” is neither everyone nor a role (person, owner) nor group:NAME")),
        },
    }
}

const ASKED: [(&str, AskedOfMakers); 3] =
    [("none", AskedOfMakers::None), ("direct", AskedOfMakers::Direct), ("enterprise", AskedOfMakers::Enterprise)];
const ENTRIES: [(&str, Admission); 3] =
    [("allow", Admission::Allow), ("quarantine", Admission::Quarantine), ("deny", Admission::Deny)];
const CONSEQUENCES: [(&str, Consequence); 3] =
    [("flag", Consequence::Flag), ("doubt", Consequence::Doubt), ("suspend", Consequence::Suspend)];
const REGRESSIONS: [(&str, Regression); 5] = [
    ("accept", Regression::Accept),
    ("flag", Regression::And(Consequence::Flag)),
    ("doubt", Regression::And(Consequence::Doubt)),
    ("suspend", Regression::And(Consequence::Suspend)),
    ("deny", Regression::Deny),
];

/// The default where nothing is said.
fn word<T: Copy + Default>(name: &str, said: &Option<String>, words: &[(&str, T)]) -> Result<T, String> {
    said.as_deref().map_or_else(|| Ok(T::default()), |said| one_of(name, said, words))
}

fn one_of<T: Copy>(name: &str, said: &str, words: &[(&str, T)]) -> Result<T, String> {
    let found = words.iter().find(|(word, _)| *word == said).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        format!("{name} = “{said}” is none of {}", words.join(", "))
    })
}

fn level(said: Option<&str>) -> Result<Option<Level>, String> {
    let Some(said) = said else { return Ok(None) };
    Level::parse(said).map(Some).ok_or_else(|| format!("level = “{said}” is none of L1, L1+, L2, L2+, L3, L3+"))
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unreadable {}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"
        [[rules]]
        name = "Owners"
        for = ["owner", "group:ledger"]
        attestation = "direct"
        allow = ["2fc0579f-8113-47ea-b116-bb5a8db9202a"]
        deny = ["cb69481e-8ff7-4039-93ec-0a2729a154a8"]
        level = "L2+"
        hardware_bound = true
        unknown = "quarantine"
        retired = "deny"
        breach = "suspend"
        unfit = "doubt"
        regression = { synced = "flag", one_device = "suspend" }

        [[rules]]
        name = "Everyone"
        for = ["everyone"]

        [[models]]
        aaguid = "00000000-0000-0000-0000-000000000001"
        name = "House key"
        level = "L1"
        hardware = true
    "#;

    #[test]
    fn every_word_of_the_rules_is_read() {
        let rules = Rules::read(WHOLE).unwrap();
        let [owners, everyone] = &rules.rules[..] else { panic!("{rules:?}") };
        assert_eq!(owners.whom, [Whom::Role("owner".to_owned()), Whom::Group("ledger".to_owned())]);
        assert_eq!((owners.asked, owners.at_least), (Some(AskedOfMakers::Direct), Some(Level::L2Plus)));
        assert_eq!((owners.allow.len(), owners.deny.len(), owners.is_hardware_bound), (1, 1, true));
        assert_eq!((owners.unknown, owners.retired), (Admission::Quarantine, Admission::Deny));
        assert_eq!((owners.breach, owners.unfit), (Consequence::Suspend, Consequence::Doubt));
        assert_eq!(owners.regressions.synced, Regression::And(Consequence::Flag));
        assert_eq!(owners.regressions.one_device, Regression::And(Consequence::Suspend));
        assert_eq!(*everyone, Rule { name: "Everyone".to_owned(), whom: vec![Whom::Everyone], ..Rule::default() });
        assert_eq!(rules.models[0].name, "House key");
        assert_eq!(Rules::read(""), Ok(Rules::default()));
    }

    #[test]
    fn what_is_wrong_is_said_in_a_sentence() {
        let rule = |line: &str| format!("[[rules]]\nname = \"A\"\nfor = [\"everyone\"]\n{line}\n");
        for (text, sentence) in [
            (rule("unknown = \"maybe\""), "rule “A”: unknown = “maybe” is none of allow, quarantine, deny"),
            (rule("level = \"L9\""), "rule “A”: level = “L9” is none of L1, L1+, L2, L2+, L3, L3+"),
            (
                rule("attestation = \"none\"\nlevel = \"L1\""),
                "rule “A”: it rests on what makers say, and none of them is asked: attestation = \"direct\" asks them",
            ),
            (
                rule("deny = [\"x\"]"),
                "rule “A”: “x”: this is not an AAGUID such as 2fc0579f-8113-47ea-b116-bb5a8db9202a",
            ),
            ("[[rules]]\nname = \"A\"\nfor = []".to_owned(), "rule “A”: it is for nobody"),
            (
                "[[rules]]\nname = \"A\"\nfor = [\"king\"]".to_owned(),
                "rule “A”: “king” is neither everyone nor a role (person, owner) nor group:NAME",
            ),
            (
                format!("{}{}", rule(""), rule("").replace("\"A\"", "\"B\"")),
                "rule “B”: it comes after one for everyone, and would never count",
            ),
            (
                "[[models]]\naaguid = \"00000000-0000-0000-0000-000000000000\"\nname = \"B\"".to_owned(),
                "model “B”: zeros are the AAGUID of all that do not say",
            ),
        ] {
            assert_eq!(Rules::read(&text).unwrap_err().to_string(), sentence);
        }
        assert!(Rules::read(&rule("nonsense = 1")).unwrap_err().to_string().contains("unknown field `nonsense`"));
        assert!(Rules::read(&"#".repeat(LONGEST + 1)).is_err());
    }
}
