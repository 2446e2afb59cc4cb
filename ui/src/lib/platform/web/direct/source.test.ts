// Z20, P: a source that changed is never spliced; after a reload the same file goes on.
import { describe, expect, it, vi } from 'vitest';
import { isSame, sourceOf } from './source';

const file = (name: string, text: string, lastModified = 5) => new File([text], name, { lastModified });
const one = (picked: File) => sourceOf({ handle: picked, name: picked.name, size: picked.size });

describe('what is sent', () => {
  it('is read block by block', async () => {
    const source = one(file('a.txt', 'abcdef'));
    expect(source?.list).toEqual({ kind: 'file', entries: [{ path: 'a.txt', size: 6 }] });
    const block = await source?.read({ file: 0, offset: 2 }, 3);
    expect([...(block ?? [])]).toEqual([...'cde'].map((letter) => letter.charCodeAt(0)));
  });

  it.each([
    ['NotFoundError', 'gone'],
    ['NotReadableError', 'changed'],
    ['SecurityError', 'disk'],
  ])('a browser that says %s means %s', async (name, expected) => {
    const picked = file('a.txt', 'abc');
    vi.spyOn(picked, 'slice').mockReturnValue({
      arrayBuffer: () => Promise.reject(new DOMException('', name)),
    } as Blob);
    expect(await one(picked)?.read({ file: 0, offset: 0 }, 3)).toBe(expected);
  });

  it('a file that became shorter has changed', async () => {
    expect(await one(file('a.txt', 'abc'))?.read({ file: 0, offset: 2 }, 3)).toBe('changed');
    expect(await one(file('a.txt', 'abc'))?.read({ file: 1, offset: 0 }, 3)).toBe('gone');
  });

  it('lists a folder in one order, however the browser does', () => {
    const contents = [
      { path: 'b', file: file('b', '12') },
      { path: 'a/c', file: file('c', '1') },
    ];
    const folder = (all: typeof contents) =>
      sourceOf({ handle: '', name: 'f', size: 3, tree: { files: 2, contents: all } });
    expect(folder(contents)?.list).toEqual(folder([...contents].reverse())?.list);
    expect(folder(contents)?.list.entries.map(({ path }) => path)).toEqual(['a/c', 'b']);
  });

  it('a desktop path is none of a page’s', () => {
    expect(sourceOf({ handle: 'picked-1', name: 'a', size: 1 })).toBeNull();
  });
});

describe('picked again', () => {
  const before = {
    list: { kind: 'file' as const, entries: [{ path: 'as the log says', size: 3 }] },
    stamps: [5],
  };
  it.each([
    ['the same', file('a.txt', 'abc'), true],
    ['longer', file('a.txt', 'abcd'), false],
    ['changed since', file('a.txt', 'abc', 6), false],
  ])('%s', (_, picked, expected) => {
    const source = one(picked);
    expect(source && isSame(source, before.list, before.stamps)).toBe(expected);
  });
});
