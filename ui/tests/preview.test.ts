// The real module reads documents: what crosses is the native model as JSON, through the worker's half and the page's.
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PreviewDocument } from '$lib/preview/document';
import { blobSource, type DocumentSource, PIECE_BYTES } from '$lib/preview/source';
import type { Failure, Part, Window } from '$lib/proto/preview';
import type { Opener } from '$lib/preview/worker/reader';
import { familyOf } from '$lib/preview/worker/family';
import { loadModule, ThreadlessWorker } from './previewWorker';

let opener: Opener;
beforeAll(() => {
  const modules = { pages: loadModule('pages'), tables: loadModule('tables') };
  opener = (bytes, name) => modules[familyOf(name)](bytes, name);
});

function opened(name: string, content: string | Uint8Array) {
  const whole = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const read = (offset: number, buffer: Uint8Array) => {
    const part = whole.subarray(offset, offset + buffer.length);
    buffer.set(part);
    return part.length;
  };
  return opener({ length: whole.length, read }, name);
}
const json = (text: string): unknown => JSON.parse(text);

const CSV = 'Printer;Pages\nHP;1,5\n"a ""b""";007\n';
const XML = '<?xml version="1.0"?><list kind="x"><one>text</one><!-- said --><two/></list>';
const RTF = '{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}\\pard One {\\b bold} word\\par Two\\par}';
const TEXT = 'first\nsecond\r\nthird';

describe('the wasm module', () => {
  it.each<[string, string, object, Window, object]>([
    [
      'a.csv',
      CSV,
      { format: 'csv', shape: 'sheets', delimiter: ';', sheets: [{}] },
      { type: 'rows', sheet: 0, from: 0, count: 10 },
      {
        type: 'rows',
        complete: true,
        columns: 2,
        rows: [
          {
            index: 0,
            cells: [
              { column: 0, text: 'Printer' },
              { column: 1, text: 'Pages' },
            ],
          },
          { index: 1, cells: [{ text: 'HP' }, { text: '1,5' }] },
          { index: 2, cells: [{ text: 'a "b"' }, { text: '007' }] },
        ],
      },
    ],
    [
      'a.xml',
      XML,
      { format: 'xml', shape: 'tree' },
      { type: 'nodes', from: 0, count: 10 },
      { type: 'nodes', from: 0, complete: true },
    ],
    [
      'a.txt',
      TEXT,
      { format: 'text', shape: 'lines', encoding: 'UTF-8' },
      { type: 'lines', from: 0, count: 10 },
      { type: 'lines', from: 0, lines: ['first', 'second', 'third'], known: 3, complete: true },
    ],
    [
      'a.rtf',
      RTF,
      { format: 'rtf', shape: 'flow' },
      { type: 'blocks', count: 50 },
      { type: 'flow', last: true },
    ],
  ])('reads %s', (name, content, overview, window, part) => {
    const preview = opened(name, content);
    expect(json(preview.overview())).toMatchObject(overview);
    expect(json(preview.next(JSON.stringify(window)))).toMatchObject(part);
    expect(json(preview.warnings())).toEqual([]);
  });

  it('says what stands in a tree and in a flowing text', () => {
    const tree = opened('a.xml', XML).next(JSON.stringify({ type: 'nodes', from: 0, count: 10 }));
    expect((json(tree) as Part & { type: 'nodes' }).nodes).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'element', name: 'list', attributes: [['kind', 'x']], depth: 0 }),
        expect.objectContaining({ type: 'element', name: 'one', text: 'text', depth: 1 }),
        expect.objectContaining({ type: 'comment' }),
      ]),
    );
    const flow = json(opened('a.rtf', RTF).next('{"type":"blocks","count":50}')) as Part & { type: 'flow' };
    const runs = flow.blocks.flatMap((block) => (block.type === 'paragraph' ? (block.inlines ?? []) : []));
    expect(runs.map((run) => (run.type === 'text' ? run.text : ''))).toEqual([
      'One ',
      'bold',
      ' word',
      'Two',
    ]);
    expect(runs[1]).toMatchObject({ style: { bold: true, font: 'Arial' } });
  });

  it.each<[string, string, string, object[]]>([
    ['a.csv', CSV, 'hp', [{ type: 'cell', sheet: 0, row: 1, column: 0 }]],
    ['a.txt', TEXT, 'SECOND', [{ type: 'line', index: 1 }]],
    ['a.xml', XML, 'text', [{ type: 'node', index: 2 }]],
    ['a.txt', TEXT, 'nowhere', []],
  ])('finds in %s', (name, content, text, places) => {
    const found = json(opened(name, content).find(JSON.stringify({ text }))) as { places: object[] };
    expect(found.places).toEqual(places);
  });

  it.each<[string, string, string | Uint8Array, Partial<Failure>]>([
    ['a PDF', 'a.pdf', '%PDF-1.7\n', { code: 'pdf' }],
    ['a program', 'a.docx', Uint8Array.from([0x4d, 0x5a, 0x90, 0, 3, 0, 0, 0]), { code: 'unsupported' }],
    [
      'a picture',
      'a.docx',
      Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0xd, 0xa, 0x1a, 0xa]),
      { code: 'unsupported', format: 'picture' },
    ],
    ['half a zip', 'a.docx', 'PK\x03\x04\x14\0\0\0\x08\0', { code: 'malformed' }],
  ])('refuses %s with a code', (_name, name, content, failure) => {
    let thrown: unknown;
    try {
      opened(name, content);
    } catch (error) {
      thrown = error;
    }
    expect(json(thrown as string)).toMatchObject(failure);
  });

  it('refuses what no page asks, and goes on', () => {
    const preview = opened('a.txt', TEXT);
    for (const ask of ['', '{"type":"dance"}', '{"type":"rows","sheet":9,"from":0,"count":1}'])
      expect(() => preview.next(ask), ask).toThrow();
    expect(() => preview.picture(7)).toThrow();
    expect(json(preview.next('{"type":"lines","from":1,"count":1}'))).toMatchObject({ lines: ['second'] });
  });

  it('says that bytes are missing', () => {
    expect(() => opener({ length: 9, read: () => -1 }, 'a.txt')).toThrow(
      /"code":"waiting".*"wanted":\[0,9\]/,
    );
    expect(() => opener({ length: 9, read: () => -2 }, 'a.txt')).toThrow(/"code":"read"/);
  });
});

