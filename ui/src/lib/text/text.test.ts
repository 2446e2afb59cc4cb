import { describe, expect, it } from 'vitest';
import { findLinks } from '$lib/util/links';
import { type Block, parseBlocks } from './blocks';
import { type Inline, parseInline } from './inline';
import { shortened } from './shorten';

/** A short form to compare: `<em>…</em>`, links as [text], mentions as {text}. */
function inlineForm(nodes: Inline[]): string {
  return nodes
    .map((node) => {
      switch (node.type) {
        case 'text':
          return node.text;
        case 'code':
          return `<c>${node.text}</c>`;
        case 'link':
          return `[${node.text}]`;
        case 'mention':
          return `{${node.text}}`;
        default:
          return `<${node.type}>${inlineForm(node.children)}</${node.type}>`;
      }
    })
    .join('');
}

function form(blocks: Block[]): string {
  return blocks
    .map((block) => {
      switch (block.type) {
        case 'text':
          return inlineForm(block.inlines);
        case 'code':
          return `<pre ${block.language}>${block.text}</pre>`;
        case 'quote':
          return `<q>${form(block.blocks)}</q>`;
        case 'list': {
          const items = block.items.map((item) => `<li>${form(item)}</li>`).join('');
          return block.ordered ? `<ol ${block.start}>${items}</ol>` : `<ul>${items}</ul>`;
        }
      }
    })
    .join('|');
}

describe('formatting within a line', () => {
  it.each([
    ['plain', 'plain'],
    ['**bold** and *it* and _it_', '<strong>bold</strong> and <em>it</em> and <em>it</em>'],
    ['***both*** ~~gone~~', '<both>both</both> <del>gone</del>'],
    ['**a *b* c**', '<strong>a <em>b</em> c</strong>'],
    ['*a **b***', '<em>a <strong>b</strong></em>'],
    ['*note: see *this*', '*note: see <em>this</em>'],
    ['2 * 3 * 4', '2 * 3 * 4'],
    ['snake_case_name _x', 'snake_case_name _x'],
    ['*open', '*open'],
    ['** **', '** **'],
    ['****', '****'],
    ['`a*b*` `` ` ``', '<c>a*b*</c> <c>`</c>'],
    ['`open', '`open'],
    ['*a `b* c`', '*a <c>b* c</c>'],
    ['C:\\Users\\_x_', 'C:\\Users\\<em>x</em>'],
    ['a~~b', 'a~~b'],
    ['~one~', '~one~'],
    ['line\n\n  as typed', 'line\n\n  as typed'],
  ])('%j is %j', (text, shown) => expect(inlineForm(parseInline(text))).toBe(shown));

  it('highlights the names of people who are here', () => {
    const names = ['Ada', 'Ada Berger', 'Zoë'];
    const shown = inlineForm(parseInline('@Ada Berger @Ada, @Zoë! a@Ada @Adam @Bob @', names));
    expect(shown).toBe('{@Ada Berger} {@Ada}, {@Zoë}! a@Ada @Adam @Bob @');
  });
});

describe('addresses', () => {
  const shown = (text: string) => inlineForm(parseInline(text));
  it.each([
    ['See https://example.com/a?b=1, please.', 'See [https://example.com/a?b=1], please.'],
    ['(https://en.wikipedia.org/wiki/Ink_(x))', '([https://en.wikipedia.org/wiki/Ink_(x)])'],
    ['**https://example.com/a_b_c**', '<strong>[https://example.com/a_b_c]</strong>'],
    ['`https://example.com`', '<c>https://example.com</c>'],
    ['mailto:ada@example.com', '[mailto:ada@example.com]'],
    ['HTTPS://EXAMPLE.COM', '[HTTPS://EXAMPLE.COM]'],
    // Never opened: other schemes, addresses that pretend to be another one, half ones.
    ['javascript:alert(1)', 'javascript:alert(1)'],
    ['data:text/html,<script>alert(1)</script>', 'data:text/html,<script>alert(1)</script>'],
    ['file:///etc/passwd', 'file:///etc/passwd'],
    ['https://bank.example@evil.example/', 'https://bank.example@evil.example/'],
    ['https://', 'https://'],
    ['https://[x', 'https://[x'],
    ['mailto:', 'mailto:'],
    ['https://a.example/\u202egpj.exe', '[https://a.example/]\u202egpj.exe'],
    ['[x](javascript:alert(1))', '[x](javascript:alert(1))'],
  ])('%j is %j', (text, expected) => expect(shown(text)).toBe(expected));

  it('lead where they say, by http, https or mailto', () => {
    for (const { href } of findLinks('http://exämple.com https://a.example/<b> mailto:x@y.example')) {
      expect(href).toMatch(/^(https?:\/\/|mailto:)[\x21-\x7e]+$/);
    }
  });
});

