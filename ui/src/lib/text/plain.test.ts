import { describe, expect, it } from 'vitest';
import type { ExcerptPart } from '$lib/proto';
import { excerptAsRead, quoteAsRead } from './excerpt';
import { plainPieces, plainText } from './plain';

describe('what people read of a text, on one line', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['**bold**, _soft_, ***both***, ~~gone~~', 'bold, soft, both, gone'],
    ['run `ls -l` or `` a`b ``', 'run ls -l or a`b'],
    ['2 * 3 * 4, file_name_here, a ** b', '2 * 3 * 4, file_name_here, a ** b'],
    ['one\ntwo\r\n\r\nthree', 'one two three'],
    ['- milk\n- **eggs**', '• milk • eggs'],
    ['1. open\n2. 2 turns\n   then shut', '1. open 2. 2 turns then shut'],
    ['> she said\n> this\nno', 'she said this no'],
    ['```rust\nrun rust\n\nrust\n```\nthen', 'run rust rust then'],
    ['```', ''],
    ['see https://a.example/b_c_d.', 'see https://a.example/b_c_d.'],
    // What messages show as typed is read as typed.
    ['[x](https://a.example) # no <b>title</b>', '[x](https://a.example) # no <b>title</b>'],
  ])('%j', (text, read) => {
    expect(plainText(text)).toBe(read);
  });

  it('every piece stands where it says, behind the one before it', () => {
    const bits = [
      '*',
      '**',
      '_',
      '~~',
      '`',
      '```',
      '```x',
      '\n',
      '\r\n',
      '> ',
      '- ',
      '1. ',
      '  ',
      ' ',
      '@Ada',
    ];
    const words = ['x', '1', 'rust', '**', 'é', '😀', 'http://a.b/c_d'];
    let seed = 20261121;
    const draw = (most: number) => (seed = (seed * 48271) % 2147483647) % most;
    for (let round = 0; round < 3_000; round += 1) {
      const all = [...bits, ...words];
      const text = Array.from({ length: 1 + draw(14) }, () => all[draw(all.length)]).join('');
      let end = 0;
      for (const { text: piece, at } of plainPieces(text, ['Ada'])) {
        if (at < 0) expect(['•', ' '], JSON.stringify(text)).toContain(piece);
        else {
          expect(at, JSON.stringify(text)).toBeGreaterThanOrEqual(end);
          end = at + piece.length;
          expect(text.slice(at, end), JSON.stringify(text)).toBe(piece);
        }
      }
    }
  });
});

/** "the [printer]" ↔ parts, what was found in brackets. */
const parts = (text: string): ExcerptPart[] =>
  text
    .split(/(\[[^\]]*\])/)
    .filter((part) => part !== '')
    .map((part) =>
      part.startsWith('[') ? { text: part.slice(1, -1), hit: true } : { text: part, hit: false },
    );
const form = (list: ExcerptPart[]) => list.map(({ text, hit }) => (hit ? `[${text}]` : text)).join('');

describe('what was found stays marked', () => {
  it.each([
    ['the [printer]!', 'the [printer]!'],
    ['the **[printer]** and `the [printer] queue`', 'the [printer] and the [printer] queue'],
    ['_all **[printer] cables**_', 'all [printer] cables'],
    ['wor**[ld]**', 'wor[ld]'],
    // One word that is partly bold is found as two.
    ['[wor]**[ld]**', '[world]'],
    ['**[read_me] [first]**', '[read_me] [first]'],
    ['a [b **c] d** e', 'a [b c] d e'],
    // Not what only looks like it: a list's number, a language.
    ['1. [1] apple', '1. [1] apple'],
    ['[1]. 1 apple', '[1]. 1 apple'],
    ['```rust\n[rust]\n```', '[rust]'],
    ['```[rust]\nrust\n```', 'rust'],
    ['- x\n- [x]', '• x • [x]'],
    // Begun or ended within a pair.
    ['…the end** of the [printer]', '…the end of the [printer]'],
    ['… end` of [it]', '… end of [it]'],
    ['[printer]: **all of…', '[printer]: all of…'],
    ['…[a]* b **[c]…', '…[a] b [c]…'],
    ['…5 * 3 is [x] * y…', '…5 * 3 is [x] * y…'],
    // Hostile: text nodes show it, as it was typed.
    ['**<img src=x onerror=alert(1)>[x]**', '<img src=x onerror=alert(1)>[x]'],
  ])('%j', (found, read) => {
    expect(form(excerptAsRead(parts(found)))).toBe(read);
  });

  it('a quote that was cut reads as the whole did', () => {
    expect(quoteAsRead('Open the **front cover and take…')).toBe('Open the front cover and take…');
    expect(quoteAsRead('a_b.txt')).toBe('a_b.txt');
  });

  it('of texts of any make, nothing is marked that was not found', () => {
    const bits = ['*', '**', '_', '`', '```r\n', '\n- ', '\n1. ', '~~', ' ', '…'];
    let seed = 7;
    const draw = (most: number) => (seed = (seed * 48271) % 2147483647) % most;
    for (let round = 0; round < 2_000; round += 1) {
      const found = Array.from({ length: 1 + draw(9) }, (_, index) =>
        draw(3) === 0
          ? { text: `hit${index}`, hit: true }
          : { text: `${bits[draw(bits.length)]}`, hit: false },
      );
      const marked = excerptAsRead(found).filter(({ hit }) => hit);
      const wanted = found.filter(({ hit }) => hit).map(({ text }) => text);
      expect(marked.map(({ text }) => text).join(''), JSON.stringify(found)).toBe(wanted.join(''));
    }
  });
});
