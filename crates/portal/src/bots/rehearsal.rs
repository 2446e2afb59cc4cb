//! A flow without a customer: the same engine and the same fetches, and nothing is kept.

use std::time::Duration;

use deskside_bot::{Effect, Event, FetchOrder, Machine, Outcome, Place, State};
use deskside_proto::{
    BotId, ErrorCode, OrgSettings,
    api::{RehearseInput, Rehearsed, RehearsedEvent, RehearsedLine, RehearsedPlace},
};
use deskside_store::Store;

use super::{Outside, endpoint};

/// Files of one step of a rehearsal: more only shows that a flow goes round.
const FETCHES_MAX: usize = 5;
/// For all of them.
const DEADLINE: Duration = Duration::from_secs(90);

/// Takes one event in.
///
/// # Errors
/// `invalid_input` for a state that no rehearsal gave.
pub async fn rehearse(
    outside: &Outside,
    store: &dyn Store,
    settings: &OrgSettings,
    bot: BotId,
    input: RehearseInput,
) -> Result<Rehearsed, ErrorCode> {
    let machine = Machine::new(&input.flow);
    let (state, event) = match (&input.state, input.event) {
        (_, RehearsedEvent::Begin { customer }) => (machine.begin(&customer), Event::Continue),
        (None, event) => (machine.begin(""), event_of(event, 1)),
        (Some(state), event) => {
            let state: State = serde_json::from_str(state).map_err(|_| ErrorCode::InvalidInput)?;
            let seq = state.read.checked_add(1).ok_or(ErrorCode::InvalidInput)?;
            (state, event_of(event, seq))
        }
    };
    let mut lines = Vec::new();
    let mut outcome = machine.step(&state, &event);
    let run = async {
        for _ in 0..FETCHES_MAX {
            let Some(order) = told(&mut lines, &mut outcome) else { return };
            let ok = fetched(outside, store, settings, bot, &outcome.state, &order, &mut lines).await;
            outcome = machine.step(&outcome.state, &Event::Fetched { done: order.done, ok });
        }
    };
    // What was said until then stands; the next question goes on from there.
    drop(tokio::time::timeout(DEADLINE, run).await);
    told(&mut lines, &mut outcome);
    answer(lines, &outcome.state)
}

/// Writes down what is said without a fetch; what has to be fetched next.
fn told(lines: &mut Vec<RehearsedLine>, outcome: &mut Outcome) -> Option<FetchOrder> {
    for one in std::mem::take(&mut outcome.moves) {
        match one.effect {
            Effect::Say { text, ask } => lines.push(RehearsedLine::Text { text, ask }),
            Effect::Queue => lines.push(RehearsedLine::Queued),
            Effect::End => lines.push(RehearsedLine::Ended),
            // Stands there already: it was written down when it came.
            Effect::SendFile { .. } | Effect::Remember => {}
        }
    }
    outcome.fetch.take()
}

async fn fetched(
    outside: &Outside,
    store: &dyn Store,
    settings: &OrgSettings,
    bot: BotId,
    state: &State,
    order: &FetchOrder,
    lines: &mut Vec<RehearsedLine>,
) -> bool {
    let mut nowhere = tokio::io::sink();
    let got =
        endpoint::fetch(outside, store, settings, bot, &order.action, &state.answers, &mut nowhere).await;
    match got {
        Ok(got) => {
            let text = deskside_bot::fill(&order.action.text, &state.answers);
            lines.push(RehearsedLine::File { text, file: got.file });
            true
        }
        Err(error) => {
            lines.push(RehearsedLine::FileFailed { problem: error.problem() });
            false
        }
    }
}

fn event_of(event: RehearsedEvent, seq: u64) -> Event {
    match event {
        RehearsedEvent::Begin { .. } => Event::Continue,
        RehearsedEvent::Said { text, files } => Event::Said { seq, text, files },
        RehearsedEvent::TechnicianWanted => Event::TechnicianWanted { seq },
        RehearsedEvent::TakenOver => Event::TakenOver { seq },
        RehearsedEvent::HandedBack => Event::HandedBack { seq },
        RehearsedEvent::NobodyCame => Event::NobodyCame,
    }
}

fn answer(lines: Vec<RehearsedLine>, state: &State) -> Result<Rehearsed, ErrorCode> {
    let (step, place) = match &state.place {
        Place::At { step } | Place::Said { step } | Place::Asked { step } => {
            (Some(step), RehearsedPlace::Asked)
        }
        Place::Queued { step, .. } => (Some(step), RehearsedPlace::Queued),
        Place::Taken { step, .. } => (Some(step), RehearsedPlace::Taken),
        Place::Over => (None, RehearsedPlace::Over),
    };
    let state = serde_json::to_string(state).map_err(|_| ErrorCode::Internal)?;
    Ok(Rehearsed { lines, state, step: step.cloned(), place })
}