describe('a document of the page', () => {
  afterEach(() => ThreadlessWorker.alive.clear());
  const open = (source: DocumentSource, name: string) =>
    PreviewDocument.open(source, name, () => {}, new ThreadlessWorker() as never);

  it('is read through the worker', async () => {
    const document = await open(blobSource(new Blob([CSV])), 'a.csv');
    expect(document.overview.shape).toBe('sheets');
    expect(await document.next({ type: 'rows', sheet: 0, from: 1, count: 1 })).toMatchObject({
      rows: [{ index: 1 }],
    });
    expect((await document.find('007')).places).toEqual([{ type: 'cell', sheet: 0, row: 2, column: 1 }]);
    document.close();
    expect(ThreadlessWorker.alive.size).toBe(0);
  });

  it('fetches only what is looked at of a large text', async () => {
    const line = `${'x'.repeat(62)}\n`;
    const size = 5 * PIECE_BYTES;
    const asked: number[] = [];
    const read = (offset: number, length: number) => {
      asked.push(offset / PIECE_BYTES);
      const from = Math.min(length, size - offset);
      const shift = offset % 63;
      const text = line.repeat(Math.ceil((from + shift) / 63)).slice(shift, shift + from);
      return Promise.resolve(new TextEncoder().encode(text).buffer);
    };
    const document = await open({ size, read }, 'a.log');
    await document.next({ type: 'lines', from: 0, count: 10 });
    // It looks at what is in the middle too.
    expect(asked.length).toBeLessThan(3);
    const last = Math.floor(size / 63) - 1;
    expect((await document.next({ type: 'lines', from: last, count: 1 })).lines).toEqual(['x'.repeat(62)]);
    // Each piece once.
    expect(asked.toSorted()).toEqual([0, 1, 2, 3, 4]);
    document.close();
  });

  it.each([
    ['%PDF-1.7', 'pdf'],
    ['PK\x03\x04\x14\0\0\0\x08\0', 'malformed'],
  ])('%j does not open: %s', async (content, code) => {
    await expect(open(blobSource(new Blob([content])), 'a.docx')).rejects.toMatchObject({ code });
    expect(ThreadlessWorker.alive.size).toBe(0);
  });

  it('that cannot be fetched says so', async () => {
    const source = { size: 9, read: () => Promise.reject(new Error('offline')) };
    await expect(open(source, 'a.txt')).rejects.toMatchObject({ code: 'read' });
  });
});
