import { describe, expect, it, vi } from 'vitest';
import { PIECE_BYTES } from '$lib/preview/source';
import { piecesOf } from './receive';

/** A file of `size` bytes, of which the n-th is n % 251, and who reads it. */
function sourceOf(size: number) {
  const asked: number[] = [];
  const piece = vi.fn((offset: number) => {
    asked.push(offset);
    const length = Math.max(0, Math.min(PIECE_BYTES, size - offset));
    return Promise.resolve(Uint8Array.from({ length }, (_, at) => (offset + at) % 251).buffer);
  });
  return { source: piecesOf(size, piece), asked };
}

describe('a document out of Rust', () => {
  it.each<[string, number, number, number, number[], number]>([
    ['a small one', 10, 0, PIECE_BYTES, [0], 10],
    ['a part of it', 10, 2, 5, [2], 5],
    ['its end', 10, 8, PIECE_BYTES, [8], 2],
    ['behind its end', 10, 10, 5, [10], 0],
    ['an empty one', 0, 0, 5, [0], 0],
    ['nothing', 10, 3, 0, [], 0],
    ['a whole piece', 2 * PIECE_BYTES, PIECE_BYTES, PIECE_BYTES, [PIECE_BYTES], PIECE_BYTES],
    ['more than a piece', 3 * PIECE_BYTES, 5, PIECE_BYTES + 9, [5, PIECE_BYTES + 5], PIECE_BYTES + 9],
    ['more than there is', PIECE_BYTES + 3, 0, 9 * PIECE_BYTES, [0, PIECE_BYTES], PIECE_BYTES + 3],
  ])('%s', async (_name, size, offset, length, asks, got) => {
    const { source, asked } = sourceOf(size);
    const bytes = new Uint8Array(await source.read(offset, length));
    expect([source.size, asked, bytes.length]).toEqual([size, asks, got]);
    for (const at of [0, got - 1].filter((at) => at >= 0 && at < got))
      expect(bytes[at]).toBe((offset + at) % 251);
  });

  it('fails as its pieces do', async () => {
    const source = piecesOf(9, () => Promise.reject(new Error('gone')));
    await expect(source.read(0, 9)).rejects.toThrow('gone');
  });
});
