// How a file stands: for oneself, for those it was offered to, and as a sentence.
import { t } from '$lib/i18n';
import { nameList } from '$lib/i18n/list';
import type { Attachment, AttachmentItem, AttachmentRetention, RecipientState } from '$lib/proto';
import { extension, fileKind, isDocument, shownTypeOf, visibleName } from '$lib/util/fileName';
import { formatSize } from '$lib/util/size';
import type { MessageOf } from '$lib/session/chat.svelte';
import { keptOf } from './retention';

/** A file where it is shown. */
export interface ShownFile {
  file: Attachment & Partial<Pick<AttachmentItem, 'withdrawn' | 'yours' | 'unconfirmed'>>;
  /** Where it was sent; absent in Files, where one reads by one's access and is asked nothing. */
  message?: MessageOf;
}

/** One file of one message. */
export interface FileRef extends ShownFile {
  file: AttachmentItem;
  message: MessageOf;
}

export type Shape = 'picture' | 'video' | 'audio' | 'document' | 'file';

/** How it can be looked at here; by what was found in it, or by a name that promises a document: the viewer looks itself. */
export function shapeOf({ thumbnail, media_type, name, direct }: Attachment): Shape {
  if (direct?.kind === 'folder') return 'file';
  const type = direct ? shownTypeOf(name) : media_type;
  if (thumbnail || (direct && type.startsWith('image/'))) return 'picture';
  if (type.startsWith('video/')) return 'video';
  if (type.startsWith('audio/')) return 'audio';
  return isDocument(name, media_type) ? 'document' : 'file';
}

/**
 * Whether its bytes may be asked for: by its sender, and by who has accepted it, once the portal knows (row A11). Of a direct
 * file the portal has none.
 */
export function isServed({ file: { withdrawn, yours, unconfirmed, direct }, message }: ShownFile): boolean {
  if (withdrawn || direct) return false;
  return !message || message.kind.own || yours === 'received' || (yours === 'accepted' && !unconfirmed);
}

/** Whether a direct file is on this computer, as the log has it: one's own, or one that came whole. */
export const isHere = ({ file, message }: ShownFile): boolean =>
  file.direct?.kind === 'file' &&
  !file.withdrawn &&
  message !== undefined &&
  (message.kind.own || file.yours === 'received');

/** Whether the viewer shows it. */
export const isViewable = (ref: ShownFile): boolean =>
  (isHere(ref) || isServed(ref)) && shapeOf(ref.file) !== 'file';

/** Whether one is asked, or may think again. */
export function isAsked({ withdrawn, yours }: AttachmentItem): boolean {
  return !withdrawn && (yours === 'pending' || yours === 'declined');
}

export const isPending = (file: AttachmentItem): boolean => isAsked(file) && file.yours === 'pending';

/** Whether its sender may take it back. */
export const isRevocable = ({ file, message }: FileRef): boolean =>
  message.kind.own && message.seq !== undefined && !file.withdrawn;

/** "📎 report.pdf (1.2 MB)" */
export const labelOf = ({ name, size }: Pick<AttachmentItem, 'name' | 'size'>): string =>
  t('file.label', { name: visibleName(name), size: formatSize(size) });

/** "Program (EXE)" */
export function typeText(name: string): string {
  const ending = extension(name);
  const kind = t(`file.type.${fileKind(name)}`);
  return ending === '' ? kind : t('file.typeEnding', { kind, ending: ending.toUpperCase() });
}

/** What is one thing to a sender. */
export type Step = 'pending' | 'accepted' | 'received' | 'declined' | 'failed' | 'revoked';
/** In the order in which they are shown: up arrow, paper-clip, received, then what went otherwise (rows A10, A12, A13). */
const STEPS: readonly Step[] = ['pending', 'accepted', 'received', 'declined', 'failed', 'revoked'];

export function stepOf(state: RecipientState): Step {
  return state === 'transferring' || state === 'paused' ? 'accepted' : state;
}

export interface Tally {
  step: Step;
  names: string[];
}

/** Who stands where, the empty ones left out. */
export function tallyOf(recipients: AttachmentItem['recipients']): Tally[] {
  return STEPS.flatMap((step) => {
    const names = recipients.filter(({ state }) => stepOf(state) === step).map(({ name }) => name);
    return names.length > 0 ? [{ step, names }] : [];
  });
}

/** "Received by Mia, declined by Jonas" */
export const tallyText = (tallies: readonly Tally[]): string =>
  tallies.map(({ step, names }) => t(`file.by.${step}`, { names: nameList(names) })).join(', ');

/** Why it is there no longer. */
export function withdrawnText(file: AttachmentItem, own: boolean, retention?: AttachmentRetention): string {
  switch (file.withdrawn) {
    case 'revoked':
      return t(own ? 'file.gone.revokedOwn' : 'file.gone.revoked');
    case 'expired': {
      const kept = retention ? keptOf(retention) : 'forever';
      if (kept === 'session_only') return t('file.gone.session_ended');
      return kept === 'forever' ? t('file.gone.expired') : t('file.gone.expiredDays', { days: kept });
    }
    case 'declined_by_all':
      return t('file.gone.declined_by_all');
    case 'session_ended':
      return t('file.gone.session_ended');
    default:
      return '';
  }
}

/** How it stands, in a few words; '' for one that is simply there. */
export function stateText(ref: FileRef, ended: boolean, retention?: AttachmentRetention): string {
  const { file, message } = ref;
  if (file.withdrawn) return withdrawnText(file, message.kind.own, retention);
  if (file.yours === 'pending') return t(ended ? 'file.unanswered' : 'file.asked');
  if (file.yours === 'declined') return t('file.declined');
  if (file.yours === 'received') return t('file.received');
  return message.kind.own ? tallyText(tallyOf(file.recipients)) : '';
}
