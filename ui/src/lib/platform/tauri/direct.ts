// Direct transfers in the desktop window: Rust does all of it; the page sees how they stand.
import { Channel, invoke } from '@tauri-apps/api/core';
import type { Attachment, AttachmentId, ParticipantId, SessionId, TransferView } from '$lib/proto';
import type { DirectAccess } from '../direct';
import type { PickedFile } from '../types';

type How = 'pause' | 'resume' | 'cancel';

export function directAccess(session: SessionId): DirectAccess {
  const steer = (how: How) => (attachment: AttachmentId, peer?: ParticipantId) =>
    invoke<void>('steer_transfer', { session, attachment, peer: peer ?? null, how });
  return {
    onViews: (callback) => {
      let looking = true;
      const views = new Channel<TransferView[]>((now) => {
        if (looking) callback(now);
      });
      void invoke('watch_transfers', { session, views });
      return () => (looking = false);
    },
    ready: () => Promise.resolve(),
    send: ({ handle }) => {
      const offered = invoke<Attachment>('send_direct', { session, file: handle });
      const takeBack = ({ id }: Attachment) => invoke('take_back_direct', { session, attachment: id });
      return {
        done: offered.then(({ id }) => id),
        cancel: () => void offered.then(takeBack).catch(() => {}),
      };
    },
    pickFolder: () => invoke<PickedFile | null>('pick_folder'),
    obstacle: () => null,
    place: () => Promise.resolve(true),
    pause: steer('pause'),
    resume: steer('resume'),
    cancel: steer('cancel'),
    askSourceAgain: ({ id }, { handle }) =>
      invoke<void>('source_again', { session, attachment: id, file: handle }),
  };
}
