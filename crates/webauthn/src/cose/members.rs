use crate::Refusal;
use crate::cbor::Reader;
use crate::refusal::{Place, PublicKey as Reason};

/// The members of a key, by label. Each is taken once, and in the end none may be left.
pub(super) struct Members<'a>([Option<(i64, Value<'a>)>; MOST]);

/// A key on an elliptic curve has five members; none has more.
const MOST: usize = 5;

#[derive(Clone, Copy)]
enum Value<'a> {
    Integer(i64),
    Bytes(&'a [u8]),
    Other,
}

impl<'a> Members<'a> {
    pub(super) fn read(cose: &'a [u8]) -> Result<Self, Refusal> {
        let mut from = Reader::new(Place::PublicKey, cose);
        // Once as a whole: well-formed to its end, no label twice.
        let mut whole = from.clone();
        whole.whole_map()?;
        whole.end()?;
        let mut members = Self([None; MOST]);
        let count = from.map()?;
        let places = members.0.get_mut(..count).ok_or(Reason::Member)?;
        for place in places {
            let Value::Integer(label) = Value::read(from.item()?) else { return Err(Reason::Member.into()) };
            *place = Some((label, Value::read(from.item()?)));
        }
        Ok(members)
    }

    pub(super) fn integer(&mut self, label: i64) -> Result<i64, Reason> {
        match self.take(label) {
            Some(Value::Integer(number)) => Ok(number),
            _ => Err(Reason::Member),
        }
    }

    pub(super) fn bytes(&mut self, label: i64) -> Result<&'a [u8], Reason> {
        match self.take(label) {
            Some(Value::Bytes(bytes)) => Ok(bytes),
            _ => Err(Reason::Member),
        }
    }

    pub(super) fn end(&self) -> Result<(), Reason> {
        if self.0.iter().all(Option::is_none) { Ok(()) } else { Err(Reason::Member) }
    }

    fn take(&mut self, wanted: i64) -> Option<Value<'a>> {
        let holds = |place: &&mut Option<(i64, Value<'_>)>| place.as_ref().is_some_and(|(label, _)| *label == wanted);
        self.0.iter_mut().find(holds).and_then(Option::take).map(|(_, value)| value)
    }
}

impl<'a> Value<'a> {
    fn read(item: &'a [u8]) -> Self {
        let reader = || Reader::new(Place::PublicKey, item);
        let integer = reader().integer().map(Self::Integer);
        integer.or_else(|_| reader().bytes().map(Self::Bytes)).unwrap_or(Self::Other)
    }
}
