import { describe, expect, it } from 'vitest';
import { callQuery, EVERYTHING, type FilesQuery, isFiltered, parseQuery, queryText } from './query';

const ADA = '0192d3c4b5a67788990011aabbccdd07';
const query = (more: Partial<FilesQuery>): FilesQuery => ({ ...EVERYTHING, ...more });

describe('the address of the list', () => {
  it.each<[string, Partial<FilesQuery>]>([
    ['', {}],
    ['?q=blank+page', { q: 'blank page' }],
    ['?when=week', { range: 'week' }],
    ['?from=2026-11-01&to=2026-11-22', { range: 'custom', from: '2026-11-01', to: '2026-11-22' }],
    ['?to=2026-11-22', { range: 'custom', to: '2026-11-22' }],
    [`?technician=${ADA}&customer=Chen`, { technician: ADA, customer: 'Chen' }],
    ['?has=files%2Chold', { has: ['files', 'hold'] }],
    ['?size=100&sort=largest', { size: '100', sort: 'largest' }],
  ])('%s is read and written', (text, more) => {
    expect(parseQuery(text)).toEqual(query(more));
    expect(queryText(query(more))).toBe(text);
  });

  it.each([
    '?when=tomorrow',
    '?technician=Ada',
    '?from=2026-13-41',
    "?from=1'--&to=%00",
    '?has=everything,',
    '?size=-1&sort=DROP',
  ])('%s says nothing', (text) => expect(parseQuery(text)).toEqual(EVERYTHING));

  it('has an end', () => expect(parseQuery(`?q=${'x'.repeat(5000)}`).q).toHaveLength(200));
  it('is written in one order, so that the same list has one address', () => {
    expect(queryText(parseQuery('?has=hold,files&q=a'))).toBe('?q=a&has=files%2Chold');
  });
});

describe('what is asked', () => {
  const now = new Date(2026, 10, 22, 15, 30).getTime();
  const at = (...[month, day]: [number, number]) => new Date(2026, month, day).getTime();
  it.each<[string, Partial<FilesQuery>, object]>([
    ['nothing', {}, {}],
    ['today', { range: 'today' }, { from: at(10, 22) }],
    ['seven days with today', { range: 'week' }, { from: at(10, 16) }],
    ['thirty days with today', { range: 'month' }, { from: at(9, 24) }],
    ['this year', { range: 'year' }, { from: at(0, 1) }],
    [
      'two days, both whole',
      { range: 'custom', from: '2026-11-01', to: '2026-11-02' },
      { from: at(10, 1), to: at(10, 3) },
    ],
    [
      'words',
      { q: ' blank ', technician: ADA, customer: 'Mia' },
      { q: 'blank', technician: ADA, customer: 'Mia' },
    ],
    ['sizes', { size: '10' }, { min_bytes: 10 * 1024 * 1024 }],
    ['what a session has', { has: ['files', 'hold'] }, { has: 'files,hold' }],
    ['an order', { sort: 'longest' }, { sort: 'longest' }],
  ])('%s', (_name, more, asked) => {
    const found = callQuery(query(more), now);
    expect(Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))).toEqual(
      asked,
    );
  });

  it.each<[Partial<FilesQuery>, boolean]>([
    [{}, false],
    [{ q: 'a', sort: 'oldest' }, false],
    [{ range: 'week' }, true],
    [{ has: ['hold'] }, true],
  ])('%o leaves sessions out: %s', (more, expected) => expect(isFiltered(query(more))).toBe(expected));
});
