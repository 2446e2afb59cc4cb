import { beforeEach, describe, expect, it } from 'vitest';
import { forgetLost, keepLost, takeLost } from './lost';

const file = (name: string, size = 1) => ({ name, size });
beforeEach(() => localStorage.clear());

// N03: what a reload cuts is told.
describe('what a closed page held', () => {
  it('is told once, to the session that it was for', () => {
    keepLost('s', [file('a.pdf', 7), file('b.png')]);
    keepLost('other', [file('c')]);
    expect(takeLost('s')).toEqual([file('a.pdf', 7), file('b.png')]);
    expect([takeLost('s'), takeLost('other')]).toEqual([[], [file('c')]]);
  });

  it('is what it held last', () => {
    keepLost('s', [file('a')]);
    keepLost('s', []);
    expect([takeLost('s'), localStorage.length]).toEqual([[], 0]);
  });

  it('is forgotten with the sign-in, and nothing else is', () => {
    localStorage.setItem('deskside.org', 'o');
    keepLost('s', [file('a')]);
    keepLost('t', [file('a')]);
    forgetLost();
    expect(Object.keys(localStorage)).toEqual(['deskside.org']);
  });

  it('is a list that somebody can read', () => {
    keepLost(
      's',
      Array.from({ length: 300 }, (_, at) => file(`${at}`)),
    );
    expect(takeLost('s')).toHaveLength(100);
  });

  it.each(['', 'nonsense', '{}', '[null, 1, {"name":2}]', '[{"name":"a"}]'])('is nothing in %j', (kept) => {
    localStorage.setItem('deskside.lost::s', kept);
    expect(takeLost('s')).toEqual([]);
  });
});
