//! View updates that the user interface has not taken yet.

use deskside_session::ViewUpdate;
use deskside_timeline::{TimelineItem, TimelinePatch};

/// Patches beyond which the whole timeline is the shorter message.
const PATCHES_MAX: usize = 2_000;

/// Keeps the newest of everything, so that a slow or sleeping window never holds up the connection, nor fills the memory.
#[derive(Default)]
pub(super) struct Pending {
    updates: Vec<ViewUpdate>,
    /// The newest update of each kind, but of the timeline, whose state the session has.
    newest: Vec<ViewUpdate>,
    /// Nobody looks: nothing needs to be kept for them.
    unseen: bool,
}

impl Pending {
    /// Somebody begins to look: everything as it is now, instead of what waited.
    pub(super) fn look(&mut self, items: &[TimelineItem]) {
        self.unseen = false;
        self.updates.clone_from(&self.newest);
        self.updates
            .push(ViewUpdate::Timeline { patches: vec![TimelinePatch::Reset { items: items.to_vec() }] });
    }

    /// Nobody looks any more.
    pub(super) fn look_away(&mut self) {
        self.unseen = true;
        self.updates.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.updates.is_empty()
    }

    pub(super) fn take(&mut self) -> Vec<ViewUpdate> {
        std::mem::take(&mut self.updates)
    }

    /// `items` is the timeline after `update`.
    pub(super) fn push(&mut self, update: ViewUpdate, items: &[TimelineItem]) {
        let kind = std::mem::discriminant(&update);
        if !matches!(update, ViewUpdate::Timeline { .. }) {
            self.newest.retain(|known| std::mem::discriminant(known) != kind);
            self.newest.push(update.clone());
        }
        if self.unseen {
            return;
        }
        let waiting = self.updates.iter_mut().find(|waiting| std::mem::discriminant(*waiting) == kind);
        match (waiting, update) {
            (None, update) => self.updates.push(update),
            (Some(ViewUpdate::Timeline { patches }), ViewUpdate::Timeline { patches: more }) => {
                if patches.len() + more.len() > PATCHES_MAX.max(items.len()) {
                    *patches = vec![TimelinePatch::Reset { items: items.to_vec() }];
                } else {
                    patches.extend(more);
                }
            }
            (Some(waiting), update) => *waiting = update,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remove(count: usize) -> ViewUpdate {
        ViewUpdate::Timeline { patches: vec![TimelinePatch::Remove { index: 0 }; count] }
    }

    #[test]
    fn only_the_newest_state_waits_and_patches_keep_their_order() {
        let mut pending = Pending::default();
        for count in 0..3 {
            pending.push(ViewUpdate::Unsent { count }, &[]);
            pending.push(remove(1), &[]);
        }
        assert_eq!(pending.take(), [ViewUpdate::Unsent { count: 2 }, remove(3)]);
        assert!(pending.is_empty());
    }

    #[test]
    fn who_looks_later_sees_everything_as_it_is() {
        let mut pending = Pending::default();
        pending.push(ViewUpdate::Unsent { count: 1 }, &[]);
        pending.push(remove(3), &[]);
        pending.look_away();
        assert!(pending.is_empty());
        pending.push(ViewUpdate::Unsent { count: 2 }, &[]);
        pending.push(remove(1), &[]);
        assert!(pending.is_empty(), "nothing is kept for nobody");
        pending.look(&[]);
        let all = ViewUpdate::Timeline { patches: vec![TimelinePatch::Reset { items: Vec::new() }] };
        assert_eq!(pending.take(), [ViewUpdate::Unsent { count: 2 }, all]);
        pending.push(remove(1), &[]);
        assert_eq!(pending.take(), [remove(1)], "and what changes from then on");
    }

    #[test]
    fn a_sleeping_window_gets_the_whole_timeline_instead_of_all_its_history() {
        let mut pending = Pending::default();
        for _ in 0..10 {
            pending.push(remove(PATCHES_MAX / 4), &[]);
        }
        let updates = pending.take();
        let [ViewUpdate::Timeline { patches }] = updates.as_slice() else { panic!("one update") };
        assert!(matches!(patches.first(), Some(TimelinePatch::Reset { .. })));
        assert!(patches.len() <= PATCHES_MAX);
    }
}
