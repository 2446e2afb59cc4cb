// Rows put in another order by mouse, finger or pen. Pointer events, since the desktop's window takes HTML drags for itself.

/** Pixels that a pointer moves before a press is a drag. */
const THRESHOLD = 5;
/** Pixels from the list's edge where it scrolls, and how far with each movement. */
const EDGE = 28;
const SCROLL = 12;

interface Start {
  x: number;
  y: number;
  /** How far the list was scrolled. */
  scrolled: number;
}

export class Reorder<T> {
  /** What follows the pointer, by how many pixels, and whose place it would take. */
  dragged = $state.raw<T | null>(null);
  offset = $state.raw({ x: 0, y: 0 });
  over = $state.raw<T | null>(null);
  #pressed: T | null = null;
  #start: Start = { x: 0, y: 0, scrolled: 0 };

  /** `shown`: the entries of the list's rows, in their order. */
  constructor(
    private readonly list: () => HTMLElement | undefined,
    private readonly shown: () => readonly T[],
    private readonly drop: (entry: T, onto: T) => void,
  ) {}

  /** A finger drags by the grip only: anywhere else it scrolls the list. */
  press(event: PointerEvent & { currentTarget: HTMLElement }, entry: T): void {
    const target = event.target as Element;
    const grip = target.closest('[data-grip]') !== null;
    if (event.button !== 0 || (!grip && event.pointerType !== 'mouse')) return;
    if (target.closest('button, input, label, a')) return;
    this.#pressed = entry;
    this.#start = { x: event.clientX, y: event.clientY, scrolled: this.list()?.scrollTop ?? 0 };
    event.currentTarget.setPointerCapture?.(event.pointerId);
  }

  move({ clientX, clientY }: PointerEvent): void {
    if (this.#pressed === null) return;
    const { x, y, scrolled } = this.#start;
    if (this.dragged === null && Math.hypot(clientX - x, clientY - y) < THRESHOLD) return;
    this.dragged = this.#pressed;
    this.#scroll(clientY);
    this.offset = { x: clientX - x, y: clientY - y + (this.list()?.scrollTop ?? 0) - scrolled };
    this.over = this.#at(clientX, clientY);
  }

  release(): void {
    const { dragged, over } = this;
    this.cancel();
    if (dragged !== null && over !== null) this.drop(dragged, over);
  }

  /** Answers whether something was being dragged. */
  cancel(): boolean {
    const had = this.dragged !== null;
    this.#pressed = this.dragged = this.over = null;
    this.offset = { x: 0, y: 0 };
    return had;
  }

  #at(x: number, y: number): T | null {
    const rows = [...(this.list()?.children ?? [])];
    const shown = this.shown();
    const at = rows.findIndex((row, index) => {
      if (shown[index] === this.dragged) return false;
      const box = row.getBoundingClientRect();
      return x >= box.left && x < box.right && y >= box.top && y < box.bottom;
    });
    return shown[at] ?? null;
  }

  #scroll(y: number): void {
    const list = this.list();
    if (!list) return;
    const { top, bottom } = list.getBoundingClientRect();
    if (y < top + EDGE) list.scrollTop -= SCROLL;
    else if (y > bottom - EDGE) list.scrollTop += SCROLL;
  }
}
