import type { AttachmentId } from '$lib/proto';
import type { MessageOf } from '$lib/session/chat.svelte';
import type { Anchor, FileDesk, Opened } from './desk.svelte';
import type { FileRef, ShownFile } from './fileState';

export const refsOf = (message: MessageOf): FileRef[] =>
  message.kind.attachments.map((file) => ({ file, message }));

/** Opens the menu of that of `refs` which `target` belongs to; answers whether it belongs to one. */
export function menuOf(
  files: FileDesk,
  refs: readonly ShownFile[],
  target: EventTarget | null,
  at?: Anchor,
): boolean {
  const element = target instanceof Element ? target.closest<HTMLElement>('[data-file]') : null;
  const ref = refs.find(({ file }) => file.id === element?.dataset['file']);
  if (!element || !ref) return false;
  const button = element.querySelector<HTMLElement>('[aria-haspopup="menu"]');
  files.open('menu', ref, at ?? button ?? element, button ?? element);
  return true;
}

/** By right-click, the menu key or Shift+F10. */
export function openFileMenu(
  files: FileDesk,
  refs: readonly ShownFile[],
  event: MouseEvent | KeyboardEvent,
): void {
  // Keys: the menu key, and Shift+F10 where there is none.
  const pressed = event instanceof KeyboardEvent && event.key !== 'ContextMenu';
  if (pressed && !(event.key === 'F10' && event.shiftKey)) return;
  // A video has a menu of its own; keys have no place.
  if (event.target instanceof HTMLMediaElement) return;
  const at = event instanceof MouseEvent && event.button === 2 ? pointAt(event) : undefined;
  if (menuOf(files, refs, event.target, at)) event.preventDefault();
}

/** Gives the focus to `back` or, where it is gone, to the file that shows now; nothing scrolls. */
export function focusFile(id: AttachmentId, back: HTMLElement | null): void {
  const cards = [...document.querySelectorAll<HTMLElement>('[data-file]')];
  const element = back?.isConnected ? back : cards.find(({ dataset }) => dataset['file'] === id);
  element?.focus({ preventScroll: true });
}

function pointAt({ clientX, clientY }: MouseEvent): Anchor {
  return { getBoundingClientRect: () => new DOMRect(clientX, clientY, 0, 0) };
}

/** The file of a menu that closes has the focus again, unless a dialog takes it. */
export function giveFocusBack(files: FileDesk, event: Event, { back, ref }: Opened): void {
  event.preventDefault();
  if (!files.asking) focusFile(ref.file.id, back);
}
