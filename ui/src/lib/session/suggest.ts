// What a `/` or an `@` offers while one writes.
import { t } from '$lib/i18n';
import type { CannedReply, CannedReplyInput } from '$lib/proto';

/** One line of the list. */
export interface Suggestion {
  id: string;
  title: string;
  detail?: string;
  /** Stands in the place of what was typed. */
  text: string;
}

export interface Trigger {
  kind: 'reply' | 'mention';
  /** Where the `/` or `@` stands. */
  start: number;
  query: string;
}

/** Names are short; further on an `@` is only an `@`. */
const MENTION_MAX_CHARS = 40;
export const SUGGESTIONS_MAX = 8;

/** `/` alone at the beginning looks for a canned reply, `@` after a space for somebody in the session. */
export function triggerAt(text: string, caret: number): Trigger | null {
  const before = text.slice(0, caret);
  const reply = /^\/(\S*)$/.exec(before);
  if (reply) return { kind: 'reply', start: 0, query: reply[1] ?? '' };
  const at = before.lastIndexOf('@');
  if (at < 0 || caret - at > MENTION_MAX_CHARS) return null;
  const query = before.slice(at + 1);
  if (query.includes('\n') || (at > 0 && !/\s|[([{]/.test(before.charAt(at - 1)))) return null;
  return { kind: 'mention', start: at, query };
}

/** People whose name, or one of its parts, begins with what was typed. */
export function suggestNames(names: readonly string[], query: string): Suggestion[] {
  const sought = query.toLocaleLowerCase();
  const begins = (name: string) => name.toLocaleLowerCase().startsWith(sought);
  return [...new Set(names)]
    .filter((name) => begins(name) || name.split(/\s+/).some(begins))
    .slice(0, SUGGESTIONS_MAX)
    .map((name) => ({ id: name, title: name, text: `@${name} ` }));
}

/** Replies by their shortcut first, then by their words. */
export function suggestReplies(replies: readonly CannedReply[], query: string): Suggestion[] {
  const sought = query.toLocaleLowerCase();
  const rank = ({ shortcut, text }: CannedReply) => {
    if (shortcut.toLocaleLowerCase().startsWith(sought)) return 0;
    return `${shortcut} ${text}`.toLocaleLowerCase().includes(sought) ? 1 : 2;
  };
  return replies
    .filter((reply) => rank(reply) < 2)
    .sort((a, b) => rank(a) - rank(b) || a.shortcut.localeCompare(b.shortcut))
    .slice(0, SUGGESTIONS_MAX)
    .map(({ id, shortcut, text }) => ({ id, title: `/${shortcut}`, detail: text, text }));
}

/** Characters of a shortcut, and of a reply (a message's limit). */
const SHORTCUT_MAX_CHARS = 32;
const REPLY_MAX_CHARS = 20_000;

/** What is wrong with a reply, by field; `own` is its id while it is changed. */
export function checkReply(
  { shortcut, text }: CannedReplyInput,
  own: string,
  others: readonly CannedReply[],
): Record<string, string> {
  const taken = others.some(
    (other) => other.id !== own && other.shortcut.toLocaleLowerCase() === shortcut.toLocaleLowerCase(),
  );
  const errors: Record<string, string> = {};
  if (!/^\S+$/.test(shortcut)) errors.shortcut = t('replies.shortcutMissing');
  else if (shortcut.length > SHORTCUT_MAX_CHARS)
    errors.shortcut = t('replies.shortcutLong', { max: SHORTCUT_MAX_CHARS });
  else if (taken) errors.shortcut = t('replies.shortcutTaken');
  if (text === '') errors.text = t('replies.textMissing');
  else if (text.length > REPLY_MAX_CHARS) errors.text = t('composer.tooLong', { max: REPLY_MAX_CHARS });
  return errors;
}

/** Those whose `@Name` stands in `text`. */
export function mentionedIn<T extends { id: string; name: string }>(
  text: string,
  people: readonly T[],
): string[] {
  return people.filter(({ name }) => name !== '' && text.includes(`@${name}`)).map(({ id }) => id);
}
