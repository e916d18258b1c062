//! Credentials, clients, budgets and errors of the AWS APIs.
