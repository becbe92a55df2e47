//! The JSON in which a browser answers, as far as both ceremonies share it.

use serde_json::{Map, Value};

use crate::authenticator_data::LONGEST_CREDENTIAL_ID;
use crate::credential::PUBLIC_KEY;
use crate::refusal::{Answer as Reason, Flaw, Member};
use crate::{Attachment, Refusal, base64url};

pub(crate) struct Envelope<'a> {
    pub(crate) raw_id: Vec<u8>,
    pub(crate) response: Object<'a>,
    pub(crate) attachment: Option<Attachment>,
    /// What the browser, not the authenticator, says of extensions. No signature covers it.
    pub(crate) extensions: Option<&'a Map<String, Value>>,
}

/// An object of the answer; whatever else stands in it is passed over.
#[derive(Clone, Copy)]
pub(crate) struct Object<'a>(&'a Map<String, Value>);

impl<'a> Envelope<'a> {
    // SPEC: WebAuthn-3 §5.1 (RegistrationResponseJSON, AuthenticationResponseJSON), §7.1 and §7.2 steps 3 and 4.
    pub(crate) fn open(json: &'a Value) -> Result<Self, Refusal> {
        let answer = Object(json.as_object().ok_or(Reason::NotAnObject)?);
        let raw_id = answer.bytes(Member::RawId, LONGEST_CREDENTIAL_ID)?;
        if answer.bytes(Member::Id, LONGEST_CREDENTIAL_ID)? != raw_id {
            return Err(Reason::IdDiffers.into());
        }
        if answer.text(Member::Type)? != PUBLIC_KEY {
            return Err(Reason::NotAPublicKey.into());
        }
        Ok(Self {
            raw_id,
            response: answer.object(Member::Response)?.ok_or(Refusal::Member(Member::Response, Flaw::Missing))?,
            attachment: answer.optional_text(Member::Attachment)?.and_then(Attachment::parse),
            extensions: answer.object(Member::Extensions)?.map(|object| object.0),
        })
    }
}

impl<'a> Object<'a> {
    /// 1 to `longest` bytes.
    pub(crate) fn bytes(self, member: Member, longest: usize) -> Result<Vec<u8>, Refusal> {
        read_bytes(self.text(member)?, member, longest)
    }

    /// The same, or nothing. An empty text is nothing too: some browsers have written an absent user handle so.
    pub(crate) fn optional_bytes(self, member: Member, longest: usize) -> Result<Option<Vec<u8>>, Refusal> {
        let text = self.optional_text(member)?.filter(|text| !text.is_empty());
        text.map(|text| read_bytes(text, member, longest)).transpose()
    }

    /// The texts of a list; none, if there is no list.
    pub(crate) fn texts(self, member: Member) -> Result<Vec<&'a str>, Refusal> {
        let wrong = Refusal::Member(member, Flaw::WrongType);
        let Some(value) = self.0.get(member.key()) else { return Ok(Vec::new()) };
        value.as_array().ok_or(wrong)?.iter().map(|item| item.as_str().ok_or(wrong)).collect()
    }

    fn text(self, member: Member) -> Result<&'a str, Refusal> {
        let value = self.0.get(member.key()).ok_or(Refusal::Member(member, Flaw::Missing))?;
        value.as_str().ok_or(Refusal::Member(member, Flaw::WrongType))
    }

    fn optional_text(self, member: Member) -> Result<Option<&'a str>, Refusal> {
        match self.0.get(member.key()) {
            None | Some(Value::Null) => Ok(None),
            Some(_) => self.text(member).map(Some),
        }
    }

    fn object(self, member: Member) -> Result<Option<Self>, Refusal> {
        let as_object = |value: &'a Value| value.as_object().ok_or(Refusal::Member(member, Flaw::WrongType));
        self.0.get(member.key()).map(as_object).transpose().map(|object| object.map(Self))
    }
}

fn read_bytes(text: &str, member: Member, longest: usize) -> Result<Vec<u8>, Refusal> {
    if text.is_empty() || text.len() > base64url::text_length(longest) {
        return Err(Refusal::Member(member, Flaw::Length));
    }
    base64url::decode(text).ok_or(Refusal::Member(member, Flaw::NotBase64url))
}
