import { createContext } from 'svelte';
import type { MessageOf } from './chat.svelte';

/** What opens beside a message, and where. */
export interface Opened {
  what: 'react' | 'menu';
  message: MessageOf;
  anchor: HTMLElement;
}

/** Which message is pointed at, focused or acted on: one bar and one menu serve the whole timeline. */
export class MessageFocus {
  hovered = $state<string | null>(null);
  focused = $state<string | null>(null);
  /** Tab enters the timeline here. */
  current = $state<string | null>(null);
  /** Shown for a moment after a jump. */
  flashed = $state<string | null>(null);
  opened = $state.raw<Opened | null>(null);

  isActive(key: string): boolean {
    const opened = this.opened?.message.key;
    return opened === undefined ? this.hovered === key || this.focused === key : opened === key;
  }

  open(what: Opened['what'], message: MessageOf, anchor: HTMLElement): void {
    this.opened = { what, message, anchor };
  }
}

export const [getFocus, setFocus] = createContext<MessageFocus>();
