// The browser's private file system and its locks, in memory: for tests.
import { vi } from 'vitest';

export class FakeDisk {
  readonly #files = new Map<string, Uint8Array<ArrayBuffer>[]>();
  readonly locks = new Set<string>();
  quota = Infinity;
  /** Every write fails for want of room. */
  full = false;

  get names(): string[] {
    return [...this.#files.keys()];
  }

  /** A file that an earlier page did not remove. */
  leave(name: string): void {
    this.#files.set(name, []);
  }

  install(): void {
    class Handle {
      readonly kind = 'file';
      constructor(
        readonly disk: FakeDisk,
        readonly name: string,
      ) {}
      createWritable() {
        return Promise.resolve(this.disk.#writer(this.name));
      }
      getFile() {
        return Promise.resolve(new File(this.disk.#files.get(this.name) ?? [], this.name));
      }
    }
    const folder = {
      getFileHandle: (name: string) => {
        this.#files.set(name, []);
        return Promise.resolve(new Handle(this, name));
      },
      removeEntry: (name: string) => {
        this.#files.delete(name);
        return Promise.resolve();
      },
      entries: () => this.names.map((name) => [name, new Handle(this, name)])[Symbol.iterator](),
    };
    vi.stubGlobal('FileSystemFileHandle', Handle);
    vi.stubGlobal('navigator', {
      ...navigator,
      storage: {
        getDirectory: () => Promise.resolve({ getDirectoryHandle: () => Promise.resolve(folder) }),
        estimate: () => Promise.resolve({ quota: this.quota, usage: 0 }),
      },
      locks: { request: this.#request },
    });
  }

  #writer(name: string) {
    const written: Uint8Array<ArrayBuffer>[] = [];
    return {
      write: (piece: Uint8Array<ArrayBuffer>) => {
        if (this.full) return Promise.reject(new DOMException('full', 'QuotaExceededError'));
        written.push(piece.slice());
        return Promise.resolve();
      },
      close: () => {
        this.#files.set(name, written);
        return Promise.resolve();
      },
      abort: () => Promise.resolve(),
    };
  }

  readonly #request = async (
    name: string,
    options: { ifAvailable: true } | ((lock: object) => unknown),
    callback?: (lock: object | null) => unknown,
  ): Promise<unknown> => {
    if (this.locks.has(name)) return callback?.(null);
    const run = typeof options === 'function' ? options : callback;
    this.locks.add(name);
    try {
      return await run?.({});
    } finally {
      this.locks.delete(name);
    }
  };
}
