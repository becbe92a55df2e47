//! Sign-up: anybody makes an account for themselves, where that is open.

use webauthn::registration::Options;

use crate::ceremony::{Begun, Binding, Denied, Finish};
use crate::enrolment::{Door, Way};
use crate::session::NewSession;
use crate::site::SignUps;
use crate::{App, Ctx, Decided};

pub use crate::enrolment::{Newcomer, Refusal};

pub struct SignUp<'a>(&'a App);

impl App {
    pub fn sign_up(&self) -> SignUp<'_> {
        SignUp(self)
    }
}

impl SignUp<'_> {
    pub fn is_open(&self) -> bool {
        self.0.site.sign_ups == SignUps::Open
    }

    pub async fn begin(&self, ctx: &Ctx, binding: Binding, newcomer: Newcomer) -> Decided<Begun<Options>, Refusal> {
        let begun = if self.is_open() {
            self.0.begin_enrolment(ctx, binding, (newcomer, Way::SignUp)).await
        } else {
            Ok(Err(Denied::closed()))
        };
        self.0.counted(ctx, begun)
    }

    pub async fn finish(&self, ctx: &Ctx, finish: Finish) -> Decided<NewSession, Refusal> {
        let finished = if self.is_open() {
            self.0.finish_enrolment(ctx, finish, Door::SignUp).await
        } else {
            Ok(Err(Denied::closed()))
        };
        self.0.counted(ctx, finished)
    }
}
