// Z20: a folder arrives whole in browsers that cannot write folders.
import { describe, expect, it } from 'vitest';
import { crc32Of, zipped } from './zip';

describe('a folder as a ZIP', () => {
  it('has the checksum everybody knows', async () => {
    expect(await crc32Of(new Blob(['123456789']))).toBe(0xcbf43926);
    expect(await crc32Of(new Blob([]))).toBe(0);
  });

  it('names every file and folder, with its content', async () => {
    const list = {
      kind: 'folder' as const,
      entries: [{ path: 'a/ünï.txt', size: 5 }, { path: 'empty' }, { path: 'none.bin', size: 0 }],
    };
    const blob = await zipped(list, [new Blob(['hello']), null, new Blob([])]);
    expect(blob.type).toBe('application/zip');
    expect(await read(new Uint8Array(await blob.arrayBuffer()))).toEqual([
      { name: 'a/ünï.txt', content: 'hello', crc: await crc32Of(new Blob(['hello'])) },
      { name: 'empty/', content: '', crc: 0 },
      { name: 'none.bin', content: '', crc: 0 },
    ]);
  });
});

/** Reads a ZIP64 from its end, as unpackers do. */
async function read(zip: Uint8Array) {
  const view = new DataView(zip.buffer);
  const big = (at: number) => Number(view.getBigUint64(at, true));
  const end = zip.length - 22;
  expect(view.getUint32(end, true)).toBe(0x06054b50);
  const end64 = big(end - 20 + 8);
  expect(view.getUint32(end64, true)).toBe(0x06064b50);
  let at = big(end64 + 48);
  expect(at + big(end64 + 40)).toBe(end64);
  const found = [];
  for (let entry = 0; entry < big(end64 + 32); entry += 1) {
    expect(view.getUint32(at, true)).toBe(0x02014b50);
    const nameLength = view.getUint16(at + 28, true);
    const extra = at + 46 + nameLength;
    const [size, local] = [big(extra + 4), big(extra + 20)];
    const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
    const text = (from: number, length: number) =>
      new TextDecoder().decode(zip.subarray(from, from + length));
    found.push({
      name: text(at + 46, nameLength),
      content: text(start, size),
      crc: view.getUint32(at + 16, true),
    });
    at = extra + view.getUint16(at + 30, true);
  }
  expect(at).toBe(end64);
  return found;
}
