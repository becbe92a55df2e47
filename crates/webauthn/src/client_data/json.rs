//! The JSON of client data. Five members are read, others may stand beside them; a member of the five that stands there
//! twice is refused, because no two readers agree on which of the two counts.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;

use crate::refusal::{ClientData as Reason, Refusal, Signed, Slip};

#[derive(Default)]
pub(super) struct Members {
    pub(super) ceremony: Item,
    pub(super) challenge: Item,
    pub(super) origin: Item,
    pub(super) cross_origin: Item,
    pub(super) top_origin: Item,
}

/// A value, as far as it matters here.
#[derive(Default)]
pub(super) enum Item {
    #[default]
    Absent,
    Text(String),
    Flag(bool),
    Other,
    /// It stands there twice.
    Repeated,
}

pub(super) fn read(text: &str) -> Result<Members, Reason> {
    // Every value is read whatever its type, so only the outermost one can be of another than was wanted.
    serde_json::from_str(text).map_err(|error| match error.classify() {
        Category::Data => Reason::NotAnObject,
        _ => Reason::NotJson,
    })
}

impl Item {
    pub(super) fn text(self, of: Signed) -> Result<Option<String>, Refusal> {
        match self {
            Self::Absent => Ok(None),
            Self::Text(text) => Ok(Some(text)),
            Self::Flag(_) | Self::Other => Err(Refusal::Signed(of, Slip::WrongType)),
            Self::Repeated => Err(Refusal::Signed(of, Slip::Repeated)),
        }
    }

    pub(super) fn flag(self, of: Signed) -> Result<Option<bool>, Refusal> {
        match self {
            Self::Absent => Ok(None),
            Self::Flag(flag) => Ok(Some(flag)),
            Self::Text(_) | Self::Other => Err(Refusal::Signed(of, Slip::WrongType)),
            Self::Repeated => Err(Refusal::Signed(of, Slip::Repeated)),
        }
    }
}

impl Members {
    fn place(&mut self, key: &str) -> Option<&mut Item> {
        match key {
            "type" => Some(&mut self.ceremony),
            "challenge" => Some(&mut self.challenge),
            "origin" => Some(&mut self.origin),
            "crossOrigin" => Some(&mut self.cross_origin),
            "topOrigin" => Some(&mut self.top_origin),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(Object)
    }
}

struct Object;

impl<'de> Visitor<'de> for Object {
    type Value = Members;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let mut members = Members::default();
        while let Some(key) = map.next_key::<String>()? {
            let Some(place) = members.place(&key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let value = map.next_value()?;
            *place = if matches!(place, Item::Absent) { value } else { Item::Repeated };
        }
        Ok(members)
    }
}

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Value)
    }
}

struct Value;

impl<'de> Visitor<'de> for Value {
    type Value = Item;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_str<E>(self, text: &str) -> Result<Item, E> {
        Ok(Item::Text(text.to_owned()))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Item, E> {
        Ok(Item::Flag(flag))
    }

    fn visit_unit<E>(self) -> Result<Item, E> {
        Ok(Item::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Item, E> {
        Ok(Item::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Item, E> {
        Ok(Item::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Item, E> {
        Ok(Item::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Item, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Item::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Item, A::Error> {
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Item::Other)
    }
}
