// What room this browser gives to what is received.
import type { Obstacle } from '../../direct';
import { MEMORY_LAST_MAX_BYTES } from '../receive';
import { hasOpfs } from './opfs';
import { canPick } from './picked';

/** Bytes that shall stay free beside what is received: the browser keeps books in the same place. */
const SPARE = 16 * 1024 * 1024;

export class Room {
  #opfs = false;
  /** Bytes in the browser's own store; unknown is as much as one likes. */
  #free = Infinity;
  #looked: Promise<void> | null = null;

  /** When it has looked once. */
  ready(): Promise<void> {
    this.#looked ??= this.look();
    return this.#looked;
  }

  /** Looks anew. */
  async look(): Promise<void> {
    this.#opfs = await hasOpfs();
    const { quota, usage = 0 } = (await navigator.storage?.estimate?.().catch(() => null)) ?? {};
    this.#free = quota === undefined ? Infinity : Math.max(0, quota - usage - SPARE);
  }

  /** Whether `size` bytes find room in the browser's own store, on the disk. */
  fits(size: number): boolean {
    return this.#opfs && size <= this.#free;
  }

  /** Whether the person has to say where, because there is no other place. */
  mustPick(size: number): boolean {
    return !this.fits(size) && size > MEMORY_LAST_MAX_BYTES && canPick('file');
  }

  fitsMemory(size: number): boolean {
    return size <= MEMORY_LAST_MAX_BYTES;
  }

  obstacle(size: number): Obstacle | null {
    if (this.fits(size) || this.fitsMemory(size) || canPick('file')) return null;
    const most = Math.max(MEMORY_LAST_MAX_BYTES, this.#opfs ? this.#free : 0);
    return { why: this.#opfs ? 'storage' : 'memory', most };
  }
}
