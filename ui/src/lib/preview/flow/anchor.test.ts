import { describe, expect, it } from 'vitest';
import type { Anchor, Page, Stand } from '$lib/proto/preview';
import { placeOf } from './anchor';

const PAGE: Page = { width: 600, height: 800, margins: [100, 50, 100, 50] };
const FRAME = { x: 0, y: 0, width: 100, height: 40 };
const from = (name: Stand['from'], offset = 0, align?: Stand['align']): Stand => ({
  from: name,
  offset,
  ...(align && { align }),
});

describe('anchored shapes', () => {
  it.each<[string, Anchor, string, string]>([
    [
      'at the start with text beside it',
      { wrap: 'around', across: from('text', 10), down: from('text', 500) },
      'beside',
      'float:left;margin:120pt 9pt 0 10pt',
    ],
    [
      'at the end',
      { wrap: 'around', across: from('page', 450), down: from('page', 5) },
      'beside',
      'float:right;margin:0pt -50pt 0 9pt',
    ],
    [
      'alone in the middle',
      { wrap: 'apart', across: from('margin', 0, 'center'), down: from('text') },
      'alone',
      'margin:0 auto',
    ],
    [
      'over the text, by its paragraph',
      { wrap: 'under', across: from('text', -20), down: from('text', -10) },
      'placed',
      'margin-left:-20pt;margin-top:-10pt;z-index:1',
    ],
    [
      'behind the text, by the page',
      { wrap: 'over', across: from('page', 0, 'end'), down: from('margin', 0, 'end') },
      'placed',
      'left:500pt;top:710pt;z-index:-1',
    ],
    [
      'never off the paper',
      { wrap: 'over', across: from('page', 900), down: from('page', -900) },
      'placed',
      'left:500pt;top:0pt;z-index:-1',
    ],
  ])('%s', (_name, anchor, kind, style) =>
    expect(placeOf(anchor, FRAME, PAGE, true)).toEqual({ kind, style }),
  );

  it('stands alone where it leaves no line', () => {
    const anchor: Anchor = { wrap: 'around', across: from('text', 10), down: from('text') };
    expect(placeOf(anchor, { ...FRAME, width: 390 }, PAGE, true)).toEqual({
      kind: 'alone',
      style: 'margin:0 auto 0 10pt',
    });
  });

  it('stays at its paragraph where the page began long ago', () => {
    const anchor: Anchor = { wrap: 'under', across: from('page'), down: from('page', 300) };
    expect(placeOf(anchor, FRAME, PAGE, false).style).toBe('left:0pt;margin-top:0;z-index:1');
  });
});
