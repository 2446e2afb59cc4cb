import { SvelteMap } from 'svelte/reactivity';

/** One line of the command palette. */
export interface AppCommand {
  id: string;
  title: string;
  keys?: string;
  run: () => void;
}

/** What the page that is open adds to the palette (a room: *End session*). */
export const pageCommands = new SvelteMap<string, AppCommand>();

/** Adds `command` for as long as its page is open; answers the function that takes it away. */
export function offerCommand(command: AppCommand): () => void {
  pageCommands.set(command.id, command);
  return () => pageCommands.delete(command.id);
}

/** Letters typed into a field are no shortcuts. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

export const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);
export const commandKey = isMac ? '⌘' : 'Ctrl';
