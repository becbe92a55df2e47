//! A value as a source gave it, before anyone knows what it means.

use toml::de::DeValue;

/// No `Debug`: it may hold a secret.
#[derive(Clone)]
pub(super) enum Raw {
    Nothing,
    /// From the environment, a flag or the defaults, where everything is words.
    Words(String),
    /// From the file, where kinds are told apart.
    Text(String),
    Number(i64),
    Switch(bool),
    List(Vec<Raw>),
    /// A kind that no setting takes.
    Other(&'static str),
}

impl Raw {
    pub(super) fn from_toml(value: &DeValue<'_>) -> Self {
        match value {
            DeValue::String(text) => Self::Text(text.clone().into_owned()),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Self::Number(number),
                Err(_) => Self::Other("a number too large"),
            },
            DeValue::Float(_) => Self::Other("a number with a fraction"),
            DeValue::Boolean(switch) => Self::Switch(*switch),
            DeValue::Datetime(_) => Self::Other("a date"),
            DeValue::Array(items) => Self::List(items.iter().map(|item| Self::from_toml(item.get_ref())).collect()),
            DeValue::Table(_) => Self::Other("a section"),
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Words(text) | Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn number(&self) -> Option<i64> {
        match self {
            Self::Words(words) if words.bytes().all(|b| b.is_ascii_digit()) => words.parse().ok(),
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn switch(&self) -> Option<bool> {
        match self {
            Self::Words(words) => words.parse().ok(),
            Self::Switch(switch) => Some(*switch),
            _ => None,
        }
    }

    /// The items of a list; in words they stand between commas.
    pub(super) fn list(&self) -> Option<Vec<Raw>> {
        match self {
            Self::Words(words) if words.trim().is_empty() => Some(Vec::new()),
            Self::Words(words) => Some(words.split(',').map(|item| Self::Words(item.trim().to_owned())).collect()),
            Self::List(items) => Some(items.clone()),
            _ => None,
        }
    }

    /// As an error names it. Quoted and escaped: it may hold anything.
    pub(super) fn found(&self) -> String {
        match self {
            Self::Nothing => "nothing".to_owned(),
            Self::Words(text) | Self::Text(text) => format!("{:?}", shortened(text)),
            Self::Number(number) => number.to_string(),
            Self::Switch(switch) => switch.to_string(),
            Self::List(_) => "a list".to_owned(),
            Self::Other(kind) => (*kind).to_owned(),
        }
    }

    /// As an explanation shows it: one line, whatever it holds.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Nothing => "none".to_owned(),
            Self::Words(text) | Self::Text(text) if text.is_empty() => "none".to_owned(),
            Self::Words(text) | Self::Text(text) if !text.contains(char::is_control) => text.clone(),
            Self::List(items) if items.is_empty() => "none".to_owned(),
            Self::List(items) => items.iter().map(Self::shown).collect::<Vec<_>>().join(", "),
            other => other.found(),
        }
    }
}

const LONGEST_SHOWN: usize = 80;

fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST_SHOWN {
        return text.to_owned();
    }
    text.chars().take(LONGEST_SHOWN).chain("…".chars()).collect()
}
