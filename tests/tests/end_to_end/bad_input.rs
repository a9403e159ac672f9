//! Bad input of every mutation gets its error, a code and the path of the field, and changes nothing.
//!
//! A table for each mutation: an input that is good, and changes that make it bad, each with the error that it must get.
//! After each, all that the people concerned have in all five databases is as before; in the end the input, unchanged,
//! is taken, so that nothing but the change was refused.

mod accounts;
mod catalogue;
mod mailbox;
mod orders;
mod registration;
mod roles;
mod sagas;
mod sessions;
mod table;
