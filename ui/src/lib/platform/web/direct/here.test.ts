import { describe, expect, it, vi } from 'vitest';
import { forgetHere, hereOf, noteHere } from './here';

describe('direct files within reach of this page', () => {
  it('are found until they are forgotten', async () => {
    const blob = new Blob(['hello']);
    expect(await hereOf('a')).toBeNull();
    noteHere('a', () => Promise.resolve(blob));
    expect([await hereOf('a'), await hereOf('b')]).toEqual([blob, null]);
    forgetHere('a');
    expect(await hereOf('a')).toBeNull();
  });

  it('are opened anew each time', async () => {
    const open = vi.fn(() => Promise.resolve(new Blob(['x'])));
    noteHere('c', open);
    await hereOf('c');
    await hereOf('c');
    expect(open).toHaveBeenCalledTimes(2);
  });

  it('that are gone or changed are within reach no longer', async () => {
    noteHere('d', () => Promise.reject(new DOMException('gone', 'NotFoundError')));
    expect(await hereOf('d')).toBeNull();
    // A File of a picker notices with its first byte.
    const changed = {
      slice: () => ({ arrayBuffer: () => Promise.reject(new DOMException('', 'NotReadableError')) }),
    };
    noteHere('e', () => Promise.resolve(changed as unknown as Blob));
    expect(await hereOf('e')).toBeNull();
  });

  it('may be empty', async () => {
    const blob = new Blob([]);
    noteHere('f', () => Promise.resolve(blob));
    expect(await hereOf('f')).toBe(blob);
  });
});
