// What the alarm's worker does; see alarm.ts.

export type Order = { id: number; millis: number } | { id: number; millis: null };

/** The worker's half: sets a timer, or takes it back (`null`), and posts the id when it rings. */
export function clockwork(post: (id: number) => void): (order: Order) => void {
  const timers = new Map<number, ReturnType<typeof setTimeout>>();
  return ({ id, millis }) => {
    clearTimeout(timers.get(id));
    timers.delete(id);
    if (millis === null) return;
    const ring = () => {
      timers.delete(id);
      post(id);
    };
    timers.set(id, setTimeout(ring, millis));
  };
}
