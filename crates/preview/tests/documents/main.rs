//! Whole documents through the library: those that mean harm, those of a corpus, and both after accidents.

mod corpus;
mod files;
mod hostile;
mod made;
mod mutate;
mod mutations;
mod trial;
