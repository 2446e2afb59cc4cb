import type { Platform } from '../types';

/** The host that is to stand here. */
export function createPlatform(): Promise<Platform> {
  return Promise.reject(new Error('not yet'));
}
