import { announce } from '$app/announce.svelte';
import { t } from '$lib/i18n';
import type { Room } from './room.svelte';
import { type Suggestion, suggestNames, suggestReplies, type Trigger, triggerAt } from './suggest';

type Replace = (from: number, to: number, added: string) => void;

/** The list that opens over the composer at `/` and `@`. */
export class Suggesting {
  list = $state.raw<Suggestion[]>([]);
  active = $state(0);
  #trigger: Trigger | null = null;
  #caret = 0;
  /** Closed by Esc: it stays closed until another `/` or `@`. */
  #refused = -1;

  constructor(readonly room: Room) {}

  get kind(): Trigger['kind'] | undefined {
    return this.#trigger?.kind;
  }

  look(text: string, caret: number): void {
    const trigger = triggerAt(text, caret);
    if (trigger?.start !== this.#refused) this.#refused = -1;
    if (!trigger || this.#refused >= 0) return this.close();
    const before = this.list.length;
    const found = this.#find(trigger);
    this.#trigger = trigger;
    this.#caret = caret;
    this.list = found;
    this.active = 0;
    if (found.length > 0 && found.length !== before) announce(t('composer.found', { count: found.length }));
  }

  close(): void {
    this.#trigger = null;
    this.list = [];
  }

  choose(suggestion: Suggestion, replace: Replace): void {
    const start = this.#trigger?.start;
    const caret = this.#caret;
    this.close();
    if (start !== undefined) replace(start, caret, suggestion.text);
  }

  /** Whether the key was for the list. */
  key(event: KeyboardEvent, replace: Replace): boolean {
    const chosen = this.list[this.active];
    if (!chosen || event.isComposing || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey)
      return false;
    switch (event.key) {
      case 'ArrowDown':
      case 'ArrowUp': {
        const step = event.key === 'ArrowDown' ? 1 : -1;
        this.active = (this.active + step + this.list.length) % this.list.length;
        return true;
      }
      case 'Enter':
      case 'Tab':
        this.choose(chosen, replace);
        return true;
      case 'Escape':
        this.#refused = this.#trigger?.start ?? -1;
        this.close();
        return true;
      default:
        return false;
    }
  }

  #find({ kind, query }: Trigger): Suggestion[] {
    if (kind === 'reply') return this.room.isTechnician ? suggestReplies(this.room.replies, query) : [];
    const others = this.room.roster.filter(
      ({ own, participant }) => !own && participant.state === 'admitted',
    );
    return suggestNames(
      others.map(({ participant }) => participant.name),
      query,
    );
  }
}
