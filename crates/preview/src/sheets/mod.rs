//! Workbooks, and tables as text.

pub(crate) mod biff;
pub(crate) mod csv;
pub(crate) mod numfmt;
pub(crate) mod odf;
mod store;
pub(crate) mod xls;
pub(crate) mod xlsb;
pub(crate) mod xlsx;
pub(crate) mod xml2003;
