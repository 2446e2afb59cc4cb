import type { Platform } from './types';

export type * from './direct';
export type * from './types';

/** The host this page runs in. One build serves both; `demo` exists only under `--mode demo`. */
export async function loadPlatform(): Promise<Platform> {
  if (import.meta.env.MODE === 'demo') return (await import('./demo')).createPlatform();
  if ('__TAURI_INTERNALS__' in window) return (await import('./tauri')).createPlatform();
  return (await import('./web')).createPlatform();
}
