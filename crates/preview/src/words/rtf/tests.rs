//! Whole documents: what is written and what is shown.
