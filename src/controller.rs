//! Watches, reconciles, shuts down.
