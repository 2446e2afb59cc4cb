//! Whether a flow can be published.

use std::collections::{BTreeSet, HashMap, HashSet};

use deskside_proto::{
    AnswerFormat, AnswerTest, FLOW_FORMAT, Flow, FlowAction, FlowProblem, FlowProblemCode as Code, FlowStep,
    SecretId, SendAttachment, StepKind,
    limits::{
        FLOW_FIELD_MAX_CHARS, FLOW_MAX_HEADERS, FLOW_MAX_OPTIONS, FLOW_MAX_STEPS, FLOW_MAX_TRIES,
        FLOW_TEXT_MAX_CHARS, NAME_MAX_CHARS,
    },
};

use crate::{
    answer::{day, same},
    machine::{CUSTOMER, ways},
    request::{endpoint_problem, header_name_problem, is_media_type},
    template::{Piece, is_variable, pieces},
};

/// What keeps `flow` from being published, in the order of its steps; `has_secret` knows the bot's authorizations.
#[must_use]
pub fn check(flow: &Flow, has_secret: impl Fn(SecretId) -> bool) -> Vec<FlowProblem> {
    let mut found = Vec::new();
    let mut whole = |code| found.push(FlowProblem { step: None, field: None, code });
    if flow.format != FLOW_FORMAT {
        whole(Code::FormatUnknown);
    }
    if flow.steps.is_empty() {
        whole(Code::NoSteps);
    }
    if flow.steps.len() > FLOW_MAX_STEPS {
        whole(Code::TooManySteps);
        return found;
    }
    let ids: HashSet<&str> = flow.steps.iter().map(|step| step.id.as_str()).collect();
    let reached = reached(flow);
    let known = known_variables(flow);
    let endless = endless(flow);
    let mut seen = HashSet::new();
    for (index, step) in flow.steps.iter().enumerate() {
        let mut checked = Checked { step, ids: &ids, known: &known[index], found: &mut found };
        checked.id(&mut seen);
        if !reached[index] {
            checked.add(None, Code::Unreachable);
        }
        if endless[index] {
            checked.add(None, Code::EndlessLoop);
        }
        checked.kind(&has_secret);
    }
    found
}

/// One step being looked at.
struct Checked<'a> {
    step: &'a FlowStep,
    ids: &'a HashSet<&'a str>,
    /// Variables that some way to this step gives.
    known: &'a BTreeSet<&'a str>,
    found: &'a mut Vec<FlowProblem>,
}

