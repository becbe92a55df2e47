use std::sync::atomic::{AtomicU64, Ordering::SeqCst};

use aws_lc_rs::digest::{SHA256, digest};

/// Bytes that repeat: SHA-256 over a seed and a counter. Two seeds never meet.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    drawn: AtomicU64,
}

impl SeededEntropy {
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: AtomicU64::new(0) }
    }
}

impl app::Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        for chunk in bytes.chunks_mut(32) {
            let number = self.drawn.fetch_add(1, SeqCst);
            let block = digest(&SHA256, &[self.seed.to_be_bytes(), number.to_be_bytes()].concat());
            chunk.copy_from_slice(&block.as_ref()[..chunk.len()]);
        }
    }
}
