import type { AttachmentId } from '$lib/proto';
import type { MessageOf } from '$lib/session/chat.svelte';
import type { Anchor, RoomFiles } from './roomFiles.svelte';

/** Opens the menu of the file that `target` belongs to, in `message`; answers whether it belongs to one. */
export function menuOf(
  files: RoomFiles,
  message: MessageOf,
  target: EventTarget | null,
  at?: Anchor,
): boolean {
  const element = target instanceof Element ? target.closest<HTMLElement>('[data-file]') : null;
  const file = message.kind.attachments.find(({ id }) => id === element?.dataset['file']);
  if (!element || !file) return false;
  const button = element.querySelector<HTMLElement>('[aria-haspopup="menu"]');
  files.open('menu', { file, message }, at ?? button ?? element, button ?? element);
  return true;
}

/** By right-click, the menu key or Shift+F10. */
export function openFileMenu(files: RoomFiles, message: MessageOf, event: MouseEvent | KeyboardEvent): void {
  // A video has a menu of its own; keys have no place.
  if (event.target instanceof HTMLMediaElement) return;
  const at = event instanceof MouseEvent && event.button === 2 ? pointAt(event) : undefined;
  if (menuOf(files, message, event.target, at)) event.preventDefault();
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
