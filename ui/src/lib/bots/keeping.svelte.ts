// Saves a draft by itself, a moment after each change, one save at a time.
import type { BotId, DraftInput, DraftSaved, Flow } from '$lib/proto';
import { codeOf } from '$lib/util/errors';

export type KeepState =
  /** The portal has it as it is here. */
  | { state: 'saved' }
  | { state: 'waiting' | 'saving' }
  | { state: 'failed'; error: unknown }
  /** Somebody else saved meanwhile: nothing is saved until that is settled. */
  | { state: 'conflict' };

/** Milliseconds without a change until it is saved. */
const PAUSE = 600;
const STASH = 'deskside.bot.';

/** Saves that a page left behind: the next one that opens the bot waits for them. */
// eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing that is shown depends on it
const leaving = new Map<BotId, Promise<void>>();
export const afterLeaving = (bot: BotId): Promise<void> => leaving.get(bot) ?? Promise.resolve();

export class Keeper {
  now = $state.raw<KeepState>({ state: 'saved' });
  revision: number;
  #flow: Flow | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | null = null;

  constructor(
    readonly bot: BotId,
    revision: number,
    readonly save: (draft: DraftInput) => Promise<DraftSaved>,
    readonly saved: (answer: DraftSaved) => void,
  ) {
    this.revision = revision;
  }

  get isSaved(): boolean {
    return this.now.state === 'saved';
  }

  /** `flow` is to be saved, soon. */
  take(flow: Flow): void {
    this.#flow = flow;
    stash(this.bot, { flow, revision: this.revision });
    if (this.now.state === 'conflict') return;
    if (!this.#running) this.now = { state: 'waiting' };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.flush(), PAUSE);
  }

  /** Saves what is not saved yet, at once; resolves when that is done or has failed. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    while (this.#running) await this.#running;
    if (!this.#flow || this.now.state === 'conflict') return;
    this.#running = this.#save(this.#flow);
    await this.#running;
  }

  async #save(flow: Flow): Promise<void> {
    this.now = { state: 'saving' };
    try {
      const answer = await this.save({ flow, revision: this.revision });
      this.revision = answer.revision;
      const isNewest = this.#flow === flow;
      if (isNewest) {
        this.#flow = null;
        stash(this.bot, null);
      }
      this.now = { state: isNewest ? 'saved' : 'waiting' };
      this.saved(answer);
    } catch (error) {
      this.now = codeOf(error) === 'draft_changed' ? { state: 'conflict' } : { state: 'failed', error };
    } finally {
      this.#running = null;
    }
  }

  /** From here on it goes on from the draft of `revision`, as the portal has it. */
  settle(revision: number): void {
    this.revision = revision;
    this.#flow = null;
    stash(this.bot, null);
    this.now = { state: 'saved' };
  }

  conflict(): void {
    clearTimeout(this.#timer);
    this.now = { state: 'conflict' };
  }

  /** The page goes; what is not saved goes out now. */
  leave(): void {
    if (!this.#flow) return;
    const flushed = this.flush();
    leaving.set(this.bot, flushed);
    void flushed.finally(() => {
      if (leaving.get(this.bot) === flushed) leaving.delete(this.bot);
    });
  }
}

export interface Stashed {
  flow: Flow;
  revision: number;
}

/** What was not saved when the page went: it stays with the tab. */
export function stashed(bot: BotId): Stashed | null {
  try {
    const read = JSON.parse(sessionStorage.getItem(STASH + bot) ?? 'null') as Partial<Stashed> | null;
    return Array.isArray(read?.flow?.steps) && typeof read.revision === 'number' ? (read as Stashed) : null;
  } catch {
    return null;
  }
}

function stash(bot: BotId, what: Stashed | null): void {
  try {
    if (what) sessionStorage.setItem(STASH + bot, JSON.stringify(what));
    else sessionStorage.removeItem(STASH + bot);
  } catch {
    // A browser may refuse its storage, or have no room: then a reload loses what was not saved.
  }
}
