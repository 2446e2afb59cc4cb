// What was found in a message, as people read it.
import type { ExcerptPart } from '$lib/proto';
import { plainPieces, plainText } from './plain';

/** Marks whose other half can lie outside of an excerpt. */
const MARKS = ['**', '*', '__', '_', '~~', '`'];

/** `parts` without the marks that format them; what was found stays marked. */
export function excerptAsRead(parts: readonly ExcerptPart[], names: readonly string[] = []): ExcerptPart[] {
  const typed = withOtherHalves(parts, names);
  const hits = hitsOf(typed);
  const read: ExcerptPart[] = [];
  for (const { text, at } of plainPieces(joined(typed), names)) {
    let from = 0;
    for (const hit of at < 0 ? [] : hits) {
      const [start, end] = [Math.max(hit.start - at, from), Math.min(hit.end - at, text.length)];
      if (start >= end) continue;
      add(read, text.slice(from, start), false);
      add(read, text.slice(start, end), true);
      from = end;
    }
    add(read, text.slice(from), false);
  }
  return read;
}

/** The beginning of a message, cut where its sender did not cut it, as people read it. */
export const quoteAsRead = (quote: string, names: readonly string[] = []): string =>
  joined(excerptAsRead([{ text: quote, hit: false }], names));

const joined = (parts: readonly ExcerptPart[]) => parts.map(({ text }) => text).join('');

function hitsOf(parts: readonly ExcerptPart[]): { start: number; end: number }[] {
  let end = 0;
  return parts.flatMap(({ text, hit }) => {
    const start = end;
    end += text.length;
    return hit ? [{ start, end }] : [];
  });
}

function add(parts: ExcerptPart[], text: string, hit: boolean): void {
  const last = parts.at(-1);
  if (text === '') return;
  if (last?.hit === hit) last.text += text;
  else parts.push({ text, hit });
}

/** An excerpt can begin or end within what is bold: the half that was cut off is put back where it makes a pair. */
function withOtherHalves(parts: readonly ExcerptPart[], names: readonly string[]): readonly ExcerptPart[] {
  const paired = (before: readonly ExcerptPart[], change: (mark: string) => ExcerptPart[]) => {
    const length = plainText(joined(before), names).length;
    for (const mark of MARKS) {
      const after = change(mark);
      if (plainText(joined(after), names).length < length) return after;
    }
    return before;
  };
  const opened = paired(parts, (mark) =>
    parts.map((part, index) =>
      index === 0 ? { ...part, text: part.text.replace(/^…\s*/, (cut) => cut + mark) } : part,
    ),
  );
  return paired(opened, (mark) =>
    opened.map((part, index) =>
      index === opened.length - 1 ? { ...part, text: part.text.replace(/\s*…$/, (cut) => mark + cut) } : part,
    ),
  );
}
