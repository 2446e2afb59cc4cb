// What this browser keeps: unsent messages and drafts, in IndexedDB. Where it refuses to (some private windows, a full disk),
// everything goes on in memory and `durable` says so.
import type { QueuedMessage, SessionId, TxnId } from '$lib/proto';
import { committed, openDatabase } from './database';

/** An unsent message, with the tab that sends it and the participant who wrote it (`null`: not known yet). */
export interface OutboxRow {
  session: SessionId;
  txn_id: TxnId;
  tab: string;
  participant: string | null;
  message: QueuedMessage;
}

interface DraftRow {
  session: SessionId;
  text: string;
}

const OUTBOX = 'outbox';
const DRAFTS = 'drafts';

export class LocalStore {
  #database: IDBDatabase | null;
  #durable: boolean;
  #rows = new Map<string, OutboxRow>();
  #drafts = new Map<SessionId, string>();
  #listeners = new Set<(durable: boolean) => void>();

  private constructor(database: IDBDatabase | null) {
    this.#database = database;
    this.#durable = database !== null;
    if (!database) return;
    database.onversionchange = () => this.#lose();
    database.onclose = () => this.#lose();
  }

  static async open(
    factory: IDBFactory | undefined = globalThis.indexedDB,
    name = 'deskside',
  ): Promise<LocalStore> {
    try {
      return new LocalStore(factory ? await openDatabase(factory, name, makeStores) : null);
    } catch {
      return new LocalStore(null);
    }
  }

  /** Whether what is kept here outlives this page. */
  get durable(): boolean {
    return this.#durable;
  }

  onDurable(listener: (durable: boolean) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The unsent messages of `session`, in the order they are sent. */
  async rows(session: SessionId): Promise<OutboxRow[]> {
    const stored = await this.#do<OutboxRow[]>(OUTBOX, 'readonly', (store) =>
      store.getAll(sessionRange(session)),
    );
    const rows = new Map((stored ?? []).map((row) => [keyOf(row), row]));
    for (const [key, row] of this.#rows) if (row.session === session) rows.set(key, row);
    return [...rows.values()].sort(
      (a, b) => a.message.order - b.message.order || (a.txn_id < b.txn_id ? -1 : a.txn_id > b.txn_id ? 1 : 0),
    );
  }

  /** Safe on disk, or in memory where there is no disk, once this resolves. */
  async put(row: OutboxRow): Promise<void> {
    const stored = await this.#do(OUTBOX, 'readwrite', (store) => store.put(row));
    if (stored === undefined) this.#rows.set(keyOf(row), row);
  }

  async remove(session: SessionId, txnId: TxnId): Promise<void> {
    this.#rows.delete(keyOf({ session, txn_id: txnId }));
    await this.#do(OUTBOX, 'readwrite', (store) => store.delete([session, txnId]));
  }

  async draft(session: SessionId): Promise<string> {
    const row = await this.#do<DraftRow | undefined>(DRAFTS, 'readonly', (store) => store.get(session));
    return this.#drafts.get(session) ?? row?.text ?? '';
  }

  async putDraft(session: SessionId, text: string): Promise<void> {
    const write = (store: IDBObjectStore) =>
      text === '' ? store.delete(session) : store.put({ session, text } satisfies DraftRow);
    await this.#do<unknown>(DRAFTS, 'readwrite', write, 'relaxed');
    if (this.#durable) this.#drafts.delete(session);
    else this.#drafts.set(session, text);
  }

  /** Forgets everything: the next person at this browser is somebody else. */
  async clear(): Promise<void> {
    this.#rows.clear();
    this.#drafts.clear();
    await this.#do(OUTBOX, 'readwrite', (store) => store.clear());
    await this.#do(DRAFTS, 'readwrite', (store) => store.clear());
  }

  /** One request in one transaction; resolves when that is committed, with `undefined` where it could not be. */
  async #do<T>(
    name: string,
    mode: IDBTransactionMode,
    ask: (store: IDBObjectStore) => IDBRequest,
    durability: 'strict' | 'relaxed' = 'strict',
  ): Promise<T | undefined> {
    if (!this.#database) return undefined;
    try {
      const transaction = this.#database.transaction(name, mode, { durability });
      const request = ask(transaction.objectStore(name));
      await committed(transaction);
      return (request.result ?? (mode === 'readwrite' ? null : undefined)) as T;
    } catch {
      this.#setDurable(false);
      return undefined;
    }
  }

  #lose(): void {
    this.#database?.close();
    this.#database = null;
    this.#setDurable(false);
  }

  #setDurable(durable: boolean): void {
    if (this.#durable === durable) return;
    this.#durable = durable;
    for (const listener of this.#listeners) listener(durable);
  }
}

const keyOf = ({ session, txn_id }: Pick<OutboxRow, 'session' | 'txn_id'>) => `${session}/${txn_id}`;

/** Every key that starts with `session`: an array sorts after every string. */
const sessionRange = (session: SessionId) => IDBKeyRange.bound([session], [session, []]);

function makeStores(database: IDBDatabase): void {
  database.createObjectStore(OUTBOX, { keyPath: ['session', 'txn_id'] });
  database.createObjectStore(DRAFTS, { keyPath: 'session' });
}
