// The small part of Markdown that messages have, as a tree. Own code rather than micromark: that takes seconds for hostile
// texts of 20,000 characters ("- - - …" 4.4 s, "1. 1. …" 2.1 s), ends lines where the writer did not, and knows far more than
// a chat needs. Here the work is proportional to the text and nothing goes deeper than NESTING_MAX.
import { type Inline, parseInline } from './inline';

export type Block =
  | { type: 'text'; inlines: Inline[] }
  | { type: 'code'; text: string; language: string }
  | { type: 'quote'; blocks: Block[] }
  | { type: 'list'; ordered: boolean; start: number; items: Block[][] };

/** Quotes and lists within each other; what is deeper stands as typed. */
const NESTING_MAX = 4;
const FENCE = /^ {0,3}(`{3,})[ \t]*([\w+#.-]{0,32})[ \t]*$/;
const QUOTE = /^ {0,3}> ?/;
const ITEM = /^( {0,3})([-*•]|\d{1,9}[.)])[ \t]+(?=\S)/;

export function parseBlocks(text: string, names: readonly string[] = []): Block[] {
  return blocksOf(text.split(/\r\n|\r|\n/), names, 0);
}

function blocksOf(lines: readonly string[], names: readonly string[], depth: number): Block[] {
  const blocks: Block[] = [];
  let plain: string[] = [];
  const endText = () => {
    // Lines between blocks part them already; within a text they stand as typed.
    const [from, to] = [plain.findIndex(isFull), plain.findLastIndex(isFull) + 1];
    if (from >= 0)
      blocks.push({ type: 'text', inlines: parseInline(plain.slice(from, to).join('\n'), names) });
    plain = [];
  };
  let at = 0;
  while (at < lines.length) {
    const taken = fenceAt(lines, at) ?? (depth < NESTING_MAX ? nestedAt(lines, at, names, depth) : null);
    if (taken) {
      endText();
      blocks.push(taken.block);
      at = taken.next;
    } else {
      plain.push(lines[at] ?? '');
      at += 1;
    }
  }
  endText();
  return blocks;
}

interface Taken {
  block: Block;
  next: number;
}

const isFull = (line: string) => line.trim() !== '';

function fenceAt(lines: readonly string[], at: number): Taken | null {
  const open = FENCE.exec(lines[at] ?? '');
  if (!open) return null;
  const [, ticks = '', language = ''] = open;
  let end = at + 1;
  while (end < lines.length && !isFenceEnd(lines[end] ?? '', ticks.length)) end += 1;
  const text = lines.slice(at + 1, end).join('\n');
  return { block: { type: 'code', text, language }, next: end + 1 };
}

function isFenceEnd(line: string, ticks: number): boolean {
  const close = FENCE.exec(line);
  return close !== null && close[2] === '' && (close[1]?.length ?? 0) >= ticks;
}

function nestedAt(
  lines: readonly string[],
  at: number,
  names: readonly string[],
  depth: number,
): Taken | null {
  const line = lines[at] ?? '';
  if (QUOTE.test(line)) return quoteAt(lines, at, names, depth);
  return ITEM.test(line) ? listAt(lines, at, names, depth) : null;
}

function quoteAt(lines: readonly string[], at: number, names: readonly string[], depth: number): Taken {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end] ?? '')) end += 1;
  const inner = lines.slice(at, end).map((line) => line.replace(QUOTE, ''));
  return { block: { type: 'quote', blocks: blocksOf(inner, names, depth + 1) }, next: end };
}

function listAt(lines: readonly string[], at: number, names: readonly string[], depth: number): Taken {
  const first = ITEM.exec(lines[at] ?? '')?.[2] ?? '-';
  const ordered = isNumber(first);
  const items: Block[][] = [];
  let next = at;
  for (;;) {
    const item = ITEM.exec(lines[next] ?? '');
    if (!item || isNumber(item[2] ?? '') !== ordered) break;
    const inner = [(lines[next] ?? '').slice(item[0].length)];
    next += 1;
    // Indented lines go on with the item, or nest a list in it.
    while (next < lines.length && /^(?: {2,}|\t)\S/.test(lines[next] ?? '')) {
      inner.push((lines[next] ?? '').replace(/^(?: {1,4}|\t)/, ''));
      next += 1;
    }
    items.push(blocksOf(inner, names, depth + 1));
  }
  return { block: { type: 'list', ordered, start: ordered ? Number.parseInt(first, 10) : 1, items }, next };
}

const isNumber = (marker: string) => /^\d/.test(marker);
