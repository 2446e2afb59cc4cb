//! The message catalogue of what the desktop itself shows (`ui/messages/desktop.en.json`), beside the user interface's.

use std::collections::HashMap;

/// Sentences by id, with `{places}` for values.
#[derive(Debug, Clone, Default)]
pub struct Words(HashMap<String, String>);

impl Words {
    /// Reads a catalogue: one JSON object of strings.
    ///
    /// # Errors
    /// What is wrong with the JSON.
    pub fn parse(catalogue: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(catalogue).map(Self)
    }

    /// The sentence with its places filled; the id where there is none. Values are put in once: what a value says in braces
    /// stays as it is.
    #[must_use]
    pub fn say(&self, id: &str, values: &[(&str, &str)]) -> String {
        let Some(mut rest) = self.0.get(id).map(String::as_str) else { return id.to_owned() };
        let mut sentence = String::new();
        while let Some((before, name, after)) = next_place(rest) {
            sentence.push_str(before);
            sentence.push_str(values.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value));
            rest = after;
        }
        sentence.push_str(rest);
        sentence
    }

    /// Whether the catalogue has a sentence.
    #[must_use]
    pub fn knows(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }
}

/// The text up to the next place, its name, and what follows.
fn next_place(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_filled_once() {
        let words =
            Words::parse(r#"{"a": "{name} says {text}!", "b": "plain", "c": "open {"}"#).unwrap_or_default();
        assert_eq!(words.say("a", &[("name", "{text}"), ("text", "hi")]), "{text} says hi!");
        assert_eq!(words.say("a", &[]), " says !");
        assert_eq!(words.say("b", &[("name", "x")]), "plain");
        assert_eq!(words.say("c", &[]), "open {");
        assert_eq!(words.say("missing", &[]), "missing");
    }
}
