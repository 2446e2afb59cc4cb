// One attachment on its way here: where its bytes lie until they are right, and where they go then.
//
// It lies in the browser's private file system where that has room, because only there a reload loses nothing; what is finished is
// then saved as any download, or put where the person chose. Without room the person chooses a file that is written straight.
import type { Attachment, SessionId } from '$lib/proto';
import { download } from '../save';
import { type Books, joined, type Note } from './books';
import { forgetHere, noteHere } from './here';
import type { FileList, Place } from './machine';
import { OpfsStore } from './opfs';
import { canPick, mayWrite, pick, PickedStore, putAt } from './picked';
import type { Room } from './room';
import { MemoryStore, type Received, type Store, StoreError } from './store';
import { zipped } from './zip';

/** Milliseconds for which what was saved is kept for the browser to read. */
const KEPT = 10 * 60_000;

type Makers = { disk(): Store; memory(): Store; picked(target: FileSystemHandle): Store };

export class Incoming {
  #store: Store | null = null;
  #target: FileSystemHandle | null = null;
  /** The journal of what does not outlive the page. */
  #records: Uint8Array[] = [];
  #loaded: Promise<Uint8Array> | null = null;
  #resumed = false;
  readonly #makers: Makers;

  constructor(
    private readonly attachment: Attachment,
    private readonly session: SessionId,
    private readonly books: Books,
    private readonly room: Room,
    makers?: Partial<Makers>,
  ) {
    this.#makers = {
      disk: () => new OpfsStore(attachment.id),
      memory: () => new MemoryStore(),
      picked: (target) => new PickedStore(target, attachment.name),
      ...makers,
    };
  }

  /** The journal, of this page or of an earlier one. */
  async standing(): Promise<Uint8Array> {
    this.#loaded ??= this.#load();
    const loaded = await this.#loaded;
    const standing = this.#store?.durable === false ? joined(this.#records) : loaded;
    this.#loaded = null;
    this.#resumed = standing.byteLength > 0;
    return standing;
  }

  /** Asks where it goes, in a click, if that must or can be asked. `false`: the person thought better of it. */
  async place(): Promise<boolean> {
    const { name, size } = this.attachment;
    const kind = this.attachment.direct?.kind ?? 'file';
    if (this.#target && (await mayWrite(this.#target, true))) return true;
    const asks = kind === 'folder' ? canPick('folder') : this.room.mustPick(size);
    if (!asks && !this.#target) return true;
    const target = await pick(kind, name);
    if (!target) return false;
    this.#target = target;
    await this.#note({ target });
    return true;
  }

  async prepare(list: FileList): Promise<void> {
    if (!this.#store) {
      await this.room.ready();
      this.#store = this.#choose();
      if (this.#store.durable) {
        // What lies there is not taken away to make room for something else.
        void navigator.storage?.persist?.().catch(() => false);
        await this.#note({ stored: true });
      }
    }
    await this.#store.prepare(list, this.#resumed);
  }

  async write(place: Place, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    if (!this.#store) throw new StoreError('no_place');
    await this.#store.write(place, bytes);
  }

  /** What was written is on the disk before the journal names it. */
  async persist(record: Uint8Array, replace: boolean): Promise<void> {
    if (this.#store?.durable) {
      await this.#store.sync();
      await this.books.append(this.attachment.id, record, replace);
    } else {
      if (replace) this.#records = [];
      this.#records.push(record);
    }
  }

  /** Gives it to the person. */
  async finish(list: FileList): Promise<void> {
    const store = this.#store;
    if (!store) throw new StoreError('no_place');
    const received = await store.finish();
    this.#noteHere(received);
    if (received && this.#target) {
      await putAt(this.#target, this.attachment.name, list, received);
      await store.drop();
    } else if (received) {
      await this.#hand(list, received);
      setTimeout(() => {
        forgetHere(this.attachment.id);
        void store.drop();
      }, KEPT);
    }
    await this.#forget();
  }

  /** For its preview: where the person put it, or what lies here until it is cleared away. */
  #noteHere(received: Received | null): void {
    const { id } = this.attachment;
    const [blob] = received ?? [];
    const target = this.#target;
    if (target?.kind === 'file') noteHere(id, () => (target as FileSystemFileHandle).getFile());
    else if (blob) noteHere(id, () => Promise.resolve(blob));
  }

  /** Deletes what has come of it. */
  async drop(): Promise<void> {
    await this.#store?.drop().catch(() => {});
    this.#store = null;
    await this.#forget();
  }

  async #load(): Promise<Uint8Array> {
    const { id } = this.attachment;
    const note = await this.books.note(id);
    this.#target = note?.target ?? this.#target;
    if (this.#store) return this.books.standing(id);
    if (!note?.stored) return new Uint8Array();
    const standing = await this.books.standing(id);
    const store = this.#makers.disk();
    try {
      await store.prepare({ kind: 'file', entries: [] }, true);
    } catch {
      // The browser cleared what it had: from the beginning.
      await this.books.dropStanding(id);
      return new Uint8Array();
    }
    this.#store = store;
    return standing;
  }

  #choose(): Store {
    const { size } = this.attachment;
    if (this.room.fits(size)) return this.#makers.disk();
    if (this.#target) return this.#makers.picked(this.#target);
    if (this.room.fitsMemory(size)) return this.#makers.memory();
    throw new StoreError(this.room.obstacle(size) ? 'disk_full' : 'no_place');
  }

  async #hand(list: FileList, received: Received): Promise<void> {
    const { name } = this.attachment;
    const isFolder = list.kind === 'folder';
    const whole = isFolder ? await zipped(list, received) : (received[0] ?? new Blob([]));
    const url = URL.createObjectURL(whole);
    setTimeout(() => URL.revokeObjectURL(url), KEPT);
    await download(url, isFolder ? `${name}.zip` : name);
  }

  async #note(more: Partial<Note>): Promise<void> {
    const { id: attachment } = this.attachment;
    const note = (await this.books.note(attachment)) ?? { attachment, session: this.session };
    await this.books.putNote({ ...note, ...more });
  }

  async #forget(): Promise<void> {
    this.#records = [];
    await this.books.dropStanding(this.attachment.id);
    await this.#note({ stored: false });
  }
}
