import { announce } from '$app/announce.svelte';
import { isTyping } from '$app/commands.svelte';
import { t } from '$lib/i18n';
import { asMessage, isSent, mayDelete, mayEdit, type MessageOf } from './chat.svelte';
import type { MessageFocus } from './focus.svelte';
import { copyText } from './messageActions';
import type { Room } from './room.svelte';
import { indexOfSeq, isMessage } from './rows';
import type { Viewport } from './viewport.svelte';

/** Milliseconds that a message stays marked after a jump to it. */
const FLASH = 1_600;

/** Keys, pointer and jumps of the timeline. */
export class TimelineKeys {
  #flashing: ReturnType<typeof setTimeout> | undefined;
  /** The place that was asked for and is not loaded yet. */
  #awaited = 0;

  constructor(
    readonly room: Room,
    readonly focus: MessageFocus,
    readonly viewport: Viewport,
  ) {}

  pressed(event: KeyboardEvent): void {
    // Players have keys of their own.
    if (event.target instanceof HTMLMediaElement) return;
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target))
      return;
    if (this.#moved(event.key) || this.#acted(event)) event.preventDefault();
  }

  pointed(event: PointerEvent): void {
    if (event.pointerType !== 'mouse' || event.buttons !== 0) return;
    // The way from a message to its bar leads beside it.
    const row = event.target instanceof Element ? event.target.closest('[data-index]') : null;
    this.focus.hovered = keyOf(row?.querySelector('[data-key]') ?? null);
  }

  focusMoved(event: FocusEvent): void {
    const key = keyOf(event.target);
    this.focus.focused = key;
    if (key !== null) this.focus.current = key;
  }

  /** Shows row `index` in the middle, marks it and gives it the focus. */
  show(index: number): void {
    const item = this.room.items[index];
    if (!item) return;
    this.viewport.toIndex(index);
    this.#take(index);
    this.focus.flashed = item.key;
    clearTimeout(this.#flashing);
    this.#flashing = setTimeout(() => (this.focus.flashed = null), FLASH);
  }

  /** Shows the message at `seq`, once it is loaded. */
  jump(seq: number): void {
    const { room } = this;
    const index = indexOfSeq(room.items, seq);
    if (room.items[index]?.seq === seq) {
      room.chat.jump = null;
      this.show(index);
    } else if (room.history.complete || (room.items[0]?.seq ?? 0) < seq) {
      // Everything around it is here: it is not for these eyes.
      if (room.items.length === 0) return;
      room.chat.jump = null;
      announce(t('message.notHere'));
    } else if (this.#awaited !== seq) {
      this.#awaited = seq;
      void room.intent({ type: 'reach', seq }).catch(() => (this.#awaited = 0));
    }
  }

  #moved(key: string): boolean {
    switch (key) {
      case 'ArrowUp':
        return this.#step(-1);
      case 'ArrowDown':
        return this.#step(1);
      case 'End':
        this.viewport.toEnd();
        return this.#step(1, this.room.items.length - 2);
      default:
        return false;
    }
  }

  /** The next message that way takes the focus; notices are passed over. */
  #step(way: 1 | -1, from = this.#index()): boolean {
    const { items } = this.room;
    for (let index = from + way; index >= 0 && index < items.length; index += way) {
      const item = items[index];
      if (!item || !isMessage(item)) continue;
      if (index < this.viewport.first || index >= this.viewport.last) this.viewport.toIndex(index);
      this.#take(index);
      return true;
    }
    return false;
  }

  /** Where the focus is; below what is seen while no message has it. */
  #index(): number {
    const { first, last } = this.viewport;
    const { items } = this.room;
    const focused = items.findIndex(
      ({ key }, index) => index >= first && index < last && key === this.focus.focused,
    );
    if (focused >= 0) return focused;
    let index = last;
    while (index > first && !this.viewport.sees(index - 1)) index -= 1;
    return index;
  }

  #take(index: number): void {
    const row = document.querySelector<HTMLElement>(`[data-index="${index}"] [data-key]`);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: 'nearest' });
  }

  #acted(event: KeyboardEvent): boolean {
    const element =
      event.target instanceof HTMLElement ? event.target.closest<HTMLElement>('[data-key]') : null;
    const { items } = this.room;
    const index = Number(element?.closest<HTMLElement>('[data-index]')?.dataset.index ?? -1);
    const message = asMessage(items[index]);
    if (!element || !message) return false;
    const onRow = event.target === element;
    switch (event.key) {
      case 'r':
        return this.#reply(message);
      case 'e':
        return this.#edit(message);
      case '+':
        return this.#open('react', message, element);
      case 'c':
        void copyText(message.kind.text);
        return true;
      case 'Delete':
        return this.#delete(message);
      case 'Enter':
        return onRow && this.#open('menu', message, element);
      case 'ContextMenu':
        return this.#open('menu', message, element);
      default:
        return false;
    }
  }

  #reply(message: MessageOf): boolean {
    if (this.room.ended || !isSent(message)) return false;
    this.room.chat.startReply(message);
    return true;
  }

  #edit(message: MessageOf): boolean {
    if (this.room.ended || !mayEdit(message, Date.now())) return false;
    this.room.chat.startEdit(message);
    return true;
  }

  #delete(message: MessageOf): boolean {
    if (this.room.ended || !mayDelete(message, Date.now())) return false;
    this.room.chat.deleting = message;
    return true;
  }

  #open(what: 'react' | 'menu', message: MessageOf, element: HTMLElement): boolean {
    if (what === 'react' && (this.room.ended || !isSent(message))) return false;
    this.focus.open(what, message, element);
    return true;
  }
}

function keyOf(target: EventTarget | null): string | null {
  return (target instanceof Element && target.closest<HTMLElement>('[data-key]')?.dataset.key) || null;
}
