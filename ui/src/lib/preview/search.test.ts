import { describe, expect, it, vi } from 'vitest';
import { DocumentSearch, type Hit, type Searchable } from './search.svelte';

const hit = (page: number): Hit => ({ page });
const hits = (count: number, from = 0) => Array.from({ length: count }, (_, at) => hit(from + at));

function searching(search: Searchable['search']) {
  const target = { search, show: vi.fn() };
  const one = new DocumentSearch(
    () => undefined,
    () => target,
  );
  one.open = true;
  return { one, target };
}

describe('a search', () => {
  it('shows the first place at once, and goes round', async () => {
    const { one, target } = searching(
      async (_text, add) => (add(hits(2)), Promise.resolve(), add(hits(1, 2))),
    );
    await one.run('a');
    expect([one.hits.length, one.at, one.running]).toEqual([3, 0, false]);
    for (const by of [1, 1, 1, -1]) one.go(by);
    expect(target.show.mock.calls.map(([shown]) => (shown as { page: number }).page)).toEqual([
      0, 1, 2, 0, 2,
    ]);
  });

  it('goes nowhere where nothing is found', async () => {
    const { one, target } = searching(() => Promise.resolve());
    await one.run('a');
    one.go(1);
    expect([one.hits, one.at, target.show.mock.calls]).toEqual([[], -1, []]);
  });

  it('asks nothing for no text, or where nothing is open', async () => {
    const search = vi.fn(() => Promise.resolve());
    const { one } = searching(search);
    await one.run('');
    expect([search.mock.calls.length, one.running]).toEqual([0, false]);
    const none = new DocumentSearch(
      () => undefined,
      () => null,
    );
    await none.run('a');
    expect(none.running).toBe(false);
  });

  it('forgets an earlier one that is still running', async () => {
    const adds: ((found: Hit[]) => void)[] = [];
    const gones: (() => boolean)[] = [];
    const ends: (() => void)[] = [];
    const { one } = searching((_text, add, gone) => {
      adds.push(add);
      gones.push(gone);
      return new Promise((resolve) => ends.push(resolve));
    });
    const first = one.run('a');
    const second = one.run('ab');
    expect(gones.map((gone) => gone())).toEqual([true, false]);
    adds[0]?.(hits(5));
    adds[1]?.(hits(1, 9));
    ends[0]?.();
    await first;
    expect([one.hits, one.running]).toEqual([[hit(9)], true]);
    ends[1]?.();
    await second;
    expect(one.running).toBe(false);
  });

  it('ends when it has enough, and when it is closed', async () => {
    let steps = 0;
    const { one } = searching(async (_text, add, gone) => {
      while (!gone()) {
        steps += 1;
        add(hits(999));
        await Promise.resolve();
      }
    });
    await one.run('a');
    expect([one.hits.length, steps]).toEqual([5000, 6]);
    const again = one.run('b');
    one.close();
    await again;
    expect([one.hits, one.at, one.running, one.open]).toEqual([[], -1, false, false]);
  });

  it('ends with what it has when the document fails', async () => {
    const { one } = searching((_text, add) => (add(hits(2)), Promise.reject(new Error('timed out'))));
    await one.run('a');
    expect([one.hits.length, one.running, one.stopped]).toEqual([2, false, true]);
    await one.run('');
    expect(one.stopped).toBe(false);
  });
});
