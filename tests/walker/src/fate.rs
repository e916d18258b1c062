//! What becomes of a connection.

use std::net::IpAddr;

/// One walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// How it ends.
    pub fate: Fate,
    /// The hops on it that nobody sees through.
    pub hidden: Vec<String>,
    /// The gates that it passed, in words.
    pub trail: Vec<String>,
}

/// How a walk ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The server gets the packet, and the client the answer.
    Arrives {
        /// The source as the server sees it.
        seen: IpAddr,
    },
    /// The packet leaves for where nothing was read, and an answer from there reaches the client.
    Leaves {
        /// The gateway, connection or interface by which it leaves.
        at: String,
        /// The source as the far side sees it.
        seen: IpAddr,
    },
    /// The packet, or the answer, is dropped.
    Dropped {
        /// The packet or the answer.
        direction: Direction,
        /// The resource that drops it.
        at: String,
        /// Why.
        why: &'static str,
    },
    /// What decides was not read.
    NotKnown {
        /// The call that would tell, or the resource that no answer has.
        what: String,
    },
}

/// Which packet of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// The first one, from the client.
    Out,
    /// The answer.
    Back,
}

impl Fate {
    /// Whether nothing that can be seen stops it.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(self, Self::Arrives { .. } | Self::Leaves { .. })
    }
}
