//! Bots as those who manage an organisation build them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::{
    AnswerFormat, AttachmentPolicy, BotId, Flow, FlowProblem, Millis, SecretId, SendAttachment, limits,
};

/// A bot in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct BotView {
    pub id: BotId,
    pub name: String,
    pub settings: BotSettings,
    /// Steps of the draft.
    pub steps: u32,
    pub changed_at: Millis,
    /// What customers meet; absent where nothing is published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub published: Option<BotVersion>,
    /// The draft is not what is published.
    pub is_changed: bool,
}

/// What a bot takes and whom it tells, whatever its flow.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(default)]
#[ts(export)]
pub struct BotSettings {
    /// Narrows the organisation's policy, never widens it (rows C13–C15).
    pub limits: BotLimits,
    /// Where files go that come while no technician talks (row C12); absent = nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub email: Option<String>,
}

/// Absent = as the organisation has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(default)]
#[ts(export)]
pub struct BotLimits {
    /// Bytes of one file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub max_bytes: Option<u64>,
    /// Files of one customer in one conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub max_files: Option<u32>,
    /// Extensions in lower case without the dot.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub allowed_types: Option<Vec<String>>,
}

impl BotLimits {
    /// `policy` with these limits in it: of two limits the closer one.
    #[must_use]
    pub fn narrow(&self, policy: AttachmentPolicy) -> AttachmentPolicy {
        let allowed_types = match (policy.allowed_types, &self.allowed_types) {
            (None, types) => types.clone(),
            (types, None) => types,
            (Some(org), Some(bot)) => Some(org.into_iter().filter(|one| bot.contains(one)).collect()),
        };
        AttachmentPolicy {
            stored_max_bytes: policy.stored_max_bytes.min(self.max_bytes.unwrap_or(u64::MAX)),
            max_files: [policy.max_files, self.max_files].into_iter().flatten().min(),
            allowed_types,
            ..policy
        }
    }

    /// The first field whose value is outside its limits, if there is one.
    #[must_use]
    pub fn invalid_field(&self) -> Option<&'static str> {
        let probe = AttachmentPolicy {
            stored_max_bytes: self.max_bytes.unwrap_or(limits::STORED_MAX_BYTES),
            max_files: self.max_files,
            allowed_types: self.allowed_types.clone(),
            ..AttachmentPolicy::default()
        };
        Some(match probe.invalid_field()? {
            "attachments.stored_max_bytes" => "settings.limits.max_bytes",
            "attachments.max_files" => "settings.limits.max_files",
            _ => "settings.limits.allowed_types",
        })
    }
}

/// A flow that was published, and stays as it was then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct BotVersion {
    /// 1, 2, 3 …
    pub version: u32,
    pub at: Millis,
    /// Who published it.
    pub by: String,
}

/// By name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct BotList {
    pub bots: Vec<BotView>,
}

/// A bot as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct BotDetail {
    pub bot: BotView,
    pub draft: Flow,
    /// Counts the saves of the draft; to be named by the next one.
    pub revision: u64,
    /// What keeps the draft from being published.
    pub problems: Vec<FlowProblem>,
    /// Newest first.
    pub versions: Vec<BotVersion>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct BotInput {
    pub name: String,
    #[serde(default)]
    pub settings: BotSettings,
}

/// Saves a draft, with problems or without.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct DraftInput {
    pub flow: Flow,
    /// The revision that was edited; where another one was saved meanwhile this one is refused with `draft_changed`.
    pub revision: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct DraftSaved {
    pub revision: u64,
    pub problems: Vec<FlowProblem>,
}

/// The draft of `revision` becomes what customers meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct PublishInput {
    pub revision: u64,
}

/// The value of an action's authorization.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct BotSecretInput {
    /// The whole header, for example `Bearer …`: 1 to [`limits::FLOW_FIELD_MAX_CHARS`] visible characters.
    pub value: String,
}

/// It is in no log.
impl std::fmt::Debug for BotSecretInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BotSecretInput")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct BotSecretCreated {
    pub id: SecretId,
}

/// Fetches what an action names, now, and keeps nothing of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct TryAction {
    pub action: SendAttachment,
    /// Values for the variables in it.
    #[serde(default)]
    pub answers: BTreeMap<String, String>,
}

