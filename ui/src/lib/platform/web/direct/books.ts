// What direct transfer keeps in this browser, in IndexedDB: keys, how far each transfer has come, and where things go. Where the
// browser refuses, everything goes on in memory and nothing outlives the page.
import type { AttachmentId, ParticipantId, SessionId } from '$lib/proto';
import { committed, openDatabase } from '../database';
import type { FileList } from './machine';

export const BOOKS = 'deskside-direct';
const KEYS = 'keys';
const RECORDS = 'records';
const NOTES = 'notes';

export interface KeyRow {
  session: SessionId;
  participant: ParticipantId;
  certificate: RTCCertificate;
  /** X25519, 32 bytes. */
  secret: Uint8Array<ArrayBuffer>;
}

/** One record of an engine's journal; all of an attachment, in their order, are its standing. */
interface RecordRow {
  id?: number;
  attachment: AttachmentId;
  bytes: Uint8Array;
}

/** What this page must know of an attachment after a reload. */
export interface Note {
  attachment: AttachmentId;
  session: SessionId;
  /** Sender: what was offered, and when each file was changed last. */
  list?: FileList;
  stamps?: number[];
  /** Receiver: what was begun lies in the browser's private file system. */
  stored?: boolean;
  /** Receiver: where the person wants it. */
  target?: FileSystemHandle;
  /** People with whom it was cancelled. */
  cancelled?: ParticipantId[];
  /** People with whom it was paused here. */
  paused?: ParticipantId[];
}

