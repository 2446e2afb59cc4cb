import { describe, expect, it, vi } from 'vitest';
import { Paged } from './paged.svelte';

/** Answers when it is told to. */
function asked() {
  const waiting: {
    after?: string | undefined;
    answer: (items: string[], next?: string) => void;
    fail: () => void;
  }[] = [];
  const ask = (after?: string) =>
    new Promise<{ items: string[]; next?: string | undefined }>((resolve, reject) =>
      waiting.push({
        after,
        answer: (items, next) => resolve({ items, next }),
        fail: () => reject(new Error('lost')),
      }),
    );
  return { waiting, ask };
}

describe('a list in pages', () => {
  it('adds page after page, and asks once for each', async () => {
    const list = new Paged<string>();
    const { waiting, ask } = asked();
    const first = list.start(ask);
    waiting[0]?.answer(['a'], '1');
    await first;
    const more = list.more();
    void list.more();
    expect(waiting.map(({ after }) => after)).toEqual([undefined, '1']);
    waiting[1]?.answer(['b']);
    await more;
    expect([list.items, list.next]).toEqual([['a', 'b'], undefined]);
    await list.more();
    expect(waiting).toHaveLength(2);
  });

  it('drops answers to what nobody asks any more', async () => {
    const list = new Paged<string>();
    const [old, young] = [asked(), asked()];
    const late = list.start(old.ask);
    const soon = list.start(young.ask);
    young.waiting[0]?.answer(['new']);
    await soon;
    old.waiting[0]?.answer(['old'], '9');
    await late;
    expect([list.items, list.next, list.busy]).toEqual([['new'], undefined, null]);
  });

  it('keeps what it shows when something fails, and asks for that again', async () => {
    const list = new Paged<string>();
    const { waiting, ask } = asked();
    const first = list.start(ask);
    waiting[0]?.answer(['a'], '1');
    await first;
    const more = list.more();
    waiting[1]?.fail();
    await more;
    expect(list.items).toEqual(['a']);
    expect(list.error).toBeInstanceOf(Error);
    const again = list.again();
    expect(waiting[2]?.after).toBe('1');
    waiting[2]?.answer(['b']);
    await again;
    expect([list.items, list.error]).toEqual([['a', 'b'], null]);
  });

  it('tells of what is slow only', async () => {
    vi.useFakeTimers();
    const list = new Paged<string>();
    const { waiting, ask } = asked();
    const first = list.start(ask);
    vi.advanceTimersByTime(399);
    expect(list.slow).toBe(false);
    vi.advanceTimersByTime(1);
    expect(list.slow).toBe(true);
    waiting[0]?.answer([]);
    await first;
    expect(list.slow).toBe(false);
    vi.useRealTimers();
  });
});
