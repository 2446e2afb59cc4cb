import { visibleName } from '$lib/util/fileName';

/** Whether every word of `query` stands in one of `texts`; case and accents as people type them. */
export function matches(query: string, ...texts: readonly (string | undefined)[]): boolean {
  const plain = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase();
  const there = texts.map((text) => plain(text ?? ''));
  return plain(query)
    .split(/\s+/)
    .every((word) => there.some((text) => text.includes(word)));
}

/** A name that people chose, on one line, with what would hide something in it made visible. */
export const shownName = (name: string): string => visibleName(name).replace(/\s+/g, ' ').trim();
