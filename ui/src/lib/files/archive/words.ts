// What sessions and what is in them are called.
import { t } from '$lib/i18n';
import { nameList, plainName } from '$lib/i18n/list';
import type { FileFate, FilesEntry, Outcome, WithdrawReason } from '$lib/proto';

export const OUTCOMES = [
  'solved',
  'partly_solved',
  'not_solved',
  'follow_up',
  'no_case',
] as const satisfies Outcome[];

/** Its title or, where it has none, who came. */
export const titleOf = ({ title, customers }: Pick<FilesEntry, 'title' | 'customers'>): string =>
  plainName(title) || nameList(customers) || t('room.untitled');

/** Why a file is gone; of a reason of a later version, that it is. */
export function goneText(reason: WithdrawReason): string {
  switch (reason) {
    case 'revoked':
      return t('file.gone.revoked');
    case 'declined_by_all':
      return t('file.gone.declined_by_all');
    case 'session_ended':
      return t('file.gone.session_ended');
    default:
      return t('file.gone.expired');
  }
}

/** What became of a file, where that is not simply that it is there. */
export function fateText(fate: FileFate): string {
  if (fate.type === 'gone') return goneText(fate.reason);
  return fate.type === 'direct' ? t('files.direct') : '';
}
