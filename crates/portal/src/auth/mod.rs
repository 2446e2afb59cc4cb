//! Who is asking: passwords, tokens, cookies.

pub mod cookies;
pub mod credentials;
pub mod password;
pub mod sign_ins;

pub use credentials::{Credentials, Guest, SessionCaller, SignedIn};
pub use password::Passwords;
pub use sign_ins::{SignIn, SignIns};
