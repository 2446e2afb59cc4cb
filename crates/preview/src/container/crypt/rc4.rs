//! The stream cipher RC4, which protects nothing any more and is read only.

/// A stream of bytes to be mixed with those of a document.
pub(crate) struct Rc4 {
    state: [u8; 256],
    first: u8,
    second: u8,
}

impl Rc4 {
    /// From a key; without one, nothing useful comes out.
    pub(crate) fn new(key: &[u8]) -> Self {
        let mut state: [u8; 256] = std::array::from_fn(|index| index as u8);
        let mut other = 0_u8;
        for (index, byte) in (0..256).zip(key.iter().cycle()) {
            other = other.wrapping_add(state[index]).wrapping_add(*byte);
            state.swap(index, usize::from(other));
        }
        Self { state, first: 0, second: 0 }
    }

    /// Decrypts bytes in their place.
    pub(crate) fn apply(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            self.first = self.first.wrapping_add(1);
            let one = self.state[usize::from(self.first)];
            self.second = self.second.wrapping_add(one);
            let two = self.state[usize::from(self.second)];
            self.state.swap(usize::from(self.first), usize::from(self.second));
            *byte ^= self.state[usize::from(one.wrapping_add(two))];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_texts_come_out() {
        // The examples that everybody tries it with.
        for (key, text, expected) in [
            ("Key", "Plaintext", "bbf316e8d940af0ad3"),
            ("Wiki", "pedia", "1021bf0420"),
            ("Secret", "Attack at dawn", "45a01f645fc35b383552544b9bf5"),
        ] {
            let mut bytes = text.as_bytes().to_vec();
            Rc4::new(key.as_bytes()).apply(&mut bytes);
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, expected);
        }
    }
}
