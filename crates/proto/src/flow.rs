//! A bot's flow: what an admin builds, what is exported and imported, what the portal runs (rows C01–C08).
//!
//! The rules that a flow must keep to be published stand in `deskside-bot`, which also runs it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;

use crate::SecretId;

/// The version of this format; an import of another one is refused.
pub const FLOW_FORMAT: u32 = 1;

/// Steps from top to bottom. The first one is where a conversation begins; each leads to the one below it unless it names another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct Flow {
    /// [`FLOW_FORMAT`].
    pub format: u32,
    pub steps: Vec<FlowStep>,
}

impl Default for Flow {
    fn default() -> Self {
        Self { format: FLOW_FORMAT, steps: Vec::new() }
    }
}

/// A step's own name within its flow: 1–32 of `a`–`z`, `0`–`9`, `-`. It stays when the step is moved or called otherwise.
pub type StepId = String;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct FlowStep {
    pub id: String,
    /// For those who build the flow; may be empty.
    #[serde(default)]
    pub name: String,
    #[serde(flatten)]
    pub kind: StepKind,
}

/// What a step does. Texts may hold `{{variable}}`; an absent `next` is the step below, or the end after the last one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum StepKind {
    /// Says something and goes on.
    Message {
        text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        next: Option<String>,
    },
    /// Asks, and waits for an answer of the wanted format.
    Question {
        text: String,
        answer: AnswerFormat,
        /// What later steps call the answer.
        variable: String,
        /// Said where an answer does not fit; empty = the question again.
        #[serde(default)]
        retry_text: String,
        /// Answers that may fail to fit before it goes on to `otherwise`; absent = any number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        tries: Option<u32>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        otherwise: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        next: Option<String>,
    },
    /// Looks at an earlier answer.
    Condition {
        variable: String,
        test: AnswerTest,
        /// Where it holds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        then: Option<String>,
        /// Where it does not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        otherwise: Option<String>,
    },
    /// Does something outside of the conversation.
    Action {
        action: FlowAction,
        /// Said where it fails; empty = nothing.
        #[serde(default)]
        failure_text: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        on_failure: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        next: Option<String>,
    },
    /// Puts the customer into the queue for a technician.
    AskTechnician {
        #[serde(default)]
        text: String,
        /// Where nobody came in time.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        if_nobody: Option<String>,
        /// Where the technician hands back to the bot.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        next: Option<String>,
    },
    /// Ends the conversation, and the session with it.
    End {
        #[serde(default)]
        text: String,
    },
}

/// Which answers a question takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum AnswerFormat {
    /// Text, files or both (row C08).
    Any,
    /// One of these, which are shown as buttons.
    Choice {
        options: Vec<String>,
    },
    Number {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        min: Option<i64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        max: Option<i64>,
        /// No decimals.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        whole: bool,
    },
    Email,
    /// A day; kept as `2026-11-22`.
    Date,
}

/// What a condition asks of an answer. Texts are compared without regard to case and to space around them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum AnswerTest {
    Is {
        value: String,
    },
    Contains {
        value: String,
    },
    /// As numbers; what is none is not.
    AtLeast {
        value: i64,
    },
    AtMost {
        value: i64,
    },
    /// As days, `2026-11-22`.
    Before {
        day: String,
    },
    After {
        day: String,
    },
    HasFiles,
    /// No text and no files, or never asked.
    IsEmpty,
}

/// What an action does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[ts(export)]
pub enum FlowAction {
    SendAttachment(SendAttachment),
}

/// Sends a file that an endpoint gives (rows C01–C07). Variables stand in `file_name`, in the endpoint's path and query, and in the
/// values of headers, nowhere else.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS, ToSchema)]
#[serde(default)]
#[ts(export)]
pub struct SendAttachment {
    /// What stands above the file; may be empty.
    pub text: String,
    /// Empty = as the endpoint calls it.
    pub file_name: String,
    /// An `http` or `https` address, which is asked by GET.
    pub endpoint: String,
    /// The value of the header `Authorization`, which is kept encrypted and never shown again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub authorization: Option<SecretId>,
    /// Empty = as the endpoint says.
    pub content_type: String,
    pub headers: Vec<FlowHeader>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct FlowHeader {
    pub name: String,
    pub value: String,
}

/// Something that keeps a flow from being published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct FlowProblem {
    /// Absent where it is the whole flow's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub step: Option<String>,
    /// The step's field, as in its JSON; `headers.2.value` in a list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub field: Option<String>,
    pub code: FlowProblemCode,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, ToSchema)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum FlowProblemCode {
    /// A format that this portal does not know.
    FormatUnknown,
    /// A flow needs a step.
    NoSteps,
    TooManySteps,
    /// Not 1–32 of `a`–`z`, `0`–`9`, `-`.
    IdInvalid,
    /// Two steps have it.
    IdTaken,
    Empty,
    TooLong,
    /// `{{` without its end, or nothing that can be a name in between.
    TemplateInvalid,
    /// No question before gives this variable.
    VariableUnknown,
    /// Not a letter and then at most 31 of `a`–`z`, `0`–`9`, `_`.
    VariableInvalid,
    /// The name of what the portal itself fills in.
    VariableReserved,
    /// It leads to a step that is not there.
    StepUnknown,
    /// No way leads here.
    Unreachable,
    /// From here the bot could go round for ever without waiting for anybody.
    EndlessLoop,
    TooFewOptions,
    TooManyOptions,
    OptionTaken,
    /// The least is more than the most.
    RangeEmpty,
    TriesInvalid,
    DayInvalid,
    UrlInvalid,
    /// Only http and https.
    SchemeNotAllowed,
    /// A variable stands where it would choose the server.
    VariableInHost,
    /// Neither 80 nor 443, and not opened by the organisation.
    PortNotAllowed,
    /// An address that leads into a private network, and is not opened by the organisation.
    AddressNotAllowed,
    /// User and password belong into Authorization.
    CredentialsInUrl,
    HeaderInvalid,
    /// A header that the portal sets itself, or one with a field of its own.
    HeaderReserved,
    HeaderTaken,
    TooManyHeaders,
    ContentTypeInvalid,
    FileNameInvalid,
    /// The authorization was given for another bot, or is gone: enter it again.
    SecretUnknown,
}
