//! What is found on each flow and what is planned for it, by statement.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod accounts;
mod acls;
mod admission;
mod bounds;
mod claims;
mod clients;
mod disagreements;
mod endpoints;
mod generated;
mod groups;
mod guardrails;
mod internet;
mod laws;
mod life;
mod net;
mod notes;
mod on_premises;
mod other_vpc;
mod proxy;
mod remedies;
mod room;
mod routes;
mod second_opinion;
mod shapes;
mod transit;
mod unread;
mod walked;
mod world;
