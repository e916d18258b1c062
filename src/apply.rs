//! Carries a plan out by the claims protocol.
