//! Why the program ends early: words for people, and the exit status.

/// An early end.
#[derive(Debug)]
pub struct Stop {
    pub says: String,
    pub status: u8,
}

impl Stop {
    /// The command was called wrongly.
    pub fn usage(says: impl Into<String>) -> Stop {
        Stop { says: says.into(), status: 2 }
    }

    /// It could not be done.
    pub fn failed(says: impl Into<String>) -> Stop {
        Stop { says: says.into(), status: 3 }
    }
}
