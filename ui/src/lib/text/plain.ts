// A message's text as people read it, on one line: its words without the marks that format them.
import { type Block, parseBlocks } from './blocks';
import type { Inline } from './inline';

/** A stretch of what is read. */
export interface Piece {
  text: string;
  /** Where it stands in the text that was typed; -1 for what stands there for a break or a bullet. */
  at: number;
}

export const plainText = (text: string, names: readonly string[] = []): string =>
  plainPieces(text, names)
    .map((piece) => piece.text)
    .join('');

export function plainPieces(text: string, names: readonly string[] = []): Piece[] {
  const reader = new Reader(text);
  reader.blocks(parseBlocks(text, names));
  return reader.pieces;
}

const NUMBER = /\d{1,9}[.)]/g;

/**
 * Walks over the tree. What a leaf of it holds was typed in one go on each of its lines, and the leaves stand in the order
 * in which they were typed: each is found again behind the one before it.
 */
class Reader {
  readonly pieces: Piece[] = [];
  /** Everything before this place has been read. */
  #at = 0;

  constructor(readonly text: string) {}

  blocks(blocks: readonly Block[]): void {
    for (const block of blocks) this.#block(block);
  }

  #block(block: Block): void {
    switch (block.type) {
      case 'text':
        this.#break();
        return this.#inlines(block.inlines);
      case 'code':
        // The language after the ticks is not read.
        this.#at = this.text.indexOf('\n', this.text.indexOf('```', this.#at)) + 1 || this.text.length;
        this.#break();
        return this.#typed(block.text);
      case 'quote':
        return this.blocks(block.blocks);
      case 'list':
        for (const item of block.items) {
          this.#break();
          this.#marker(block.ordered);
          this.blocks(item);
        }
    }
  }

  #marker(ordered: boolean): void {
    NUMBER.lastIndex = this.#at;
    const number = ordered ? NUMBER.exec(this.text)?.[0] : undefined;
    if (number === undefined) this.pieces.push({ text: '•', at: -1 });
    else this.#typed(number);
  }

  #inlines(inlines: readonly Inline[]): void {
    for (const inline of inlines) {
      if ('children' in inline) this.#inlines(inline.children);
      else this.#typed(inline.text);
    }
  }

  #typed(text: string): void {
    text.split('\n').forEach((line, index) => {
      if (index > 0) this.#break();
      if (line === '') return;
      const at = this.text.indexOf(line, this.#at);
      if (at >= 0) this.#at = at + line.length;
      this.pieces.push({ text: line, at });
    });
  }

  /** One space where a line or a block ends. */
  #break(): void {
    const last = this.pieces.at(-1);
    if (last && last.text !== ' ') this.pieces.push({ text: ' ', at: -1 });
  }
}
