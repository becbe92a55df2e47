//! Ceremonies in figures: how many began, how they ended, and what went wrong on the way.
//!
//! Every label is a word from a list of ours, whatever a stranger sends. A ceremony that began, and neither ended here
//! nor was reported by its browser, never came back: the difference says how many.

use metrics::counter;
use serde::Deserialize;
use utoipa::ToSchema;
use webauthn::{Mediation, provider};

use crate::device::Program;
use crate::problem::Problem;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ceremony {
    SignIn,
    StepUp,
    SignUp,
    Setup,
    AddPasskey,
}

impl Ceremony {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::StepUp => "step_up",
            Self::SignUp => "sign_up",
            Self::Setup => "setup",
            Self::AddPasskey => "add_passkey",
        }
    }
}

/// How far it had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Phase {
    /// The page asked us for options, or was about to.
    Begin,
    /// The browser asked an authenticator.
    Ask,
    /// The answer was on its way to us.
    Finish,
}

impl Phase {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Begin => "begin",
            Self::Ask => "ask",
            Self::Finish => "finish",
        }
    }
}

/// The model of a passkey, from a record that the ceremony proved; never from what somebody only says.
pub(crate) type Model = Option<[u8; 16]>;

pub(crate) fn begun(ceremony: Ceremony, mediation: Option<Mediation>) {
    counter!("signet_ceremonies_begun_total", "ceremony" => ceremony.as_str(), "mediation" => asked(mediation))
        .increment(1);
}

/// It came back, and this is what became of it.
pub(crate) fn ended<T>(
    (ceremony, mediation): (Ceremony, Option<Mediation>),
    program: Program,
    outcome: Result<T, (Problem, Model)>,
) -> Result<T, Problem> {
    let word = outcome.as_ref().map_or_else(|(problem, _)| problem.slug(), |_| "done");
    let labels = [("ceremony", ceremony.as_str()), ("mediation", asked(mediation)), ("outcome", word)];
    counter!("signet_ceremonies_ended_total", &labels).increment(1);
    outcome.map_err(|(problem, model)| {
        error(word, Phase::Finish, program, model);
        problem
    })
}

/// A ceremony went wrong. `code` is a word of ours.
pub(crate) fn error(code: &'static str, phase: Phase, program: Program, model: Model) {
    counter!(
        "signet_ceremony_errors_total",
        "code" => code,
        "phase" => phase.as_str(),
        "browser" => program.browser.unwrap_or("other"),
        "os" => program.system.unwrap_or("other"),
        "aaguid" => shown(model)
    )
    .increment(1);
}

fn asked(mediation: Option<Mediation>) -> &'static str {
    match mediation {
        None | Some(Mediation::Modal) => "modal",
        Some(Mediation::Conditional) => "conditional",
    }
}

/// As it is written everywhere. One whose maker nobody knows may be anybody's invention: those share a word.
fn shown(model: Model) -> String {
    let Some(aaguid) = model else { return "unknown".to_owned() };
    if provider::name(&aaguid).is_none() {
        return "other".to_owned();
    }
    let digits: String = aaguid.iter().map(|byte| format!("{byte:02x}")).collect();
    let ends = [8, 12, 16, 20, 32];
    let begins = std::iter::once(0).chain(ends);
    let groups = begins.zip(ends).filter_map(|(from, to)| digits.get(from..to));
    groups.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_named_where_its_maker_is_known() {
        assert_eq!(shown(None), "unknown");
        assert_eq!(shown(Some([0; 16])), "other");
        assert_eq!(shown(Some([7; 16])), "other");
        assert_eq!(shown(Some(*b"ProtonPassProton")), "50726f74-6f6e-5061-7373-50726f746f6e");
    }
}
