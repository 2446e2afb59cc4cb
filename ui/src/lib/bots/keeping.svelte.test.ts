import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DraftInput, DraftSaved, Flow } from '$lib/proto';
import { afterLeaving, Keeper, stashed } from './keeping.svelte';

const flow = (text: string): Flow => ({ format: 1, steps: [{ id: 'a', name: '', type: 'message', text }] });
const BOT = 'b1';
let saves: { draft: DraftInput; answer: (saved: DraftSaved) => void; refuse: (error: unknown) => void }[] =
  [];
const keeper = () =>
  new Keeper(
    BOT,
    7,
    (draft) => new Promise((answer, refuse) => saves.push({ draft, answer, refuse })),
    () => {},
  );
const texts = () => saves.map(({ draft }) => JSON.stringify(draft.flow).match(/"text":"(.*?)"/)?.[1]);

beforeEach(() => {
  vi.useFakeTimers();
  saves = [];
  sessionStorage.clear();
});
afterEach(() => vi.useRealTimers());

describe('a draft', () => {
  it('is saved once, a moment after the last of several changes', async () => {
    const one = keeper();
    one.take(flow('a'));
    await vi.advanceTimersByTimeAsync(400);
    one.take(flow('b'));
    expect([one.now.state, saves.length]).toEqual(['waiting', 0]);
    await vi.advanceTimersByTimeAsync(600);
    expect([one.now.state, texts()]).toEqual(['saving', ['b']]);
    saves[0]?.answer({ revision: 8, problems: [] });
    await vi.advanceTimersByTimeAsync(0);
    expect([one.now.state, one.revision, stashed(BOT)]).toEqual(['saved', 8, null]);
  });

  it('that changes while it is saved is saved again, after that, with the new revision', async () => {
    const one = keeper();
    one.take(flow('a'));
    await vi.advanceTimersByTimeAsync(600);
    one.take(flow('b'));
    await vi.advanceTimersByTimeAsync(600);
    expect(saves).toHaveLength(1);
    saves[0]?.answer({ revision: 8, problems: [] });
    await vi.advanceTimersByTimeAsync(0);
    expect([texts(), saves[1]?.draft.revision]).toEqual([['a', 'b'], 8]);
  });

  it('that cannot be saved stays, and is tried again by hand or with the next change', async () => {
    const one = keeper();
    one.take(flow('a'));
    await vi.advanceTimersByTimeAsync(600);
    saves[0]?.refuse({ code: 'unavailable', message: '' });
    await vi.advanceTimersByTimeAsync(0);
    expect([one.now.state, stashed(BOT)?.revision]).toEqual(['failed', 7]);
    void one.flush();
    await vi.advanceTimersByTimeAsync(0);
    expect(texts()).toEqual(['a', 'a']);
  });

  it('that somebody else changed is not saved over theirs', async () => {
    const one = keeper();
    one.take(flow('a'));
    await vi.advanceTimersByTimeAsync(600);
    saves[0]?.refuse({ code: 'draft_changed', message: '' });
    await vi.advanceTimersByTimeAsync(0);
    one.take(flow('b'));
    await vi.advanceTimersByTimeAsync(5_000);
    expect([one.now.state, saves.length]).toEqual(['conflict', 1]);
    one.settle(9);
    expect([one.now.state, one.revision]).toEqual(['saved', 9]);
  });

  it('goes out at once when its page goes, and the next page waits for it', async () => {
    const one = keeper();
    one.take(flow('a'));
    one.leave();
    await vi.advanceTimersByTimeAsync(0);
    expect(texts()).toEqual(['a']);
    let isThere = false;
    void afterLeaving(BOT).then(() => (isThere = true));
    await vi.advanceTimersByTimeAsync(0);
    expect(isThere).toBe(false);
    saves[0]?.answer({ revision: 8, problems: [] });
    await vi.advanceTimersByTimeAsync(0);
    expect(isThere).toBe(true);
  });
});
