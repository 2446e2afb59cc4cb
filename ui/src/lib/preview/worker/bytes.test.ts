import { describe, expect, it, vi } from 'vitest';
import { PIECE_BYTES } from '../source';
import { BlobBytes, NOT_YET, PieceBytes, startOf, UNREADABLE } from './bytes';

const bytesOf = (...values: number[]) => new Uint8Array(values).buffer;
const read = (
  bytes: { read(offset: number, buffer: Uint8Array): number },
  offset: number,
  length: number,
) => {
  const buffer = new Uint8Array(length);
  const count = bytes.read(offset, buffer);
  return count < 0 ? count : [...buffer.subarray(0, count)];
};

describe('pieces that the page brings', () => {
  it('begin at whole pieces', () => {
    expect([0, 1, PIECE_BYTES - 1, PIECE_BYTES, 3 * PIECE_BYTES + 5].map(startOf)).toEqual([
      0,
      0,
      0,
      PIECE_BYTES,
      3 * PIECE_BYTES,
    ]);
  });

  it('are waited for, then read; the end is no wait', () => {
    const bytes = new PieceBytes(3);
    expect(read(bytes, 0, 2)).toBe(NOT_YET);
    bytes.add(0, bytesOf(1, 2, 3));
    expect(read(bytes, 1, 9)).toEqual([2, 3]);
    expect([read(bytes, 3, 1), read(bytes, 900, 1)]).toEqual([[], []]);
  });

  it('end where a piece ends: the rest is asked for', () => {
    const bytes = new PieceBytes(PIECE_BYTES + 2);
    bytes.add(0, new ArrayBuffer(PIECE_BYTES));
    expect(read(bytes, PIECE_BYTES - 1, 3)).toEqual([0]);
    expect(read(bytes, PIECE_BYTES, 3)).toBe(NOT_YET);
    bytes.add(PIECE_BYTES, bytesOf(7, 8));
    expect(read(bytes, PIECE_BYTES, 3)).toEqual([7, 8]);
  });

  it('cannot be read once they cannot be had, until they can again', () => {
    const bytes = new PieceBytes(2 * PIECE_BYTES);
    bytes.add(0, bytesOf(1));
    bytes.add(PIECE_BYTES, null);
    expect([read(bytes, 0, 1), read(bytes, PIECE_BYTES, 1)]).toEqual([[1], UNREADABLE]);
    bytes.add(PIECE_BYTES, bytesOf(2));
    expect(read(bytes, PIECE_BYTES, 1)).toEqual([2]);
  });

  it('make room for new ones, the oldest first', () => {
    const bytes = new PieceBytes(4 * PIECE_BYTES, 2);
    for (const piece of [0, 1, 2]) bytes.add(piece * PIECE_BYTES, bytesOf(piece));
    expect([0, 1, 2].map((piece) => read(bytes, piece * PIECE_BYTES, 1))).toEqual([NOT_YET, [1], [2]]);
  });
});

describe('a Blob', () => {
  const whole = Uint8Array.from({ length: 3 * 1024 * 1024 }, (_, at) => at % 251);
  /** A Blob that says which of its bytes are asked for. */
  const blob = { size: whole.length, slice: (from: number, to: number) => [from, to] } as unknown as Blob;

  it('is read in long strides, however small the bites are', () => {
    const readAsArrayBuffer = vi.fn((slice: unknown) => {
      const [from, to] = slice as [number, number];
      return whole.slice(from, to).buffer;
    });
    const bytes = new BlobBytes(blob, { readAsArrayBuffer });
    expect(bytes.length).toBe(whole.length);
    for (let at = 0; at < 1000; at += 10)
      expect(read(bytes, at, 10)).toEqual([...whole.subarray(at, at + 10)]);
    expect(readAsArrayBuffer).toHaveBeenCalledTimes(1);
    expect(read(bytes, whole.length - 2, 10)).toEqual([...whole.subarray(-2)]);
    expect(read(bytes, 5, 1)).toEqual([5]);
    expect(readAsArrayBuffer).toHaveBeenCalledTimes(2);
    expect(read(bytes, whole.length, 1)).toEqual([]);
  });

  it('that is gone cannot be read', () => {
    const readAsArrayBuffer = () => {
      throw new DOMException('gone', 'NotFoundError');
    };
    expect(read(new BlobBytes(blob, { readAsArrayBuffer }), 0, 1)).toBe(UNREADABLE);
  });
});
