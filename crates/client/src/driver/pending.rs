//! View updates that the user interface has not taken yet.

use deskside_session::ViewUpdate;
use deskside_timeline::{Timeline, TimelinePatch};

/// Rows in waiting patches beyond which the whole timeline is the shorter message.
const ROWS_MAX: usize = 2_000;

/// Keeps the newest of everything, so that a slow or sleeping window never holds up the connection, nor fills the memory: what
/// waits is in the order of what the timeline holds.
#[derive(Default)]
pub(super) struct Pending {
    /// One of each kind, in the order in which each kind came first.
    updates: Vec<ViewUpdate>,
}

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.updates.is_empty()
    }

    pub(super) fn take(&mut self) -> Vec<ViewUpdate> {
        std::mem::take(&mut self.updates)
    }

    /// `timeline` is the one after `update`; its rows are made only where they are needed.
    pub(super) fn push(&mut self, update: ViewUpdate, timeline: &Timeline) {
        let kind = std::mem::discriminant(&update);
        let waiting = self.updates.iter_mut().find(|waiting| std::mem::discriminant(*waiting) == kind);
        match (waiting, update) {
            (None, update) => self.updates.push(update),
            (Some(ViewUpdate::Timeline { patches }), ViewUpdate::Timeline { patches: more }) => {
                add(patches, more, timeline);
            }
            // Each is news of its own; a later one does not contain the earlier.
            (Some(ViewUpdate::Alerts { alerts }), ViewUpdate::Alerts { alerts: more }) => alerts.extend(more),
            (Some(waiting), update) => *waiting = update,
        }
    }
}

fn add(patches: &mut Vec<TimelinePatch>, more: Vec<TimelinePatch>, timeline: &Timeline) {
    patches.extend(more);
    // What comes before "everything anew" is nobody's business any more.
    if let Some(last) = patches.iter().rposition(|patch| matches!(patch, TimelinePatch::Reset { .. })) {
        patches.drain(..last);
    }
    if patches.iter().map(rows).sum::<usize>() > ROWS_MAX.max(timeline.len()) {
        *patches = vec![TimelinePatch::Reset { items: timeline.items() }];
    }
}

/// What a patch weighs.
fn rows(patch: &TimelinePatch) -> usize {
    match patch {
        TimelinePatch::Reset { items } | TimelinePatch::Insert { items, .. } => items.len(),
        TimelinePatch::Update { .. } | TimelinePatch::Remove { .. } => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskside_proto::{Millis, TxnId};
    use deskside_session::{Alert, AlertKind};
    use deskside_timeline::{LocalEcho, TimelineItem};

    fn remove(count: usize) -> ViewUpdate {
        ViewUpdate::Timeline { patches: vec![TimelinePatch::Remove { index: 0 }; count] }
    }

    fn alert(seq: u64) -> Alert {
        Alert {
            seq,
            at: Millis(0),
            kind: AlertKind::Message,
            sender_name: String::new(),
            text: String::new(),
            files: Vec::new(),
            private: false,
            mentions_you: false,
        }
    }

    /// A timeline of one row.
    fn one_row() -> (Timeline, Vec<TimelineItem>) {
        let mut timeline = Timeline::default();
        timeline.echo(LocalEcho { txn_id: TxnId([1; 16]), text: "hi".to_owned(), ..LocalEcho::default() });
        let items = timeline.items();
        assert_eq!(items.len(), 1);
        (timeline, items)
    }

    #[test]
    fn only_the_newest_state_waits_and_patches_keep_their_order() {
        let (mut pending, timeline) = (Pending::default(), Timeline::default());
        for count in 0..3 {
            pending.push(ViewUpdate::Unsent { count }, &timeline);
            pending.push(remove(1), &timeline);
        }
        assert_eq!(pending.take(), [ViewUpdate::Unsent { count: 2 }, remove(3)]);
        assert!(pending.is_empty());
    }

    #[test]
    fn every_alert_waits() {
        let (mut pending, timeline) = (Pending::default(), Timeline::default());
        pending.push(ViewUpdate::Alerts { alerts: vec![alert(1), alert(2)] }, &timeline);
        pending.push(ViewUpdate::Unsent { count: 1 }, &timeline);
        pending.push(ViewUpdate::Alerts { alerts: vec![alert(3)] }, &timeline);
        let alerts = vec![alert(1), alert(2), alert(3)];
        assert_eq!(pending.take(), [ViewUpdate::Alerts { alerts }, ViewUpdate::Unsent { count: 1 }]);
    }

    #[test]
    fn everything_anew_takes_the_place_of_what_came_before() {
        let (mut pending, (timeline, items)) = (Pending::default(), one_row());
        let reset = TimelinePatch::Reset { items };
        let update = TimelinePatch::Remove { index: 0 };
        pending.push(remove(7), &timeline);
        pending.push(
            ViewUpdate::Timeline { patches: vec![update.clone(), reset.clone(), update.clone()] },
            &timeline,
        );
        assert_eq!(pending.take(), [ViewUpdate::Timeline { patches: vec![reset, update] }]);
    }

    #[test]
    fn a_sleeping_window_gets_the_whole_timeline_instead_of_all_its_history() {
        let (timeline, items) = one_row();
        let page = TimelinePatch::Insert { index: 0, items: vec![items[0].clone(); ROWS_MAX / 4] };
        for update in [remove(ROWS_MAX / 4), ViewUpdate::Timeline { patches: vec![page] }] {
            let mut pending = Pending::default();
            for _ in 0..4 {
                pending.push(update.clone(), &timeline);
            }
            pending.push(remove(1), &timeline);
            let whole = TimelinePatch::Reset { items: items.clone() };
            assert_eq!(pending.take(), [ViewUpdate::Timeline { patches: vec![whole] }]);
        }
    }
}
