import { describe, expect, it } from 'vitest';
import { mark, rangesOf, unmark } from './highlight';

function shown(html: string): HTMLElement {
  const root = document.createElement('div');
  root.innerHTML = html;
  return root;
}

describe('places of a text in what is drawn', () => {
  it.each<[string, string, string, string[]]>([
    ['none', '<p>abc</p>', 'x', []],
    ['nothing asked', '<p>abc</p>', '', []],
    ['several in one', '<p>ab ab</p>', 'ab', ['ab', 'ab']],
    ['none over another', '<p>aaa</p>', 'aa', ['aa']],
    ['regardless of case', '<p>Ärger ÄRGER</p>', 'äRger', ['Ärger', 'ÄRGER']],
    ['across runs', '<p>re<b>po</b><i>rt</i>s</p>', 'report', ['report']],
    ['at the edges of runs', '<p>re<b>port</b>s</p>', 'port', ['port']],
    ['not across paragraphs', '<p>re</p><p>port</p>', 'report', []],
    ['not across cells', '<table><tr><td>re</td><td>port</td></tr></table>', 'report', []],
    ['not across blocks', '<div data-block>re</div><div data-block>port</div>', 'report', []],
    [
      'not across cells of a grid',
      '<div role="gridcell">re</div><div role="gridcell">port</div>',
      'report',
      [],
    ],
    ['not around a block inside', '<div data-block>re<p>x</p>port</div>', 'report', []],
    ['in each block', '<p>port</p><h2>port</h2><div data-block>port</div>', 'port', ['port', 'port', 'port']],
    // Its lower case is longer: its block is left out rather than marked wrongly.
    ['letters that grow', '<p>İab</p><p>ab</p>', 'ab', ['ab']],
  ])('%s', (_name, html, text, found) =>
    expect(rangesOf(shown(html), text).map((range) => range.toString())).toEqual(found),
  );

  it('stops where there are enough', () =>
    expect(rangesOf(shown('<p>aaaa</p><p>aaaa</p>'), 'a', 5)).toHaveLength(5));

  it('marks nothing where the browser cannot', () => {
    const ranges = rangesOf(shown('<p>a</p>'), 'a');
    expect(() => (mark(ranges, ranges[0]), unmark())).not.toThrow();
  });
});
