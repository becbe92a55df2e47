//! What is to be fuzzed, and for how long.

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) targets: Vec<String>,
    /// For each target.
    pub(super) seconds: u64,
}

const SECONDS: u64 = 60;

impl Wish {
    pub(super) fn read(args: &[String], known: &[String]) -> Result<Self, String> {
        let mut wish = Self { targets: known.to_vec(), seconds: SECONDS };
        for arg in args {
            match arg.split_once('=') {
                Some(("TIME" | "ONLY", "")) => {}
                Some(("TIME", time)) => wish.seconds = seconds(time)?,
                Some(("ONLY", target)) if known.iter().any(|known| known == target) => {
                    wish.targets = vec![target.to_owned()];
                }
                Some(("ONLY", other)) => {
                    return Err(format!("There is no target `{other}`; the targets are {}.", known.join(", ")));
                }
                _ => return Err(format!("`{arg}` is not understood: cargo xtask fuzz [TIME=seconds] [ONLY=target]")),
            }
        }
        Ok(wish)
    }
}

/// Zero would be without end.
fn seconds(time: &str) -> Result<u64, String> {
    let seconds = time.parse().ok().filter(|seconds| *seconds > 0);
    seconds.ok_or_else(|| format!("`TIME={time}` is no number of seconds."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(args: &[&str]) -> Result<(Vec<String>, u64), String> {
        let args: Vec<String> = args.iter().map(|arg| (*arg).into()).collect();
        Wish::read(&args, &["cbor".into(), "chain".into()]).map(|wish| (wish.targets, wish.seconds))
    }

    #[test]
    fn nothing_said_is_every_target_for_a_minute() {
        let everything = Ok((vec!["cbor".into(), "chain".into()], 60));
        assert_eq!(read(&[]), everything);
        assert_eq!(read(&["TIME=", "ONLY="]), everything);
    }

    #[test]
    fn one_target_and_another_time() {
        assert_eq!(read(&["ONLY=chain", "TIME=5"]), Ok((vec!["chain".into()], 5)));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        assert_eq!(read(&["ONLY=chains"]), Err("There is no target `chains`; the targets are cbor, chain.".into()));
        assert_eq!(read(&["TIME=0"]), Err("`TIME=0` is no number of seconds.".into()));
        assert!(read(&["TIME=1h"]).is_err());
        assert!(read(&["chain"]).unwrap_err().contains("cargo xtask fuzz"));
    }
}
