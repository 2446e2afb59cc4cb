import { describe, expect, it } from 'vitest';
import type { Paragraph, TableCell } from '$lib/proto/preview';
import { borderOf, cellCss, colorOf, fontOf, paragraphCss, pt, textCss } from './css';

/** What a document may try in a string that ends up in a style. */
const HOSTILE = [
  'red;background:url(//evil.example/x)',
  '#fff;position:fixed',
  'url(https://evil.example/x)',
  'Arial"; background: url(//evil.example)',
  "Arial'}body{display:none",
  'expression(alert(1))',
  'Arial\\22 ;color:red',
  'a\nb',
  'a/*',
  '</style><script>',
  'x'.repeat(81),
  'var(--secret)',
];
const hostile = (value: unknown) => value as never;
describe('what a document says in a style', () => {
  it.each(HOSTILE)('%j is neither a colour nor a font', (value) => {
    expect([colorOf(value), fontOf(value)]).toEqual(['', '']);
    const text = textCss({ font: value, color: value, highlight: value, bold: true });
    expect(text).toBe('font-weight:700');
    const border = borderOf({ width: 1, color: value, dash: hostile(value) });
    expect(border).toMatch(/^1pt \w+ currentcolor$/);
  });

  it.each([
    ['#12ab9f', '#12ab9f'],
    ['#12ab9f80', '#12ab9f80'],
    ['#12AB9F', ''],
    ['#12ab9', ''],
    ['12ab9f', ''],
    ['#12ab9f ', ''],
    ['#12ab9f\n', ''],
    [undefined, ''],
  ])('%j as a colour: %j', (color, css) => expect(colorOf(color)).toBe(css));

  it.each([
    ['Calibri', '"Calibri", Carlito, sans-serif'],
    ['Times New Roman', '"Times New Roman", "Liberation Serif", Tinos, serif'],
    ['Courier New', '"Courier New", "Liberation Mono", Cousine, monospace'],
    ['Liberation Sans Serif', '"Liberation Sans Serif", sans-serif'],
    ['ＭＳ 明朝', '"ＭＳ 明朝", sans-serif'],
    ['constructor', '"constructor", sans-serif'],
    ['toString', '"toString", sans-serif'],
    ['', ''],
    [undefined, ''],
  ])('the font %j: %j', (name, css) => expect(fontOf(name)).toBe(css));

  it.each([
    [12, '12pt'],
    [10.555, '10.56pt'],
    [-18, '-18pt'],
    [undefined, '0pt'],
    [Number.NaN, '0pt'],
    [Number.POSITIVE_INFINITY, '0pt'],
    ['1pt;color:red', '0pt'],
  ])('%j points: %s', (points, css) => expect(pt(hostile(points))).toBe(css));

  // The module answers numbers; if it ever did not, nothing else would get through.
  it('takes only numbers for distances and names for choices', () => {
    const bad = '0;background:url(//evil.example)';
    const paragraph = {
      align: bad,
      indent_start: bad,
      space_before: bad,
      space_after: bad,
      line_height: { exactly: bad },
      shade: bad,
      borders: { top: { width: 1, color: bad } },
    } as unknown as Paragraph;
    const cell = {
      blocks: [],
      vertical: bad,
      padding: [bad, bad, bad, bad],
      shade: bad,
    } as unknown as TableCell;
    for (const css of [paragraphCss(paragraph), cellCss(cell)]) {
      expect(css).not.toContain('url(');
      expect(css).not.toContain('background');
    }
  });
});

describe('looks', () => {
  it.each<[Parameters<typeof textCss>, string]>([
    [[undefined], ''],
    [[{}], ''],
    [[{ underline: true, strike: true }], 'text-decoration-line:underline line-through'],
    [[{ inserted: true }], 'text-decoration-line:underline;text-decoration-style:dotted'],
    [[{ size: 20 }, 0.5], 'font-size:10pt'],
    [[{ size: 0 }], ''],
    [[{ size: 20, script: 'super' }], 'vertical-align:super;line-height:0;font-size:13pt'],
    [[{ script: 'sub' }], 'vertical-align:sub;line-height:0;font-size:0.65em'],
  ])('%j: %s', (asked, css) => expect(textCss(...asked)).toBe(css));

  it.each<[Paragraph, string]>([
    [{}, ''],
    [{ align: 'center', indent_first: -18 }, 'text-align:center;text-indent:-18pt'],
    [{ align: 'start' }, ''],
    [{ line_height: { times: 1.5 } }, 'line-height:1.8'],
    [{ line_height: { exactly: 14 } }, 'line-height:14pt'],
    [{ line_height: { at_least: 14 } }, ''],
  ])('%j: %s', (paragraph, css) => expect(paragraphCss(paragraph)).toBe(css));

  it.each<[Paragraph, string]>([
    [{ style: { size: 44 }, inlines: [{ type: 'text', text: 'a', style: { size: 20 } }] }, 'font-size:20pt'],
    [{ style: { size: 44 }, inlines: [{ type: 'text', text: 'a' }] }, 'font-size:44pt'],
    [{ style: { size: 44 }, inlines: [{ type: 'line_break' }] }, 'font-size:44pt'],
    [{ inlines: [{ type: 'text', text: 'a', style: { bold: true } }] }, ''],
  ])('lines are as high as what stands in them: %j', (paragraph, css) =>
    expect(paragraphCss(paragraph)).toBe(css),
  );

  it('draws borders that are seen', () => {
    expect(borderOf(undefined)).toBe('');
    expect(borderOf({ width: 0 })).toBe('');
    expect(borderOf({ width: 0.1, color: '#000000' })).toBe('0.5pt solid #000000');
    expect(borderOf({ width: 0.5, double: true })).toBe('2.25pt double currentcolor');
    expect(paragraphCss({ borders: { top: { width: 1 } } })).toBe(
      'padding-block:1pt;border-block-start:1pt solid currentcolor',
    );
    // The text stays where it is.
    expect(paragraphCss({ indent_start: 10, borders: { start: { width: 1 } } })).toBe(
      'margin-inline-start:6pt;padding-block:1pt;padding-inline:4pt 0pt;border-inline-start:1pt solid currentcolor',
    );
  });
});