describe('blocks', () => {
  it.each([
    ['a\n\n\nb', 'a\n\n\nb'],
    ['```\n**a**\n\n  b\n```\nc', '<pre >**a**\n\n  b</pre>|c'],
    ['```sh\nls\n', '<pre sh>ls\n</pre>'],
    ['````\n```\n````', '<pre >```</pre>'],
    ['> a\n> > b\nc', '<q>a|<q>b</q></q>|c'],
    ['- a\n- *b*\n  more\n  - c', '<ul><li>a</li><li><em>b</em>\nmore|<ul><li>c</li></ul></li></ul>'],
    ['3. a\n4. b', '<ol 3><li>a</li><li>b</li></ol>'],
    ['- a\n1. b', '<ul><li>a</li></ul>|<ol 1><li>b</li></ol>'],
    ['-5 degrees', '-5 degrees'],
    ['- ', '- '],
    ['a\r\nb', 'a\nb'],
    ['# no heading', '# no heading'],
    ['<b>no html</b> &amp; ![x](y)', '<b>no html</b> &amp; ![x](y)'],
    ['', ''],
  ])('%j is %j', (text, shown) => expect(form(parseBlocks(text))).toBe(shown));

  const depth = (blocks: Block[]): number =>
    Math.max(
      0,
      ...blocks.map((block) => {
        if (block.type === 'quote') return 1 + depth(block.blocks);
        return block.type === 'list' ? 1 + Math.max(...block.items.map(depth)) : 0;
      }),
    );
  it('nest to a limit and stand as typed below it', () => {
    expect(depth(parseBlocks('>'.repeat(20_000)))).toBeLessThanOrEqual(4);
    expect(form(parseBlocks('> > > > > a'))).toBe('<q><q><q><q>> a</q></q></q></q>');
  });
});

/** Every text of a person is shown: nothing is lost on the way, however odd. */
const N = 20_000;
const fill = (piece: string) => piece.repeat(Math.floor(N / piece.length));
const staircase = (step: (line: number) => string) =>
  Array.from({ length: 190 }, (_, line) => step(line))
    .join('\n')
    .slice(0, N);
const HOSTILE: [string, string][] = [
  ...[
    '>',
    '> ',
    '- ',
    '1. ',
    '*',
    '*a ',
    'a*',
    '*a_b~~c`',
    '*a **b ***c ',
    'a**b_c ',
    '`',
    '~~a ',
    '~~a~~',
  ].map((piece): [string, string] => [piece, fill(piece)]),
  ...[
    '\n',
    'a\n',
    '```\n',
    '> a\n',
    '- a\n',
    '@',
    '@A ',
    'http://a ',
    'mailto:',
    '[',
    '\\',
    ' ',
    '\t',
    '_a',
    '\u202e',
  ].map((piece): [string, string] => [piece, fill(piece)]),
  ['http://a.example/)))…x', `http://a.example/${')'.repeat(N)}x`],
  ['backticks of all lengths', staircase((line) => '`'.repeat(line) + 'a')],
  ['quotes in quotes', staircase((line) => '>'.repeat(line) + 'a')],
  ['lists in lists', staircase((line) => `${' '.repeat(line)}- a`)],
];

/** Work that a machine of any speed does alike: how many nodes there are, and that it ends. */
function count(blocks: Block[]): number {
  const inline = (nodes: Inline[]): number =>
    nodes.reduce((sum, node) => sum + 1 + ('children' in node ? inline(node.children) : 0), 0);
  return blocks.reduce((sum, block) => {
    if (block.type === 'text') return sum + 1 + inline(block.inlines);
    if (block.type === 'quote') return sum + 1 + count(block.blocks);
    if (block.type === 'list') return sum + 1 + block.items.reduce((all, item) => all + count(item), 0);
    return sum + 1;
  }, 0);
}

describe('hostile texts of 20,000 characters', () => {
  it.each(HOSTILE)('%j', (_name, text) => {
    expect(count(parseBlocks(text, ['A', 'Ada']))).toBeLessThanOrEqual(text.length + 1);
  });
});

describe('long messages', () => {
  it.each([
    ['short', null],
    ['a\n'.repeat(45), null],
    ['a\n'.repeat(100), 79],
    ['a'.repeat(3_500), null],
    ['a'.repeat(20_000), 3_000],
    ['a\n'.repeat(60) + 'b'.repeat(20_000), 79],
    ['a' + '😀'.repeat(5_000), 2_999],
  ])('are cut where a person would not read on', (text, length) => {
    const short = shortened(text);
    expect(short?.length ?? null).toBe(length);
    expect(text.startsWith(short ?? '')).toBe(true);
  });
});