export class Books {
  readonly #memory = {
    keys: new Map<string, KeyRow>(),
    records: [] as RecordRow[],
    notes: new Map<AttachmentId, Note>(),
  };

  private constructor(private database: IDBDatabase | null) {
    if (!database) return;
    const lose = () => {
      database.close();
      this.database = null;
    };
    database.onversionchange = lose;
    database.onclose = lose;
  }

  static async open(factory: IDBFactory | undefined = globalThis.indexedDB): Promise<Books> {
    try {
      return new Books(factory ? await openDatabase(factory, BOOKS, makeStores) : null);
    } catch {
      return new Books(null);
    }
  }

  /** Whether what is kept here outlives this page. */
  get durable(): boolean {
    return this.database !== null;
  }

  /** The kept keys, or what `make` makes: once for all tabs. */
  async keys(
    session: SessionId,
    participant: ParticipantId,
    isFresh: (row: KeyRow) => boolean,
    make: () => Promise<KeyRow>,
  ): Promise<KeyRow> {
    const at = `${session} ${participant}`;
    const kept = this.#memory.keys.get(at) ?? (await this.#get<KeyRow>(KEYS, [session, participant]));
    if (kept && isFresh(kept)) return kept;
    const made = await make();
    let row = made;
    const stored = await this.#write(KEYS, (store) => {
      const asked = store.get([session, participant]) as IDBRequest<KeyRow | undefined>;
      asked.onsuccess = () => {
        // Another tab was quicker: one participant has one identity.
        if (asked.result && isFresh(asked.result)) row = asked.result;
        else store.put(made);
      };
    });
    if (!stored) this.#memory.keys.set(at, row);
    return row;
  }

  async append(attachment: AttachmentId, bytes: Uint8Array, replace: boolean): Promise<void> {
    const stored = await this.#write(RECORDS, (store) => {
      const add = () => void store.add({ attachment, bytes } satisfies RecordRow);
      if (replace) deleteAll(store, attachment, add);
      else add();
    });
    if (stored) return;
    const { records } = this.#memory;
    if (replace) this.#memory.records = records.filter((row) => row.attachment !== attachment);
    this.#memory.records.push({ attachment, bytes });
  }

  /** Everything that was appended, one after the other. */
  async standing(attachment: AttachmentId): Promise<Uint8Array> {
    const rows =
      (await this.#ask<RecordRow[]>(RECORDS, (store) => store.index('attachment').getAll(attachment))) ?? [];
    const all = [...rows, ...this.#memory.records.filter((row) => row.attachment === attachment)];
    return joined(all.map(({ bytes }) => bytes));
  }

  async dropStanding(attachment: AttachmentId): Promise<void> {
    this.#memory.records = this.#memory.records.filter((row) => row.attachment !== attachment);
    await this.#write(RECORDS, (store) => deleteAll(store, attachment));
  }

  async note(attachment: AttachmentId): Promise<Note | undefined> {
    return this.#memory.notes.get(attachment) ?? (await this.#get<Note>(NOTES, attachment));
  }

  async putNote(note: Note): Promise<void> {
    const stored = await this.#write(NOTES, (store) => store.put(note));
    if (!stored) this.#memory.notes.set(note.attachment, note);
  }

  async dropNote(attachment: AttachmentId): Promise<void> {
    this.#memory.notes.delete(attachment);
    await this.#write(NOTES, (store) => store.delete(attachment));
  }

  /** Answers the attachments of other sessions. */
  async forgetOthers(session: SessionId): Promise<AttachmentId[]> {
    const notes = (await this.#ask<Note[]>(NOTES, (store) => store.getAll())) ?? [];
    const gone = notes.filter((note) => note.session !== session).map(({ attachment }) => attachment);
    for (const attachment of gone) {
      await this.dropStanding(attachment);
      await this.dropNote(attachment);
    }
    const keys = (await this.#ask<IDBValidKey[]>(KEYS, (store) => store.getAllKeys())) ?? [];
    const others = keys.filter((key) => Array.isArray(key) && key[0] !== session);
    await this.#write(KEYS, (store) => others.forEach((key) => store.delete(key)));
    return gone;
  }

  close(): void {
    this.database?.close();
    this.database = null;
  }

  async #get<T>(name: string, key: IDBValidKey): Promise<T | undefined> {
    return this.#ask<T | undefined>(name, (store) => store.get(key));
  }

  async #ask<T>(name: string, ask: (store: IDBObjectStore) => IDBRequest): Promise<T | undefined> {
    if (!this.database) return undefined;
    try {
      const transaction = this.database.transaction(name, 'readonly');
      const request = ask(transaction.objectStore(name));
      await committed(transaction);
      return request.result as T;
    } catch {
      return undefined;
    }
  }

  /** Whether it is safe on the disk. */
  async #write(name: string, act: (store: IDBObjectStore) => void): Promise<boolean> {
    if (!this.database) return false;
    try {
      const transaction = this.database.transaction(name, 'readwrite', { durability: 'strict' });
      act(transaction.objectStore(name));
      await committed(transaction);
      return true;
    } catch {
      return false;
    }
  }
}

/** Forgets what is not of `session`; answers the attachments whose parts lie about. */
export async function forgetOthers(session: SessionId, factory?: IDBFactory): Promise<AttachmentId[]> {
  const books = await Books.open(factory ?? globalThis.indexedDB);
  const gone = await books.forgetOthers(session);
  books.close();
  return gone;
}

/** Forgets all of it: the next person at this browser is somebody else. */
export function forgetBooks(factory: IDBFactory | undefined = globalThis.indexedDB): Promise<void> {
  return new Promise((resolve) => {
    if (!factory) return resolve();
    const request = factory.deleteDatabase(BOOKS);
    request.onsuccess = request.onerror = request.onblocked = () => resolve();
  });
}

export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.byteLength;
  }
  return all;
}

/** Deletes the records of an attachment, then does what follows: in one transaction. */
function deleteAll(store: IDBObjectStore, attachment: AttachmentId, then = () => {}): void {
  const request = store.index('attachment').getAllKeys(attachment);
  request.onsuccess = () => {
    for (const key of request.result) store.delete(key);
    then();
  };
}

function makeStores(database: IDBDatabase): void {
  database.createObjectStore(KEYS, { keyPath: ['session', 'participant'] });
  const records = database.createObjectStore(RECORDS, { keyPath: 'id', autoIncrement: true });
  records.createIndex('attachment', 'attachment');
  database.createObjectStore(NOTES, { keyPath: 'attachment' });
}
