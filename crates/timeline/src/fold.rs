//! The fold of a log into a list of rows, with local echoes of what is on its way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use deskside_proto::{
    AttachmentId, ChatPolicy, ErrorCode, Event, EventBody, LogEntry, Millis, Participant, ParticipantId,
    ParticipantRole, RecipientState, Seq, TxnId,
};

use crate::{
    Change, Delivery, LocalEcho, Target, TimelineItem, TimelinePatch,
    change::Changes,
    facts::{Deletion, Edit, Facts},
    row::{Row, RowKind},
};

/// Who looks at the timeline, and what they may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    pub id: ParticipantId,
    pub role: ParticipantRole,
    pub chat: ChatPolicy,
}

/// The rows of a session: first what the log confirms, in its order, then local echoes in the order they were asked for.
/// What is loaded is one stretch of the log that can grow at both ends.
#[derive(Debug, Default, Clone)]
pub struct Timeline {
    pub(crate) viewer: Option<Viewer>,
    pub(crate) names: BTreeMap<ParticipantId, String>,
    pub(crate) confirmed: VecDeque<Row>,
    pub(crate) echoes: Vec<Row>,
    pub(crate) facts: BTreeMap<Seq, Facts>,
    pub(crate) changes: Changes,
    /// Confirmed messages that answer the message at a place.
    replies: BTreeMap<Seq, Vec<Seq>>,
    /// Confirmed messages with direct files.
    pub(crate) direct: BTreeSet<Seq>,
    /// Places before the first loaded one.
    before: Seq,
    head: Seq,
}

