//! Whole documents through the library: those that mean harm, those of a corpus, and both after accidents.

#![expect(clippy::print_stdout, reason = "what was read, and what was not there to be read")]
#![expect(clippy::unwrap_used, reason = "a test that cannot read its documents has failed")]

mod corpus;
mod files;
mod floods;
mod hostile;
mod made;
mod mutate;
mod mutations;
mod trial;
