import { findLinks, type LinkSpan } from '$lib/util/links';

export type Inline =
  | { type: 'text'; text: string }
  | { type: 'code'; text: string }
  | { type: 'link'; text: string; href: string }
  | { type: 'mention'; text: string }
  | { type: 'em' | 'strong' | 'both' | 'del'; children: Inline[] };

type Styled = Extract<Inline, { children: unknown }>['type'];

const STYLES: Record<string, Styled> = {
  '*': 'em',
  _: 'em',
  '**': 'strong',
  __: 'strong',
  '***': 'both',
  ___: 'both',
  '~~': 'del',
};
/** Names that are looked for at each `@`: a session has a handful of people. */
const NAMES_MAX = 100;

interface Opener {
  marker: string;
  /** Where its text stands in the nodes; what follows it becomes its children. */
  at: number;
}

/**
 * Formatting within a line or more. One pass: each marker is open at most once, so the stack is no deeper than there are
 * markers and the work stays proportional to the text.
 */
export function parseInline(text: string, names: readonly string[] = []): Inline[] {
  return new InlineParser(text, names).parse();
}

class InlineParser {
  #nodes: Inline[] = [];
  #openers: Opener[] = [];
  #at = 0;
  #plainFrom = 0;
  #links: LinkSpan[];
  #backticks: Map<number, number[]>;
  #names: string[];

  constructor(
    readonly text: string,
    names: readonly string[],
  ) {
    this.#links = findLinks(text).reverse();
    this.#backticks = backtickRuns(text);
    // The longest first: "@Ada Berger" before "@Ada".
    this.#names = names.slice(0, NAMES_MAX).sort((a, b) => b.length - a.length);
  }

  parse(): Inline[] {
    while (this.#at < this.text.length) if (!this.#step()) this.#at += 1;
    this.#flush();
    return merged(this.#nodes);
  }

  /** Takes what stands here; false where it is plain text. */
  #step(): boolean {
    while ((this.#links.at(-1)?.start ?? Infinity) < this.#at) this.#links.pop();
    const link = this.#links.at(-1);
    if (link?.start === this.#at) {
      return this.#take(link.end, {
        type: 'link',
        text: this.text.slice(link.start, link.end),
        href: link.href,
      });
    }
    switch (this.text.charAt(this.#at)) {
      case '`':
        return this.#code();
      case '@':
        return this.#mention();
      case '*':
      case '_':
      case '~':
        return this.#marker();
      default:
        return false;
    }
  }

  #flush(): void {
    if (this.#at > this.#plainFrom) {
      this.#nodes.push({ type: 'text', text: this.text.slice(this.#plainFrom, this.#at) });
    }
  }

  #take(end: number, node?: Inline): true {
    this.#flush();
    if (node) this.#nodes.push(node);
    this.#at = end;
    this.#plainFrom = end;
    return true;
  }

  #code(): boolean {
    const length = runLength(this.text, this.#at);
    const start = this.#at + length;
    const runs = this.#backticks.get(length) ?? [];
    // Kept last first: those that lie behind are dropped, each once.
    while (runs.length > 0 && (runs.at(-1) ?? 0) < start) runs.pop();
    const close = runs.at(-1);
    if (close === undefined) {
      this.#at = start;
      return true;
    }
    const inner = this.text.slice(start, close);
    // "`` ` ``": one space at both ends keeps backticks apart (CommonMark 0.31 §6.1).
    const padded = inner.startsWith(' ') && inner.endsWith(' ') && inner.trim() !== '';
    return this.#take(close + length, { type: 'code', text: padded ? inner.slice(1, -1) : inner });
  }

  #mention(): boolean {
    if (isWord(this.text.charAt(this.#at - 1))) return false;
    const name = this.#names.find((name) => name !== '' && this.text.startsWith(name, this.#at + 1));
    if (name === undefined || isWord(this.text.charAt(this.#at + 1 + name.length))) return false;
    return this.#take(this.#at + 1 + name.length, { type: 'mention', text: `@${name}` });
  }

  #marker(): boolean {
    const length = runLength(this.text, this.#at);
    const marker = this.text.slice(this.#at, this.#at + length);
    const before = this.text.charAt(this.#at - 1);
    const after = this.text.charAt(this.#at + length);
    // Within a word `_` is a letter: file_names_like_this.
    const inWord = marker.startsWith('_') && isWord(before) && isWord(after);
    if (!inWord && isSolid(before) && this.#close(marker, length)) return true;
    if (
      STYLES[marker] !== undefined &&
      !inWord &&
      isSolid(after) &&
      !(marker.startsWith('_') && isWord(before))
    ) {
      this.#open(marker);
    } else {
      this.#at += length;
    }
    return true;
  }

  #open(marker: string): void {
    // The nearer opener wins: "*note: see *this*".
    this.#openers = this.#openers.filter((opener) => opener.marker !== marker);
    this.#flush();
    this.#openers.push({ marker, at: this.#nodes.length });
    this.#nodes.push({ type: 'text', text: marker });
    this.#at += marker.length;
    this.#plainFrom = this.#at;
  }

  /** Closes what a run of `length` can close: "*a **b***" closes two. */
  #close(run: string, length: number): boolean {
    let left = length;
    let closed = false;
    for (;;) {
      const index = this.#openers.findLastIndex(
        ({ marker }) => marker.charAt(0) === run.charAt(0) && marker.length <= left,
      );
      const opener = this.#openers[index];
      if (!opener || (left < length && !closed)) break;
      this.#flush();
      this.#plainFrom = this.#at;
      const children = this.#nodes.splice(opener.at).slice(1);
      if (children.length === 0) {
        this.#nodes.push({ type: 'text', text: opener.marker });
        this.#openers.length = index;
        break;
      }
      this.#nodes.push({ type: STYLES[opener.marker] ?? 'em', children: merged(children) });
      this.#openers.length = index;
      this.#at += opener.marker.length;
      this.#plainFrom = this.#at;
      left -= opener.marker.length;
      closed = true;
      if (left === 0) break;
    }
    if (closed) this.#at += left;
    return closed;
  }
}

function runLength(text: string, at: number): number {
  const char = text.charAt(at);
  let end = at + 1;
  while (text.charAt(end) === char) end += 1;
  return end - at;
}

/** Where runs of backticks begin, by their length; the last first. */
function backtickRuns(text: string): Map<number, number[]> {
  const runs = new Map<number, number[]>();
  for (const { 0: run, index } of text.matchAll(/`+/g)) {
    const same = runs.get(run.length);
    if (same) same.push(index);
    else runs.set(run.length, [index]);
  }
  for (const positions of runs.values()) positions.reverse();
  return runs;
}

const isWord = (char: string) => /[\p{L}\p{N}]/u.test(char);
const isSolid = (char: string) => char !== '' && !/\s/.test(char);

/** Neighbouring texts are one node. */
function merged(nodes: Inline[]): Inline[] {
  const result: Inline[] = [];
  for (const node of nodes) {
    const last = result.at(-1);
    if (node.type === 'text' && last?.type === 'text')
      result[result.length - 1] = { type: 'text', text: last.text + node.text };
    else result.push(node);
  }
  return result;
}
