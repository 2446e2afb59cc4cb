/** Characters of one message (`MESSAGE_MAX_CHARS` of the wire's limits: Unicode scalar values). */
export const MESSAGE_MAX_CHARS = 20_000;

export function textLength(text: string): number {
  // UTF-16 units are never fewer than characters: short texts need no walk.
  return text.length <= MESSAGE_MAX_CHARS ? text.length : [...text].length;
}

/** Enter alone sends; with Shift it breaks the line; while an input method composes, Enter belongs to it. */
export function isSendKey(event: KeyboardEvent): boolean {
  // Safari ends a composition before the key event and tells of it by key code 229 only.
  const composing = event.isComposing || event.keyCode === 229;
  return event.key === 'Enter' && !event.shiftKey && !event.altKey && !composing;
}
