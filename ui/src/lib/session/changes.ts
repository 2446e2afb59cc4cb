// What others do to messages that stand there already, as it is said.
import { announce } from '$app/announce.svelte';
import { labelOf, tallyOf, tallyText, withdrawnText } from '$lib/files/fileState';
import { t } from '$lib/i18n';
import type { MessageItem, Reaction, TimelineItem } from '$lib/proto';
import { deletedText, spokenBeginning } from './spoken';

/** Milliseconds in which changes gather: one is said as what it is, more of them by their number. */
export const GATHERED = 1_000;

/** One sentence for each thing that somebody else did between two states of a row, by what it is about. */
export function changesOf(before: TimelineItem, after: TimelineItem): Map<string, string> {
  const said = new Map<string, string>();
  if (before.kind.type !== 'message') return said;
  if (after.kind.type === 'deleted') {
    if (!after.kind.deleted_by_own) said.set('deleted', deletedText(after.kind));
    return said;
  }
  if (after.kind.type !== 'message') return said;
  const { kind } = after;
  if (!kind.own && kind.edited_at !== undefined && kind.text !== before.kind.text) {
    said.set('edited', t('message.editedBy', { name: kind.sender_name, text: spokenBeginning(after) }));
  }
  for (const { name, emoji, given } of reactionsOf(before.kind, kind)) {
    const key = given ? 'message.reactedBy' : 'message.unreactedBy';
    said.set(
      `${emoji} ${name}`,
      t(key, { name, emoji, own: String(kind.own), text: spokenBeginning(after) }),
    );
  }
  for (const [about, sentence] of fileChanges(before.kind, kind)) said.set(about, sentence);
  return said;
}

/** What others answered to one's own files, and what they took back. */
function* fileChanges(before: MessageItem, after: MessageItem): Iterable<[string, string]> {
  for (const file of after.attachments) {
    const old = before.attachments.find(({ id }) => id === file.id);
    if (!old) continue;
    const label = labelOf(file);
    if (!old.withdrawn && file.withdrawn) {
      const why = withdrawnText(file, after.own);
      if (!after.own || file.withdrawn !== 'revoked') yield [file.id, t('file.change', { file: label, why })];
    } else if (after.own) {
      const changed = file.recipients.filter(({ state }, index) => {
        const was = old.recipients[index]?.state;
        return was !== state && state !== 'pending';
      });
      for (const { step, names } of tallyOf(changed)) {
        yield [`${file.id} ${step}`, t('file.change', { file: label, why: tallyText([{ step, names }]) })];
      }
    }
  }
}

interface Given {
  name: string;
  emoji: string;
  given: boolean;
}

function reactionsOf(before: MessageItem, after: MessageItem): Given[] {
  const emojis = new Set([...before.reactions, ...after.reactions].map(({ emoji }) => emoji));
  return [...emojis].flatMap((emoji) => {
    const [old, now] = [before, after].map((kind) => namesOf(kind.reactions, emoji)) as [string[], string[]];
    return [
      ...without(now, old).map((name) => ({ name, emoji, given: true })),
      ...without(old, now).map((name) => ({ name, emoji, given: false })),
    ];
  });
}

const namesOf = (reactions: readonly Reaction[], emoji: string): string[] =>
  reactions.find((reaction) => reaction.emoji === emoji)?.names ?? [];

/** Two people can have one name: each takes away one. */
function without(names: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return names.filter((name) => {
    const index = left.indexOf(name);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

/** Gathers what others change, and says it in one sentence. */
export class SpokenChanges {
  /** By message, then by what it is about: the newest word on each. */
  #waiting = new Map<string, Map<string, string>>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  follow(before: TimelineItem, after: TimelineItem): void {
    const changes = changesOf(before, after);
    if (changes.size === 0) return;
    // Of a deleted message nothing else is said any more.
    const earlier = changes.has('deleted') ? [] : (this.#waiting.get(after.key) ?? []);
    this.#waiting.set(after.key, new Map([...earlier, ...changes]));
    this.#timer ??= setTimeout(() => this.#say(), GATHERED);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting.clear();
  }

  #say(): void {
    const [first, ...more] = [...this.#waiting.values()].flatMap((changes) => [...changes.values()]);
    this.stop();
    if (first === undefined) return;
    announce(more.length === 0 ? first : t('message.changes', { count: more.length + 1 }));
  }
}