/// What came of a try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Tried {
    /// There where the file can be sent as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub file: Option<TriedFile>,
    /// The endpoint's answer, if it came to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub status: Option<u16>,
    /// What kept it from being sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub problem: Option<TryProblem>,
    pub took_millis: u64,
}

/// The file as the customer would get it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct TriedFile {
    pub name: String,
    pub media_type: String,
    /// Bytes.
    pub size: u64,
}

/// Why a file cannot be sent, for those who build the flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct TryProblem {
    /// A code of the fetcher's, or of [`crate::ErrorCode`] where the file itself is not allowed.
    pub code: String,
    pub message: String,
}

/// Runs a flow without a customer: the same engine and real fetches, nothing kept. The page holds the state between two questions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct RehearseInput {
    pub flow: Flow,
    /// As the last answer gave it; absent where the rehearsal begins, whatever the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub state: Option<String>,
    pub event: RehearsedEvent,
}

/// What the customer or a technician does in a rehearsal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum RehearsedEvent {
    Begin {
        customer: String,
    },
    Said {
        text: String,
        /// Names of files that would come with it.
        #[serde(default)]
        files: Vec<String>,
    },
    TechnicianWanted,
    TakenOver,
    HandedBack,
    NobodyCame,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Rehearsed {
    pub lines: Vec<RehearsedLine>,
    /// For the next question.
    pub state: String,
    /// Where the flow stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub step: Option<String>,
    pub place: RehearsedPlace,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum RehearsedLine {
    Text {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        ask: Option<AnswerFormat>,
    },
    File {
        text: String,
        file: TriedFile,
    },
    /// Said to nobody but those who rehearse.
    FileFailed {
        problem: TryProblem,
    },
    Queued,
    Ended,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum RehearsedPlace {
    Asked,
    Queued,
    Taken,
    Over,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(types: &[&str]) -> Option<Vec<String>> {
        Some(types.iter().map(|one| (*one).to_owned()).collect())
    }

    /// C13 C14 C15: a bot narrows what the organisation allows, and never widens it.
    #[test]
    fn limits_narrow_the_policy() {
        let policy = |stored_max_bytes, max_files, allowed_types| AttachmentPolicy {
            stored_max_bytes,
            max_files,
            allowed_types,
            ..AttachmentPolicy::default()
        };
        let limits = |max_bytes, max_files, allowed_types| BotLimits { max_bytes, max_files, allowed_types };
        for (org, bot, expected) in [
            (policy(100, None, None), limits(None, None, None), policy(100, None, None)),
            (
                policy(100, None, None),
                limits(Some(10), Some(3), types(&["pdf"])),
                policy(10, Some(3), types(&["pdf"])),
            ),
            (
                policy(100, Some(2), types(&["png"])),
                limits(Some(1_000), Some(3), None),
                policy(100, Some(2), types(&["png"])),
            ),
            (
                policy(100, None, types(&["png", "pdf"])),
                limits(None, None, types(&["pdf", "exe"])),
                policy(100, None, types(&["pdf"])),
            ),
        ] {
            assert_eq!(bot.narrow(org.clone()), expected, "{bot:?} in {org:?}");
        }
        // Nothing in common is nothing at all, not everything.
        let none = limits(None, None, types(&["exe"])).narrow(policy(100, None, types(&["png"])));
        assert!(!none.allows("exe") && !none.allows("png"));
    }

    #[test]
    fn limits_are_checked() {
        for (limits, field) in [
            (BotLimits::default(), None),
            (BotLimits { max_bytes: Some(0), ..BotLimits::default() }, Some("settings.limits.max_bytes")),
            (BotLimits { max_files: Some(0), ..BotLimits::default() }, Some("settings.limits.max_files")),
            (
                BotLimits { allowed_types: types(&[".pdf"]), ..BotLimits::default() },
                Some("settings.limits.allowed_types"),
            ),
        ] {
            assert_eq!(limits.invalid_field(), field, "{limits:?}");
        }
    }

    #[test]
    fn a_secret_is_in_no_log() {
        let input = BotSecretInput { value: "Bearer 4711".to_owned() };
        assert!(!format!("{input:?}").contains("4711"));
    }
}
