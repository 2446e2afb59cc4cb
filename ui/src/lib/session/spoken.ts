// The timeline as it is read aloud.
import { announce } from '$app/announce.svelte';
import { t } from '$lib/i18n';
import { clockTime } from '$lib/i18n/time';
import { isPending, labelOf } from '$lib/files/fileState';
import type { ItemKind, TimelineItem } from '$lib/proto';
import { plainText } from '$lib/text/plain';

/** A reader is not held up by one long message; the message itself can be read on. */
const SPOKEN_MAX_CHARS = 300;
/** Nor by a message with hundreds of files. */
const SPOKEN_MAX_FILES = 3;
/** Enough to know which message is meant. */
const BEGINNING_MAX_CHARS = 60;

export function spokenText({ kind }: TimelineItem): string {
  if (kind.type === 'deleted') return deletedText(kind);
  if (kind.type !== 'message') return '';
  const files = kind.attachments
    .slice(0, SPOKEN_MAX_FILES)
    .map((file) => (isPending(file) ? t('file.spokenAsked', { file: labelOf(file) }) : labelOf(file)));
  const more = kind.attachments.length - files.length;
  if (more > 0) files.push(t('file.spokenMore', { count: more }));
  const text = cut(plainText(kind.text.slice(0, 2 * SPOKEN_MAX_CHARS)), SPOKEN_MAX_CHARS);
  return [kind.private ? t('message.private') : '', text, ...files].filter((part) => part !== '').join(', ');
}

/** The first words of a message, to tell it from others. */
export const spokenBeginning = (item: TimelineItem): string => cut(spokenText(item), BEGINNING_MAX_CHARS);

/** Who deleted whose message. */
export function deletedText(kind: Extract<ItemKind, { type: 'deleted' }>): string {
  const { deleted_by_name: by, sender_name: name } = kind;
  if (kind.deleted_by_own) return t(kind.own ? 'message.deletedYours' : 'message.deletedByYou', { name });
  return by === name ? t('message.deletedOwn', { by }) : t('message.deleted', { by, name });
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

/** Never between the halves of one character. */
function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const end = /[\ud800-\udbff]/.test(text.charAt(max - 1)) ? max - 1 : max;
  return `${text.slice(0, end).trimEnd()}…`;
}