impl Checked<'_> {
    fn add(&mut self, field: Option<&str>, code: Code) {
        self.found.push(FlowProblem {
            step: Some(self.step.id.clone()),
            field: field.map(str::to_owned),
            code,
        });
    }

    fn add_if(&mut self, wrong: bool, field: &str, code: Code) {
        if wrong {
            self.add(Some(field), code);
        }
    }

    fn id(&mut self, seen: &mut HashSet<String>) {
        let id = &self.step.id;
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let valid = (1..=32).contains(&id.len()) && id.bytes().all(fits);
        let fresh = seen.insert(id.clone());
        self.add_if(!valid, "id", Code::IdInvalid);
        self.add_if(!fresh, "id", Code::IdTaken);
        self.add_if(self.step.name.chars().count() > NAME_MAX_CHARS, "name", Code::TooLong);
    }

    fn kind(&mut self, has_secret: &impl Fn(SecretId) -> bool) {
        match &self.step.kind {
            StepKind::Message { text, next } => {
                self.must_say("text", text);
                self.way("next", next.as_ref());
            }
            StepKind::Question { text, answer, variable, retry_text, tries, otherwise, next } => {
                self.must_say("text", text);
                self.may_say("retry_text", retry_text);
                self.variable_is_new(variable);
                self.format(answer);
                self.add_if(
                    tries.is_some_and(|tries| !(1..=FLOW_MAX_TRIES).contains(&tries)),
                    "tries",
                    Code::TriesInvalid,
                );
                self.way("otherwise", otherwise.as_ref());
                self.way("next", next.as_ref());
            }
            StepKind::Condition { variable, test, then, otherwise } => {
                self.add_if(!self.known.contains(variable.as_str()), "variable", Code::VariableUnknown);
                self.test(test);
                self.way("then", then.as_ref());
                self.way("otherwise", otherwise.as_ref());
            }
            StepKind::Action {
                action: FlowAction::SendAttachment(action),
                failure_text,
                on_failure,
                next,
            } => {
                self.attachment(action, has_secret);
                self.may_say("failure_text", failure_text);
                self.way("on_failure", on_failure.as_ref());
                self.way("next", next.as_ref());
            }
            StepKind::AskTechnician { text, if_nobody, next } => {
                self.may_say("text", text);
                self.way("if_nobody", if_nobody.as_ref());
                self.way("next", next.as_ref());
            }
            StepKind::End { text } => self.may_say("text", text),
        }
    }

    fn must_say(&mut self, field: &str, text: &str) {
        self.add_if(text.trim().is_empty(), field, Code::Empty);
        self.may_say(field, text);
    }

    fn may_say(&mut self, field: &str, text: &str) {
        self.add_if(text.chars().count() > FLOW_TEXT_MAX_CHARS, field, Code::TooLong);
        self.template(field, text);
    }

    fn short(&mut self, field: &str, text: &str) {
        self.add_if(text.chars().count() > FLOW_FIELD_MAX_CHARS, field, Code::TooLong);
    }

    fn template(&mut self, field: &str, text: &str) {
        let Ok(pieces) = pieces(text) else { return self.add(Some(field), Code::TemplateInvalid) };
        let unknown =
            |piece: &Piece<'_>| matches!(piece, Piece::Variable(name) if !self.known.contains(name));
        self.add_if(pieces.iter().any(unknown), field, Code::VariableUnknown);
    }

    fn way(&mut self, field: &str, to: Option<&String>) {
        self.add_if(to.is_some_and(|to| !self.ids.contains(to.as_str())), field, Code::StepUnknown);
    }

    fn variable_is_new(&mut self, variable: &str) {
        self.add_if(!is_variable(variable), "variable", Code::VariableInvalid);
        self.add_if(variable == CUSTOMER, "variable", Code::VariableReserved);
    }

    fn format(&mut self, format: &AnswerFormat) {
        match format {
            AnswerFormat::Choice { options } => {
                self.add_if(options.is_empty(), "answer.options", Code::TooFewOptions);
                self.add_if(options.len() > FLOW_MAX_OPTIONS, "answer.options", Code::TooManyOptions);
                for (index, option) in options.iter().enumerate() {
                    let field = format!("answer.options.{index}");
                    self.add_if(option.trim().is_empty(), &field, Code::Empty);
                    self.add_if(option.chars().count() > NAME_MAX_CHARS, &field, Code::TooLong);
                    let taken = options[..index].iter().any(|other| same(other, option));
                    self.add_if(taken, &field, Code::OptionTaken);
                }
            }
            AnswerFormat::Number { min: Some(min), max: Some(max), .. } => {
                self.add_if(min > max, "answer.max", Code::RangeEmpty);
            }
            AnswerFormat::Any | AnswerFormat::Number { .. } | AnswerFormat::Email | AnswerFormat::Date => {}
        }
    }

    fn test(&mut self, test: &AnswerTest) {
        match test {
            AnswerTest::Is { value } | AnswerTest::Contains { value } => {
                self.add_if(value.trim().is_empty(), "test.value", Code::Empty);
                self.short("test.value", value);
            }
            AnswerTest::Before { day: bound } | AnswerTest::After { day: bound } => {
                let iso = day(bound).is_some_and(|day| day.to_string() == *bound);
                self.add_if(!iso, "test.day", Code::DayInvalid);
            }
            AnswerTest::AtLeast { .. }
            | AnswerTest::AtMost { .. }
            | AnswerTest::HasFiles
            | AnswerTest::IsEmpty => {}
        }
    }

    fn attachment(&mut self, action: &SendAttachment, has_secret: &impl Fn(SecretId) -> bool) {
        self.may_say("action.text", &action.text);
        self.template("action.file_name", &action.file_name);
        self.short("action.file_name", &action.file_name);
        let bad_name = action.file_name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\'));
        self.add_if(bad_name, "action.file_name", Code::FileNameInvalid);
        match endpoint_problem(&action.endpoint) {
            _ if action.endpoint.is_empty() => self.add(Some("action.endpoint"), Code::Empty),
            Some(code) => self.add(Some("action.endpoint"), code),
            None => self.template("action.endpoint", &action.endpoint),
        }
        self.short("action.endpoint", &action.endpoint);
        let unknown = action.authorization.is_some_and(|secret| !has_secret(secret));
        self.add_if(unknown, "action.authorization", Code::SecretUnknown);
        let bad_type = !action.content_type.is_empty() && !is_media_type(&action.content_type);
        self.add_if(bad_type, "action.content_type", Code::ContentTypeInvalid);
        self.short("action.content_type", &action.content_type);
        self.headers(action);
    }

    fn headers(&mut self, action: &SendAttachment) {
        self.add_if(action.headers.len() > FLOW_MAX_HEADERS, "action.headers", Code::TooManyHeaders);
        for (index, header) in action.headers.iter().enumerate() {
            let field = format!("action.headers.{index}.name");
            if let Some(code) = header_name_problem(&header.name) {
                self.add(Some(&field), code);
            }
            let taken =
                action.headers[..index].iter().any(|other| other.name.eq_ignore_ascii_case(&header.name));
            self.add_if(taken, &field, Code::HeaderTaken);
            let field = format!("action.headers.{index}.value");
            let broken = header.value.chars().any(|c| c.is_control() && c != '\t');
            self.add_if(broken, &field, Code::HeaderInvalid);
            self.short(&field, &header.value);
            self.template(&field, &header.value);
        }
    }
}

