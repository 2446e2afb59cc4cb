// How items of a transcript follow one another, and what those say that are no messages.
import { t } from '$lib/i18n';
import { nameList, plainName } from '$lib/i18n/list';
import { dayNumber } from '$lib/i18n/time';
import type { TranscriptItem } from '$lib/proto';
import { visibleName } from '$lib/util/fileName';
import { goneText } from './words';

/** Messages of one person within this time stand under one name. */
const GROUP_MILLIS = 5 * 60_000;

const isSpoken = ({ what }: TranscriptItem) => what.type === 'message' || what.type === 'deleted';

/** Whether a new day begins, and whether the name is told (again). */
export function placeAfter(
  before: TranscriptItem | undefined,
  item: TranscriptItem,
): { day: boolean; head: boolean } {
  const day = !before || dayNumber(before.at) !== dayNumber(item.at);
  const goes =
    !day &&
    isSpoken(before) &&
    before.by?.name === item.by?.name &&
    before.by?.role === item.by?.role &&
    before.technicians_only === item.technicians_only &&
    item.at - before.at < GROUP_MILLIS;
  return { day, head: !goes };
}

/** A sentence for what happened. */
export function eventText({ by, what }: TranscriptItem): string {
  const name = plainName(by?.name ?? t('transcript.portal'));
  const names = (files: readonly string[]) => nameList(files.map(visibleName));
  switch (what.type) {
    case 'waiting':
    case 'joined':
    case 'left':
      return t(`notice.${what.type}`, { name });
    case 'removed':
      return t('notice.removed', { name: plainName(what.who.name), by: name });
    case 'ended':
      return what.reason === 'idle' ? t('notice.ended_idle') : t('notice.ended', { by: name });
    case 'answered':
      return t(what.accepted ? 'transcript.accepted' : 'transcript.declined', {
        name,
        files: names(what.files),
      });
    case 'received':
      return t('transcript.received', { name, files: names(what.files) });
    case 'withdrawn':
      return t('transcript.withdrawn', { files: names(what.files), why: goneText(what.reason) });
    default:
      return t('notice.unknown');
  }
}

/** Who deleted a message that stood here. */
export function deletedText({ by, what }: TranscriptItem): string {
  const name = plainName(by?.name ?? t('transcript.portal'));
  const deleter = what.type === 'deleted' && what.by ? plainName(what.by.name) : undefined;
  if (deleter === undefined) return t('transcript.deleted', { name });
  return deleter === name
    ? t('message.deletedOwn', { by: name })
    : t('message.deleted', { by: deleter, name });
}
