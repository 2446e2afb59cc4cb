/** Milliseconds after which a finger that rests asks for more (as Android's `ViewConfiguration`). */
const LONG = 500;
/** Pixels that a finger may wander meanwhile. */
const WANDER = 10;

/** Attachment: calls `run` when a finger rests on the element, with what in it the finger is on. */
export function longPress(
  run: (element: HTMLElement, target: EventTarget | null) => void,
): (element: HTMLElement) => () => void {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let from = { x: 0, y: 0 };
    const stop = () => clearTimeout(timer);
    const down = (event: PointerEvent) => {
      stop();
      if (event.pointerType === 'mouse' || !event.isPrimary) return;
      from = { x: event.clientX, y: event.clientY };
      const { target } = event;
      timer = setTimeout(() => run(element, target), LONG);
    };
    const move = (event: PointerEvent) => {
      if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > WANDER) stop();
    };
    element.addEventListener('pointerdown', down);
    element.addEventListener('pointermove', move);
    for (const end of ['pointerup', 'pointercancel', 'pointerleave'] as const)
      element.addEventListener(end, stop);
    return () => {
      stop();
      element.removeEventListener('pointerdown', down);
      element.removeEventListener('pointermove', move);
      for (const end of ['pointerup', 'pointercancel', 'pointerleave'] as const)
        element.removeEventListener(end, stop);
    };
  };
}
