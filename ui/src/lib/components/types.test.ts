import { describe, expect, it } from 'vitest';
import { limitFrom, limitText, typesIn, withOptional } from './types';

describe('allowed types', () => {
  it.each([
    ['.PDF, *.docx png;log', ['pdf', 'docx', 'png', 'log'], []],
    ['pdf PDF', ['pdf'], []],
    ['tar.gz 7z c++ _x', ['7z', 'c++', '_x'], ['tar.gz']],
    ['a/b ' + 'x'.repeat(21), [], ['a/b', 'x'.repeat(21)]],
    ['  , ', [], []],
  ])('%j', (text, types, wrong) => expect(typesIn(text)).toEqual({ types, wrong }));
});

// N05 Z18 Z19
it.each([
  ['', 1, undefined],
  ['12', 1, 12],
  ['1.5', 1, null],
  ['0', 1, null],
  ['101', 1, null],
  ['1,5', 1024, 1536],
  ['many', 1, null],
])('the limit %j in units of %d is %s', (text, unit, limit) => {
  expect(limitFrom(text, { unit, least: 1, most: 100 })).toBe(limit);
});

it('shows a limit as it was typed', () => {
  expect([limitText(undefined, 1), limitText(1536, 1024), limitText(1000, 1024)]).toEqual([
    '',
    '1.5',
    '0.98',
  ]);
});

it('leaves out what has no limit', () => {
  const one: { a: number; b?: number } = { a: 1, b: 2 };
  expect(withOptional(one, 'b', undefined)).toEqual({ a: 1 });
  expect(withOptional({ a: 1 } as typeof one, 'b', 3)).toEqual({ a: 1, b: 3 });
});
