import { describe, expect, it, vi } from 'vitest';
import { createTab } from './tab';

/** As much of the Web Locks API as the tabs use; `release` is what closing a page does. */
class FakeLocks {
  #held = new Map<string, Promise<unknown>>();
  #let = new Map<string, () => void>();

  async request<T>(name: string, ...rest: unknown[]): Promise<T> {
    const task = rest.at(-1) as () => Promise<T>;
    const { signal } = (rest.length > 1 ? rest[0] : {}) as { signal?: AbortSignal };
    while (this.#held.has(name)) {
      const aborted = new Promise<never>((_, reject) =>
        signal?.addEventListener('abort', () => reject(new DOMException('', 'AbortError'))),
      );
      await Promise.race([this.#held.get(name), aborted]);
    }
    const released = new Promise<void>((resolve) => this.#let.set(name, resolve));
    const work = Promise.race([task(), released]);
    this.#held.set(name, work);
    try {
      return (await work) as T;
    } finally {
      this.#held.delete(name);
    }
  }

  query(): Promise<LockManagerSnapshot> {
    return Promise.resolve({ held: [...this.#held.keys()].map((name) => ({ name })), pending: [] });
  }

  release(name: string): void {
    this.#let.get(name)?.();
  }
}

function memory(): Pick<Storage, 'getItem' | 'setItem'> {
  const items = new Map<string, string>();
  return { getItem: (key) => items.get(key) ?? null, setItem: (key, value) => void items.set(key, value) };
}

const fake = () => {
  const locks = new FakeLocks();
  return { locks, manager: locks as unknown as LockManager };
};

describe('tabs', () => {
  it('keeps its name over a reload', async () => {
    const { locks, manager } = fake();
    const session = memory();
    const before = await createTab(manager, session);
    locks.release(`deskside.tab:${before.id}`);
    expect((await createTab(manager, session)).id).toBe(before.id);
  });

  it('takes a new name where it is the copy of a tab that lives', async () => {
    vi.useFakeTimers();
    const { manager } = fake();
    const session = memory();
    const original = await createTab(manager, session);
    const copying = createTab(manager, session);
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await copying).id).not.toBe(original.id);
    vi.useRealTimers();
  });

  it('knows which other tabs live, and claims one at a time', async () => {
    const { locks, manager } = fake();
    const one = await createTab(manager, memory());
    const two = await createTab(manager, memory());
    const seen = () => one.claim('s', (isLive) => Promise.resolve([isLive(one.id), isLive(two.id)]));
    expect(await seen()).toEqual([false, true]);
    locks.release(`deskside.tab:${two.id}`);
    await Promise.resolve();
    await vi.waitFor(async () => expect(await seen()).toEqual([false, false]));
  });

  it('does without locks and without storage', async () => {
    const refusing = {
      getItem: () => {
        throw new DOMException('', 'SecurityError');
      },
      setItem: () => {
        throw new DOMException('', 'SecurityError');
      },
    };
    const tab = await createTab(undefined, refusing);
    expect(await tab.claim('s', (isLive) => Promise.resolve(isLive('other')))).toBe(false);
  });
});
