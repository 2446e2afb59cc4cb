// The timeline as it is read aloud.
import { announce } from '$app/announce.svelte';
import { t } from '$lib/i18n';
import { clockTime } from '$lib/i18n/time';
import { visibleName } from '$lib/util/fileName';
import { formatSize } from '$lib/util/size';
import type { TimelineItem } from '$lib/proto';

/** A reader is not held up by one long message; the message itself can be read on. */
const SPOKEN_MAX_CHARS = 300;

export function spokenText({ kind }: TimelineItem): string {
  if (kind.type === 'deleted')
    return t('message.deleted', { name: kind.sender_name, by: kind.deleted_by_name });
  if (kind.type !== 'message') return '';
  const files = kind.attachments.map(({ name, size }) =>
    t('file.label', { name: visibleName(name), size: formatSize(size) }),
  );
  const text = kind.text.length > SPOKEN_MAX_CHARS ? `${kind.text.slice(0, SPOKEN_MAX_CHARS)}…` : kind.text;
  return [kind.private ? t('message.private') : '', text, ...files].filter((part) => part !== '').join(', ');
}

/** "Mia, 10:32: Hello" */
export function spokenRow(item: TimelineItem): string {
  const { kind } = item;
  if (kind.type !== 'message' && kind.type !== 'deleted') return '';
  const name = kind.own ? t('room.you') : kind.sender_name;
  return t('message.spoken', { name, time: clockTime(item.at), text: spokenText(item) });
}

/** Says what has come: one message word by word, several by their number. */
export function sayNew(items: readonly TimelineItem[]): void {
  const [first, second] = items;
  if (!first || first.kind.type !== 'message') return;
  if (second) announce(t('room.newBelow', { count: items.length }));
  else announce(t('message.came', { name: first.kind.sender_name, text: spokenText(first) }));
}