/// Where each step leads, by index; a way to a step that is not there leads nowhere.
fn graph(flow: &Flow) -> Vec<Vec<usize>> {
    let by_id: HashMap<&str, usize> =
        flow.steps.iter().enumerate().rev().map(|(index, step)| (step.id.as_str(), index)).collect();
    let below = |index: usize| (index + 1 < flow.steps.len()).then_some(index + 1);
    let to = |index: usize, way: Option<&String>| match way {
        Some(id) => by_id.get(id.as_str()).copied(),
        None => below(index),
    };
    let each = flow.steps.iter().enumerate();
    each.map(|(index, step)| ways(&step.kind).into_iter().filter_map(|way| to(index, way)).collect())
        .collect()
}

/// Which steps some way leads to.
fn reached(flow: &Flow) -> Vec<bool> {
    let graph = graph(flow);
    let mut reached = vec![false; flow.steps.len()];
    let mut open = if reached.is_empty() { Vec::new() } else { vec![0] };
    while let Some(index) = open.pop() {
        if !std::mem::replace(&mut reached[index], true) {
            open.extend(&graph[index]);
        }
    }
    reached
}

/// Variables that may have been asked for when a step is come to: what stands on some way from the first step to it.
fn known_variables(flow: &Flow) -> Vec<BTreeSet<&str>> {
    let graph = graph(flow);
    let mut known: Vec<BTreeSet<&str>> = vec![BTreeSet::from([CUSTOMER]); flow.steps.len()];
    let mut open: Vec<usize> = (0..flow.steps.len()).collect();
    while let Some(index) = open.pop() {
        let mut after = known[index].clone();
        if let StepKind::Question { variable, .. } = &flow.steps[index].kind {
            after.insert(variable);
        }
        for &next in &graph[index] {
            let before = known[next].len();
            known[next].extend(after.iter().copied());
            if known[next].len() > before {
                open.push(next);
            }
        }
    }
    known
}

/// Which steps are part of a round that waits for nobody: questions and the queue wait, the others do not.
fn endless(flow: &Flow) -> Vec<bool> {
    let graph = graph(flow);
    let waits = |index: usize| {
        matches!(flow.steps[index].kind, StepKind::Question { .. } | StepKind::AskTechnician { .. })
    };
    let comes_back = |start: usize| {
        let mut seen = vec![false; flow.steps.len()];
        let mut open = graph[start].clone();
        while let Some(index) = open.pop() {
            if index == start {
                return true;
            }
            if !waits(index) && !std::mem::replace(&mut seen[index], true) {
                open.extend(&graph[index]);
            }
        }
        false
    };
    (0..flow.steps.len()).map(|index| !waits(index) && comes_back(index)).collect()
}
