import { describe, expect, it } from 'vitest';
import type { Block, Inline, Note, Section } from '$lib/proto/preview';
import { levelOf, outlineOf, type PageOf, stretchesOf, textOf, withBlocks } from './pages';

const text = (words: string): Inline => ({ type: 'text', text: words });
const BREAK: Inline = { type: 'page_break' };
const said = (...inlines: (string | Inline)[]): Block => ({
  type: 'paragraph',
  inlines: inlines.map((inline) => (typeof inline === 'string' ? text(inline) : inline)),
});
const section = (width: number, more: Partial<Section> = {}): Block => ({
  type: 'section',
  page: { width, height: 800, margins: [1, 1, 1, 1] },
  columns: 1,
  ...more,
});
const note = (id: number): Note => ({ id, kind: 'footnote', label: String(id), blocks: [] });
const naming = (id: number): Inline => ({ type: 'note', id, label: String(id) });
const PAGE_BREAK: Block = { type: 'page_break' };

/** `width[!]: text|text (notes)` per page; `!` marks the first of its section. */
const drawn = (pages: readonly PageOf[]) =>
  pages.map(
    ({ section: { page }, first, blocks, notes }) =>
      `${Math.round(page.width)}${first ? '!' : ''}: ${blocks
        .map((block) => (block.type === 'paragraph' ? textOf(block) : block.type))
        .join('|')}${notes.length > 0 ? ` (${notes.map(({ id }) => id).join(',')})` : ''}`,
  );

describe('pages', () => {
  it.each<[string, Block[], string[]]>([
    ['nothing', [], []],
    ['no section is A4', [said('a')], ['595!: a']],
    ['a section', [section(400), said('a'), said('b')], ['400!: a|b']],
    ['two sections', [section(400), said('a'), section(900), said('b')], ['400!: a', '900!: b']],
    [
      'a section that goes on',
      [section(400), said('a'), section(900, { continuous: true }), said('b')],
      ['400!: a|section|b'],
    ],
    ['one that goes on from nothing', [section(900, { continuous: true }), said('b')], ['900!: b']],
    ['a break', [section(400), said('a'), PAGE_BREAK, said('b')], ['400!: a', '400: b']],
    ['a break on an empty page', [section(400), PAGE_BREAK, PAGE_BREAK, said('b')], ['400!: b']],
    ['a break at the very start', [PAGE_BREAK, said('b')], ['595!: b']],
    ['a break in a paragraph', [said('a', BREAK, 'b')], ['595!: a', '595: b']],
    ['a break before a paragraph', [said('x'), said(BREAK, 'b')], ['595!: x', '595: b']],
    ['a break after a paragraph', [said('a', BREAK), said('b')], ['595!: a', '595: b']],
    ['many breaks turn one page', [said('a', BREAK, BREAK, BREAK, 'b')], ['595!: a', '595: b']],
    ['a table', [{ type: 'table', rows: [] }, PAGE_BREAK, said('b')], ['595!: table', '595: b']],
  ])('%s', (_name, blocks, pages) => expect(drawn(withBlocks([], blocks, []))).toEqual(pages));

  it('goes on where it ended, without changing what was drawn', () => {
    const one = withBlocks([], [section(400), said('a'), PAGE_BREAK, said('b')], []);
    const before = structuredClone(one);
    const two = withBlocks(one, [said('c'), said('d', BREAK, 'e')], []);
    expect(drawn(two)).toEqual(['400!: a', '400: b|c|d', '400: e']);
    expect(one).toEqual(before);
    // Pages that are done stay the same for who draws them.
    expect(two[0]).toBe(one[0]);
  });

  it('has stretches of columns, which go on on the next page', () => {
    const two = section(900, { continuous: true, columns: 2 });
    const pages = withBlocks(
      [],
      [section(400), said('a'), two, said('b'), said('c'), PAGE_BREAK, said('d')],
      [],
    );
    expect(
      pages.map((page) =>
        stretchesOf(page).map(({ from, columns, blocks }) => [from, columns, blocks.length]),
      ),
    ).toEqual([
      [
        [0, 1, 1],
        [2, 2, 2],
      ],
      [[0, 2, 1]],
    ]);
  });

  it('says the number of a cut paragraph once, on its first piece', () => {
    const block: Block = {
      type: 'paragraph',
      label: { text: '1.', level: 0 },
      indent_first: 18,
      align: 'center',
      inlines: [BREAK, text('b')],
    };
    const [first, second] = withBlocks([], [block], []).map(({ blocks }) => blocks[0]);
    expect(first).toMatchObject({ label: { text: '1.' }, inlines: [] });
    expect(second).toEqual({ type: 'paragraph', align: 'center', inlines: [text('b')] });
  });

  it('puts notes where they are named, in tables too, each once', () => {
    const table: Block = { type: 'table', rows: [{ cells: [{ blocks: [said('t', naming(3))] }] }] };
    const blocks = [said('a', naming(1)), PAGE_BREAK, said('b', naming(2), naming(1)), table];
    expect(drawn(withBlocks([], blocks, [note(3), note(2), note(1)]))).toEqual([
      '595!: a (1)',
      '595: b|table (2,3)',
    ]);
  });

  it('puts notes that nobody names on the last page, and those that come later on the page that goes on', () => {
    const one = withBlocks([], [said('a'), PAGE_BREAK, said('b')], [note(9)]);
    expect(drawn(one)).toEqual(['595!: a', '595: b (9)']);
    expect(drawn(withBlocks(one, [said('c', naming(4))], [note(4)]))).toEqual(['595!: a', '595: b|c (9,4)']);
    expect(withBlocks([], [], [note(1)])).toEqual([]);
  });
});

describe('the outline', () => {
  it('has headings with a text, where they stand', () => {
    const heading = (level: number, words: string): Block =>
      ({ ...said(words), heading: { level } }) as Block;
    const pages = withBlocks(
      [],
      [
        { ...said('Report'), heading: 'title' } as Block,
        said('text'),
        heading(2, 'One'),
        heading(1, '  '),
        PAGE_BREAK,
        heading(12, 'Deep'),
      ],
      [],
    );
    expect(outlineOf(pages)).toEqual([
      { page: 0, block: 0, level: 1, text: 'Report' },
      { page: 0, block: 2, level: 2, text: 'One' },
      { page: 1, block: 0, level: 6, text: 'Deep' },
    ]);
  });

  it.each([
    ['title', 1],
    ['subtitle', 2],
    [{ level: 0 }, 1],
    [{ level: 3 }, 3],
    [{ level: 250 }, 6],
  ] as const)('%j is level %i', (heading, level) => expect(levelOf(heading)).toBe(level));

  it('reads a paragraph as one line', () => {
    const inlines: Inline[] = [
      text('a'),
      { type: 'tab' },
      text('b'),
      { type: 'line_break' },
      text('c'),
      naming(1),
    ];
    expect(textOf({ label: { text: '§ 1', level: 0 }, inlines })).toBe('§ 1 a b c');
    expect(textOf({})).toBe('');
  });
});