impl Timeline {
    /// Every row as it shows.
    #[must_use]
    pub fn items(&self) -> Vec<TimelineItem> {
        self.confirmed.iter().chain(&self.echoes).map(|row| self.show(row)).collect()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.confirmed.len() + self.echoes.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Seq of the newest folded entry.
    #[must_use]
    pub fn head(&self) -> Seq {
        self.head
    }

    /// Seq of the oldest place that is loaded; `head + 1` where nothing is.
    #[must_use]
    pub fn first(&self) -> Seq {
        self.before + 1
    }

    /// Lets the log begin at `first`; to be called before anything is folded, does nothing afterwards.
    pub fn begin_at(&mut self, first: Seq) -> Vec<TimelinePatch> {
        if self.head != self.before {
            return Vec::new();
        }
        self.before = first.saturating_sub(1);
        self.head = self.before;
        let mut patches = self.drop_old_echoes();
        patches.extend(self.drop_confirmed());
        patches
    }

    /// An echo that was confirmed at a place before the loaded stretch shows with its page.
    fn drop_old_echoes(&mut self) -> Vec<TimelinePatch> {
        let mut patches = Vec::new();
        while let Some(position) =
            self.echoes.iter().position(|echo| echo.seq.is_some_and(|seq| seq <= self.before))
        {
            self.echoes.remove(position);
            patches.push(TimelinePatch::Remove { index: self.confirmed.len() + position });
        }
        patches
    }

    /// Says who looks. Rows that are there already are shown anew where that changes anything.
    pub fn set_viewer(&mut self, viewer: Viewer) -> Vec<TimelinePatch> {
        if self.viewer == Some(viewer) {
            return Vec::new();
        }
        self.viewer = Some(viewer);
        for echo in &mut self.echoes {
            echo.sender = Some(viewer.id);
        }
        self.reset()
    }

    /// Names of people, as the session knows them.
    pub fn set_people(&mut self, people: &[Participant]) -> Vec<TimelinePatch> {
        let mut learned = false;
        for person in people {
            learned |= self.learn(person);
        }
        if learned { self.reset() } else { Vec::new() }
    }

    /// Whether the name is new.
    fn learn(&mut self, person: &Participant) -> bool {
        self.names.insert(person.id, person.name.clone()).as_ref() != Some(&person.name)
    }

    fn reset(&self) -> Vec<TimelinePatch> {
        if self.is_empty() { Vec::new() } else { vec![TimelinePatch::Reset { items: self.items() }] }
    }

    /// Folds the next entry of the log. One that was folded before changes nothing; gaps are the caller's business.
    pub fn fold(&mut self, entry: LogEntry) -> Vec<TimelinePatch> {
        if entry.seq() <= self.head {
            return Vec::new();
        }
        self.head = entry.seq();
        let mut patches = match entry {
            LogEntry::Event(event) => self.fold_event(event),
            LogEntry::Withheld { .. } => Vec::new(),
        };
        patches.extend(self.drop_confirmed());
        patches
    }

    /// Own changes that the log has brought no longer lie on top of it.
    fn drop_confirmed(&mut self) -> Vec<TimelinePatch> {
        let targets = self.changes.drop_confirmed(self.head);
        targets.into_iter().flat_map(|target| self.touched(target)).collect()
    }

    fn fold_event(&mut self, event: Event) -> Vec<TimelinePatch> {
        self.meet(&event);
        let own = self.own_txn(&event);
        if let Some(target) = self.note(&event) {
            // The change may have named its message otherwise, while nobody here knew its place.
            let named = own.and_then(|txn_id| self.changes.remove(txn_id));
            let mut patches = self.touched(Target::Seq(target));
            if let Some(named) = named.filter(|named| *named != Target::Seq(target)) {
                patches.extend(self.touched(named));
            }
            return patches;
        }
        let Some(row) = Row::of(event, self.own()) else { return Vec::new() };
        if let Some(txn_id) = own {
            self.changes.settle(txn_id, self.head);
        }
        self.remember(&row);
        let place = self.confirmed.len();
        let echo = self.echoes.iter().position(|echo| echo.key == row.key);
        let item = self.show(&row);
        self.confirmed.push_back(row);
        match echo {
            None => vec![TimelinePatch::Insert { index: place, items: vec![item] }],
            Some(position) => {
                self.echoes.remove(position);
                if position == 0 {
                    return vec![TimelinePatch::Update { index: place, item }];
                }
                vec![
                    TimelinePatch::Remove { index: place + position },
                    TimelinePatch::Insert { index: place, items: vec![item] },
                ]
            }
        }
    }

    /// Folds the entries right before the first loaded one, in order. Others change nothing.
    pub fn fold_older(&mut self, entries: Vec<LogEntry>) -> Vec<TimelinePatch> {
        let follow = entries.windows(2).all(|pair| pair[0].seq() + 1 == pair[1].seq());
        let (Some(first), Some(last)) = (entries.first().map(LogEntry::seq), entries.last()) else {
            return Vec::new();
        };
        if !follow || last.seq() != self.before || first == 0 {
            return Vec::new();
        }
        self.before = first - 1;
        let mut learned = false;
        let mut rows = Vec::with_capacity(entries.len());
        for entry in entries {
            let LogEntry::Event(event) = entry else { continue };
            learned |= self.meet(&event);
            self.note(&event);
            rows.extend(Row::of(event, self.own()));
        }
        let count = rows.len();
        let mut patches: Vec<_> = rows.iter().filter_map(|row| self.take_echo(row)).collect();
        for row in rows.into_iter().rev() {
            self.remember(&row);
            self.confirmed.push_front(row);
        }
        if learned {
            return self.reset();
        }
        patches.extend(self.older_patches(count));
        patches
    }

    /// An echo whose event turns up in an older page, sooner than its acknowledgement.
    fn take_echo(&mut self, row: &Row) -> Option<TimelinePatch> {
        let (seq, txn_id) = (row.seq?, row.key.parse().ok()?);
        self.changes.settle(txn_id, seq);
        let position = self.echo_position(txn_id)?;
        self.echoes.remove(position);
        Some(TimelinePatch::Remove { index: self.confirmed.len() + position })
    }

    /// The first `count` rows are new: they, and the rows that quote them.
    fn older_patches(&self, count: usize) -> Vec<TimelinePatch> {
        if count == 0 {
            return Vec::new();
        }
        let new: Vec<&Row> = self.confirmed.iter().take(count).collect();
        let items = new.iter().map(|row| self.show(row)).collect();
        let mut patches = vec![TimelinePatch::Insert { index: 0, items }];
        for seq in new.iter().filter_map(|row| row.seq) {
            patches.extend(self.quoting(seq).filter(|index| *index >= count).map(|index| self.update(index)));
        }
        patches
    }

    /// Names that an event tells; whether one is new.
    fn meet(&mut self, event: &Event) -> bool {
        match &event.body {
            EventBody::ParticipantWaiting { participant } | EventBody::ParticipantJoined { participant } => {
                self.learn(participant)
            }
            _ => false,
        }
    }

    /// What an event says of an earlier message, and of which.
    fn note(&mut self, event: &Event) -> Option<Seq> {
        let (seq, at) = (event.seq, event.at);
        match &event.body {
            EventBody::MessageEdited { target, text, .. } => {
                // Without a text a later edit or delete has taken its place.
                if let Some(text) = text.clone() {
                    self.facts.entry(*target).or_default().edited(Edit { seq, at, text });
                }
                Some(*target)
            }
            EventBody::MessageDeleted { target } => {
                self.facts.entry(*target).or_default().deleted(Deletion { by: event.sender, at });
                Some(*target)
            }
            EventBody::AttachmentsAnswered { target, attachments, accepted } => {
                let state = if *accepted { RecipientState::Accepted } else { RecipientState::Declined };
                self.answer(event, *target, attachments, state)
            }
            EventBody::AttachmentsReceived { target, attachments, blake3 } => {
                if let (Some(digest), Some(by), [file]) = (blake3, event.sender, attachments.as_slice()) {
                    self.facts.entry(*target).or_default().files.verified(*file, by, *digest);
                }
                self.answer(event, *target, attachments, RecipientState::Received)
            }
            EventBody::AttachmentsWithdrawn { target, attachments, reason } => {
                self.facts.entry(*target).or_default().files.withdrawn(attachments, *reason);
                Some(*target)
            }
            EventBody::ReactionAdded { target, emoji } => self.react(event, *target, emoji, true),
            EventBody::ReactionRemoved { target, emoji } => self.react(event, *target, emoji, false),
            _ => None,
        }
    }

    fn react(&mut self, event: &Event, target: Seq, emoji: &str, given: bool) -> Option<Seq> {
        if let Some(by) = event.sender {
            self.facts.entry(target).or_default().reactions.said(event.seq, emoji.to_owned(), by, given);
        }
        Some(target)
    }

    fn answer(
        &mut self,
        event: &Event,
        target: Seq,
        files: &[AttachmentId],
        state: RecipientState,
    ) -> Option<Seq> {
        if let Some(by) = event.sender {
            self.facts.entry(target).or_default().files.said(event.seq, files, by, state);
        }
        Some(target)
    }

    fn remember(&mut self, row: &Row) {
        if let (Some(seq), RowKind::Message(message)) = (row.seq, &row.kind)
            && message.attachments.iter().any(|file| file.direct.is_some())
        {
            self.direct.insert(seq);
        }
        if let (Some(target), Some(seq)) = (row.reply_to(), row.seq) {
            self.replies.entry(target).or_default().push(seq);
        }
    }

    pub(crate) fn own(&self) -> Option<ParticipantId> {
        self.viewer.map(|viewer| viewer.id)
    }

    /// The viewer's own name for an event of theirs.
    fn own_txn(&self, event: &Event) -> Option<TxnId> {
        event.txn_id.filter(|_| event.sender.is_some() && event.sender == self.own())
    }

    /// Shows a message before the log confirms it. An echo that is there already is left alone.
    pub fn echo(&mut self, echo: LocalEcho) -> Vec<TimelinePatch> {
        let row = echo.row(self.own());
        if self.echoes.iter().any(|known| known.key == row.key) {
            return Vec::new();
        }
        let item = self.show(&row);
        self.echoes.push(row);
        vec![TimelinePatch::Insert { index: self.len() - 1, items: vec![item] }]
    }

    /// Puts another text in the place of an echo's.
    pub fn rewrite_echo(&mut self, txn_id: TxnId, new: String) -> Vec<TimelinePatch> {
        self.change_echo(txn_id, |row| {
            if let RowKind::Message(message) = &mut row.kind {
                message.text = new;
            }
        })
    }

    /// Shows an own change of a message before the log confirms it.
    pub fn change(&mut self, txn_id: TxnId, target: Target, change: Change) -> Vec<TimelinePatch> {
        if self.changes.add(txn_id, target, change) { self.touched(target) } else { Vec::new() }
    }

    /// The portal confirmed an echo or a change at `acked`; its event follows, or came before.
    pub fn acknowledge(&mut self, txn_id: TxnId, acked: Seq, time: Millis) -> Vec<TimelinePatch> {
        if let Some(target) = self.changes.confirm(txn_id, acked) {
            let mut patches = self.touched(target);
            patches.extend(self.drop_confirmed());
            return patches;
        }
        self.changes.settle(txn_id, acked);
        let mut patches = self.change_echo(txn_id, |row| {
            row.seq = Some(acked);
            row.at = time;
            if let RowKind::Message(message) = &mut row.kind {
                message.delivery = Delivery::Sent;
            }
        });
        if patches.is_empty() {
            // The log was faster: what was asked of the message lies on top of its row from now on.
            return self.touched(Target::Seq(acked));
        }
        if self.head > 0 {
            patches.extend(self.drop_old_echoes());
        }
        patches
    }

    /// The portal refused an echo or a change.
    pub fn fail(&mut self, txn_id: TxnId, code: ErrorCode, message: String) -> Vec<TimelinePatch> {
        if let Some(target) = self.changes.refuse(txn_id, code, message.clone()) {
            return self.touched(target);
        }
        self.change_echo(txn_id, |row| {
            if let RowKind::Message(row) = &mut row.kind {
                row.delivery = Delivery::Failed { txn_id, code, message };
            }
        })
    }

    /// Takes an echo or a change away.
    pub fn discard(&mut self, txn_id: TxnId) -> Vec<TimelinePatch> {
        if let Some(target) = self.changes.remove(txn_id) {
            return self.touched(target);
        }
        let Some(position) = self.echo_position(txn_id) else { return Vec::new() };
        self.echoes.remove(position);
        vec![TimelinePatch::Remove { index: self.confirmed.len() + position }]
    }

    fn change_echo(&mut self, txn_id: TxnId, change: impl FnOnce(&mut Row)) -> Vec<TimelinePatch> {
        let Some(position) = self.echo_position(txn_id) else { return Vec::new() };
        change(&mut self.echoes[position]);
        vec![self.update(self.confirmed.len() + position)]
    }

    /// The place in the log of an own message, where it has one and is loaded.
    #[must_use]
    pub fn seq_of(&self, txn_id: TxnId) -> Option<Seq> {
        let key = txn_id.to_string();
        // The newest rows come last, and what is changed is mostly new.
        self.echoes.iter().chain(self.confirmed.iter().rev()).find(|row| row.key == key)?.seq
    }

    fn echo_position(&self, txn_id: TxnId) -> Option<usize> {
        let key = txn_id.to_string();
        self.echoes.iter().position(|echo| echo.key == key)
    }

    /// The rows that look different since something was said of `target`: itself, and those that quote it.
    fn touched(&self, target: Target) -> Vec<TimelinePatch> {
        let indices: Vec<usize> = match target {
            Target::Seq(seq) => self.index_of(seq).into_iter().chain(self.quoting(seq)).collect(),
            Target::Own(txn_id) => self
                .echo_position(txn_id)
                .map(|position| self.confirmed.len() + position)
                .into_iter()
                .collect(),
        };
        indices.into_iter().map(|index| self.update(index)).collect()
    }

    fn update(&self, index: usize) -> TimelinePatch {
        let echo = || &self.echoes[index - self.confirmed.len()];
        let item = self.show(self.confirmed.get(index).unwrap_or_else(echo));
        TimelinePatch::Update { index, item }
    }

    /// Where the message at `seq` shows: in its place, or as an echo whose event has not come yet.
    pub(crate) fn index_of(&self, seq: Seq) -> Option<usize> {
        let echo = || self.echoes.iter().position(|echo| echo.seq == Some(seq));
        self.confirmed_index(seq).or_else(|| Some(self.confirmed.len() + echo()?))
    }

    pub(crate) fn confirmed_at(&self, seq: Seq) -> Option<&Row> {
        self.confirmed.get(self.confirmed_index(seq)?)
    }

    fn confirmed_index(&self, seq: Seq) -> Option<usize> {
        self.confirmed.binary_search_by_key(&Some(seq), |row| row.seq).ok()
    }

    /// Where messages show that answer the one at `seq`.
    fn quoting(&self, seq: Seq) -> impl Iterator<Item = usize> {
        let confirmed =
            self.replies.get(&seq).into_iter().flatten().filter_map(|reply| self.index_of(*reply));
        let echoes = self.echoes.iter().enumerate().filter(move |(_, echo)| echo.reply_to() == Some(seq));
        confirmed.chain(echoes.map(|(position, _)| self.confirmed.len() + position))
    }
}
