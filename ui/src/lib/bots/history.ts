// Undo and redo over a whole value. What is typed into one field in one go is one step.

export interface History<T> {
  past: readonly T[];
  present: T;
  future: readonly T[];
  /** What the newest change was made in, and when: another one there joins it. */
  field?: string;
  at: number;
}

/** States kept; a flow is small. */
const KEPT = 200;
/** Milliseconds without a change after which typing in the same field is something new. */
const PAUSE = 2_000;

export const historyOf = <T>(present: T): History<T> => ({ past: [], present, future: [], at: 0 });

/** `field`: what is typed into; absent for what is done at once. */
export function changed<T>(history: History<T>, present: T, at: number, field?: string): History<T> {
  if (present === history.present) return history;
  const joins = field !== undefined && field === history.field && at - history.at < PAUSE;
  const past = joins ? history.past : [...history.past, history.present].slice(-KEPT);
  return { past, present, future: [], at, ...(field === undefined ? {} : { field }) };
}

export function undone<T>({ past, present, future }: History<T>): History<T> | null {
  const before = past.at(-1);
  if (before === undefined) return null;
  return { past: past.slice(0, -1), present: before, future: [present, ...future], at: 0 };
}

export function redone<T>({ past, present, future }: History<T>): History<T> | null {
  const [after, ...rest] = future;
  if (after === undefined) return null;
  return { past: [...past, present], present: after, future: rest, at: 0 };
}
