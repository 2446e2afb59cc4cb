// Pages and slides below each other: which one is looked at.

/** The place of the one of `parts` that stands in the middle of `scroller`; `before` while there is none. */
export function lookedAt(scroller: HTMLElement, parts: readonly HTMLElement[], before: number): number {
  const middle = scroller.getBoundingClientRect().top + scroller.clientHeight / 2;
  const found = parts.findIndex((part) => part.getBoundingClientRect().bottom >= middle);
  return found < 0 ? before : found;
}
