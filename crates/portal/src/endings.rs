//! The end of a session, and of what it offers: by events before the last one, so that the log and the transcript say so (design §3).

use deskside_proto::{
    AttachmentRetention, EndReason, EventBody, EventId, ParticipantId, SessionId, Visibility, WithdrawReason,
};
use deskside_store::{Append, Effect, OfferedFiles, OfferedWhich, Store};
use futures_util::{StreamExt, TryStreamExt, stream};

use crate::{
    App, Env,
    error::ApiResult,
    faults,
    writer::{WriteError, Writer},
};

/// Withdrawals on their way to the writer at once: it takes them in one commit.
const AT_ONCE: usize = 64;

/// What an ending needs.
#[derive(Clone, Copy)]
pub struct Ending<'a> {
    pub store: &'a dyn Store,
    pub writer: &'a Writer,
    pub env: &'a Env,
}

impl<'a> Ending<'a> {
    #[must_use]
    pub fn of(app: &'a App) -> Self {
        Self { store: &*app.store, writer: &app.writer, env: &app.env }
    }

    /// Ends `session` for everybody; `by` is `None` where the portal does it itself. Its transcript is written behind it.
    ///
    /// # Errors
    /// `session_ended` where it was over before, and those of the store.
    pub async fn end(
        self,
        session: SessionId,
        by: Option<ParticipantId>,
        reason: EndReason,
    ) -> ApiResult<()> {
        faults::reach("end/begun");
        let meant = match self.store.session_to_seal(session).await? {
            Some(record) if record.settings.attachments.retention == AttachmentRetention::SessionOnly => {
                OfferedWhich::All
            }
            _ => OfferedWhich::Unaccepted,
        };
        let open = self.store.offered_files(session, meant).await?;
        let withdrawals = open.into_iter().map(|files| self.withdraw(files));
        stream::iter(withdrawals).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await?;
        faults::reach("end/withdrawn");
        let at = self.env.now();
        let end = Append {
            session,
            id: EventId::new(at, self.env.random()),
            sender: by,
            txn_id: None,
            at,
            visibility: Visibility::All,
            body: EventBody::SessionEnded { reason },
            effects: vec![Effect::EndSession],
        };
        self.writer.append(end).await?;
        faults::reach("end/committed");
        Ok(())
    }

    async fn withdraw(self, files: OfferedFiles) -> ApiResult<()> {
        match self.writer.append(withdrawal(self.env, files, WithdrawReason::SessionEnded)).await {
            // Somebody was quicker, and it is gone; or it was accepted meanwhile, and stays.
            Ok(_) | Err(WriteError::Refused(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Files of a message go, by the portal itself, in an event that everybody sees who saw the message.
#[must_use]
pub fn withdrawal(env: &Env, files: OfferedFiles, reason: WithdrawReason) -> Append {
    let OfferedFiles { session, seq: target, attachments } = files;
    let at = env.now();
    Append {
        session,
        id: EventId::new(at, env.random()),
        sender: None,
        txn_id: None,
        at,
        visibility: Visibility::All,
        body: EventBody::AttachmentsWithdrawn { target, attachments: attachments.clone(), reason },
        effects: vec![Effect::WithdrawAttachments { target, attachments, reason }],
    }
}
