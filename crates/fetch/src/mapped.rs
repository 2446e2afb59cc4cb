//! A small internet for tests: public names and addresses that lead to servers on this computer. Builds without debug assertions know
//! nothing of it.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

/// Answers to names, and where connections to addresses go. The guard checks the answers as ever; only a connection that it permits is
/// led elsewhere.
///
/// As text, parts between semicolons: `name=address,address` is what a name is answered with, `name=address|address` answers one after
/// the other (the last one stays), and `address:port=address:port` where a connection goes. Names that are not in it are not found;
/// addresses that are not in it are connected to.
#[derive(Debug, Default)]
pub struct Map {
    leads: HashMap<SocketAddr, SocketAddr>,
    names: Mutex<HashMap<String, VecDeque<Vec<IpAddr>>>>,
    asked: Mutex<Asked>,
}

/// What was asked of a [`Map`], in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Names that were looked up.
    pub names: Vec<String>,
    /// Checked addresses that were connected to.
    pub connections: Vec<SocketAddr>,
}

impl FromStr for Map {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut map = Self::default();
        let mut names = HashMap::new();
        for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
            let wrong = || format!("not of a map: {part}");
            let (from, to) = part.split_once('=').ok_or_else(wrong)?;
            if let Ok(address) = from.parse() {
                map.leads.insert(address, to.parse().map_err(|_| wrong())?);
            } else {
                let one = |answer: &str| answer.split(',').map(str::parse).collect::<Result<_, _>>();
                let answers = to.split('|').map(one).collect::<Result<_, _>>().map_err(|_| wrong())?;
                names.insert(from.to_owned(), answers);
            }
        }
        map.names = Mutex::new(names);
        Ok(map)
    }
}

impl Map {
    pub(crate) fn look_up(&self, name: &str) -> Vec<IpAddr> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).names.push(name.to_owned());
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(answers) = names.get_mut(name) else { return Vec::new() };
        let next = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        next.unwrap_or_default()
    }

    pub(crate) fn lead(&self, checked: SocketAddr) -> SocketAddr {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).connections.push(checked);
        self.leads.get(&checked).copied().unwrap_or(checked)
    }

    pub(crate) fn asked(&self) -> Asked {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
