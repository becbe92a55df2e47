/// Randomness from the cryptography library, which draws it from the kernel.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemEntropy;

impl app::Entropy for SystemEntropy {
    /// INVARIANT (entropy): a process that cannot draw randomness ends. Going on with zeros would be worse than
    /// anything an outage can do.
    #[expect(clippy::disallowed_methods, reason = "this is where randomness enters, or the process ends")]
    fn fill(&self, bytes: &mut [u8]) {
        if aws_lc_rs::rand::fill(bytes).is_err() {
            std::process::abort();
        }
    }
}
