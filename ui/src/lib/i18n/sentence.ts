import { t, type MessageKey, type MessageVars } from '.';

/** A part of a sentence: its own words, or something that came from people, by its name in the message. */
export type Part = { text: string } | { name: string; value: string };

/** Stands in the formatted message where a value goes; no text of ours has it. */
const MARK = '\u0001';

/**
 * The message `key`, cut where `values` stand in it: each can be set apart, so that nothing in it (direction, line breaks) reaches the
 * words around it.
 */
export function sentence(key: MessageKey, values: Record<string, string>, vars: MessageVars = {}): Part[] {
  const names = Object.keys(values);
  const marked = Object.fromEntries(names.map((name, at) => [name, `${MARK}${at}${MARK}`]));
  return t(key, { ...vars, ...marked })
    .split(MARK)
    .map((text, at): Part => {
      const name = names[Number(text)];
      return at % 2 === 1 && name !== undefined ? { name, value: values[name] ?? '' } : { text };
    })
    .filter((part) => !('text' in part) || part.text !== '');
}
