//! Reads one account and Region into a snapshot.
