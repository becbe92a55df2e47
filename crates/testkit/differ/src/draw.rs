use aws_lc_rs::digest::{SHA256, digest};

/// Choices that a seed makes: the same seed and number make the same ones, whatever was drawn for other numbers.
pub(crate) struct Draw {
    seed: [u8; 16],
    drawn: u64,
}

impl Draw {
    pub(crate) fn new(seed: u64, number: usize) -> Draw {
        Draw { seed: (u128::from(seed) << 64 | number as u128).to_be_bytes(), drawn: 0 }
    }

    pub(crate) fn bytes(&mut self) -> [u8; 32] {
        self.drawn += 1;
        let block = digest(&SHA256, &[self.seed.as_slice(), &self.drawn.to_be_bytes()].concat());
        block.as_ref().try_into().expect("32 bytes")
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        let [a, b, c, d, ..] = self.bytes();
        u32::from_be_bytes([a, b, c, d]) as usize % limit
    }

    pub(crate) fn one_of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }

    pub(crate) fn in_percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}
