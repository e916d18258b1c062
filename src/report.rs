//! Status, conditions and events.
