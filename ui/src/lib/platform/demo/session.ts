import { blobSource } from '$lib/preview/source';
import type {
  Attachment,
  AttachmentItem,
  CaptureKind,
  ConnectionState,
  Delivery,
  ErrorCode,
  Intent,
  Participant,
  RosterEntry,
  SessionView,
  TimelineItem,
  TimelinePatch,
  TransferView,
  ViewUpdate,
  WireError,
} from '$lib/proto';
import type { PickedFile, Saved, SessionHandle, Upload } from '../types';
import { changed, withTxn } from './changes';
import { conversation, longConversation, message, notice, offered } from './conversation';
import { DemoDirect } from './direct';
import { type DirectRows, directRows } from './directRows';
import { fileRows } from './fileRows';
import { idAt } from './ids';
import { demoFiles } from './receive';
import { demoUpload, drawn, restored } from './sending';
import { has, SESSION, type World } from './world';

/** Rows of one page of older ones. */
const PAGE = 200;

/** Outlives the host, as it would outlive a reload; tests clear it. */
export const drafts = new Map<string, string>();

/** One session of the demo: echoes what is posted, uploads by a timer, and follows what its world says. */
export class DemoSession implements SessionHandle {
  #items: TimelineItem[] = [];
  /** What has not been loaded yet. */
  #older: TimelineItem[] = [];
  #read = 0;
  #uploads = new Map<string, Attachment & { file: PickedFile }>();
  #timers = new Set<ReturnType<typeof setInterval>>();
  #shown = '';
  readonly attachmentUrl: SessionHandle['attachmentUrl'];
  readonly saveAttachment: SessionHandle['saveAttachment'];
  readonly openDocument: SessionHandle['openDocument'];
  readonly stopsSaving: boolean;
  readonly direct: DemoDirect | null;
  readonly showInFolder = () => Promise.resolve();
  readonly draft = {
    load: () => Promise.resolve(drafts.get(this.id) ?? ''),
    save: (text: string) => void drafts.set(this.id, text),
  };

  constructor(
    readonly world: World,
    readonly id: string,
    readonly onUpdates: (updates: ViewUpdate[]) => void,
  ) {
    const files = demoFiles(world.options);
    this.attachmentUrl = files.attachmentUrl;
    this.saveAttachment = files.saveAttachment;
    this.openDocument = files.openDocument;
    this.stopsSaving = files.stopsSaving ?? false;
    const session = this.#session();
    if (!session) throw { code: 'not_found', message: 'not found' } satisfies WireError;
    if (id !== SESSION.fresh && session.head > 1)
      this.#items = conversation(this.#customer ? 'customer' : 'technician');
    if (id === SESSION.waiting) this.#items = [];
    const rows = directRows((flag) => has(world, flag), this.#customer);
    if (id === SESSION.main) this.#fill(rows);
    this.direct = has(world, 'no-direct') ? null : this.#newDirect(id === SESSION.main ? rows.views : []);
    if (has(world, 'offline') || has(world, 'failed')) this.#addUnsent();
    const seqs = this.#items.map(({ seq }) => seq ?? 0);
    this.#read = has(world, 'unread') ? (seqs.at(-8) ?? 0) : Math.max(0, ...seqs);
    this.#push(true);
    this.#every(200, () => this.#push(false));
    if (has(world, 'chatty')) this.#every(1000, () => this.#insert(this.#newest('And one more thing.')));
  }

  #fill(direct: DirectRows) {
    const own = this.#customer ? 'customer' : 'technician';
    this.#items.push(...fileRows((flag) => has(this.world, flag), this.#customer), ...direct.items);
    if (has(this.world, 'huge')) this.#items = [...this.world.huge];
    if (!has(this.world, 'long')) return;
    const all = has(this.world, 'huge') ? this.#items : longConversation(3_000, own);
    this.#items = all.slice(-PAGE);
    this.#older = all.slice(0, -PAGE);
  }

  get #customer() {
    return has(this.world, 'customer');
  }

  #session(): SessionView | undefined {
    return this.world.sessions.find(({ id }) => id === this.id);
  }

  #you(): Participant {
    const people = this.#session()?.participants ?? [];
    const role = this.#customer ? 'customer' : 'technician';
    const own = people.filter((one) => one.role === role).at(-1) ?? people[0];
    if (!own) throw new Error('the demo session has nobody');
    return own;
  }

  #connection(): ConnectionState {
    if (this.#session()?.state !== 'open') return { state: 'ended' };
    if (has(this.world, 'offline')) return { state: 'offline', retry_at: Date.now() + 8000 };
    if (has(this.world, 'removed'))
      return { state: 'closed', code: 'removed_from_session', message: 'removed' };
    if (has(this.world, 'lobby')) return { state: 'waiting' };
    return { state: 'online', delay_millis: 38 };
  }

  #roster(): RosterEntry[] {
    const you = this.#you();
    return (this.#session()?.participants ?? []).map((participant) => ({
      participant: { ...participant },
      online: participant.state === 'admitted',
      typing: has(this.world, 'typing') && participant.id !== you.id,
      own: participant.id === you.id,
    }));
  }

  /** Tells what changed since the last time. */
  #push(first: boolean) {
    const session = this.#session();
    if (!session) return;
    const now = JSON.stringify([session, this.#connection().state]);
    if (!first && now === this.#shown) return;
    this.#shown = now;
    const updates: ViewUpdate[] = [
      {
        type: 'session',
        session: structuredClone(session),
        you: { ...this.#you() },
        ...(has(this.world, 'no-files') ? { no_files: 'attach_after_message' as const } : {}),
      },
      { type: 'roster', entries: this.#roster() },
      { type: 'connection', state: this.#connection() },
      this.#unsent(),
    ];
    if (first) {
      updates.push({ type: 'timeline', patches: [{ op: 'reset', items: [...this.#items] }] });
      updates.push(this.#history(), this.#readUpdate());
    }
    if (session.state === 'ended' && this.id !== SESSION.ended) this.#seal(session);
    this.onUpdates(updates);
  }

  #seal(session: SessionView) {
    this.#insert(notice(Date.now(), { what: 'ended', by: 'Ada Berger' }));
    this.#after(600, () => {
      session.state = 'sealed';
      this.onUpdates([{ type: 'sealed', at: Date.now() }]);
    });
  }

  /** A message of the customer that comes now. */
  #newest(text: string): TimelineItem {
    const last = this.#items.findLast(({ seq }) => seq !== undefined)?.seq ?? 0;
    return { ...message(Date.now(), 'Mia Chen', false, text), seq: last + 1 };
  }

  #history(loading = false): ViewUpdate {
    return { type: 'history', complete: this.#older.length === 0, loading, caught_up: true };
  }

  #readUpdate(): ViewUpdate {
    let unread = 0;
    for (let index = this.#items.length - 1; index >= 0; index -= 1) {
      const { seq = Infinity, kind } = this.#items[index] as TimelineItem;
      if (seq <= this.#read) break;
      if (kind.type === 'message' && !kind.own) unread += 1;
    }
    const other = this.#session()?.participants.find(({ id }) => id !== this.#you().id);
    const seen = this.#items.findLast(({ seq }) => seq !== undefined)?.seq ?? 0;
    const marks = other ? [{ participant_id: other.id, seq: seen }] : [];
    return { type: 'read', marks, own: this.#read, unread };
  }

  #unsent(): ViewUpdate {
    return { type: 'unsent', count: this.#items.slice(-100).filter(isPending).length };
  }

  async intent(intent: Intent): Promise<void> {
    switch (intent.type) {
      case 'post':
        return this.#post(intent);
      case 'retry':
        return this.#deliver(intent.txn_id, { state: 'sent' });
      case 'discard':
        return this.#discard(intent.txn_id);
      case 'edit':
      case 'delete':
      case 'react':
      case 'unreact':
      case 'answer':
      case 'confirm':
      case 'revoke':
        return this.#change(intent);
      case 'read':
        this.#read = Math.max(this.#read, intent.seq);
        return this.onUpdates([this.#readUpdate()]);
      case 'older':
        return this.#load((_, index) => index >= this.#older.length - PAGE);
      case 'reach':
        return this.#load((item) => (item.seq ?? 0) >= intent.seq - 20);
    }
  }

  /** Loads those of the older rows that are `wanted`. */
  #load(wanted: (item: TimelineItem, index: number) => boolean) {
    this.onUpdates([this.#history(true)]);
    this.#after(400, () => {
      const from = this.#older.findIndex(wanted);
      const items = from < 0 ? [] : this.#older.splice(from);
      this.#items.unshift(...items);
      this.onUpdates([{ type: 'timeline', patches: [{ op: 'insert', index: 0, items }] }, this.#history()]);
    });
  }

  #change(intent: Extract<Intent, { target: unknown }>) {
    const index = this.#items.findIndex(
      (item) => item.seq === intent.target || txnOf(item) === intent.target,
    );
    const item = this.#items[index];
    if (!item) return;
    const you = this.#you().name;
    const refused = has(this.world, 'refuse');
    this.#update(index, { ...item, kind: withTxn(item, intent, you, refused) });
    if (refused || has(this.world, 'offline')) return;
    this.#after(300, () => {
      const at = this.#items.findIndex(({ key }) => key === item.key);
      if (at < 0) return;
      this.#update(at, changed(this.#items[at] ?? item, intent, you));
      if (intent.type === 'answer' && intent.accept) this.#startDirect(item, intent.attachments);
    });
  }

  /** What was accepted comes. */
  #startDirect(item: TimelineItem, accepted: readonly string[]) {
    if (item.kind.type !== 'message') return;
    const { sender_name } = item.kind;
    for (const file of filesIn(item))
      if (file.direct && accepted.includes(file.id)) this.direct?.start(file, sender_name, 'receiving');
  }

  #update(index: number, item: TimelineItem) {
    this.#items[index] = item;
    this.#patch({ op: 'update', index, item });
  }

  #post(intent: Extract<Intent, { type: 'post' }>) {
    const txn_id = idAt(Date.now(), `${this.#items.length}`);
    const files = intent.attachments.flatMap((id) => this.#uploads.get(id) ?? []);
    const original = this.#items.find(({ seq, kind }) => seq === intent.reply_to && kind.type === 'message');
    const { seq: _seq, ...item } = message(Date.now(), this.#you().name, true, intent.text, {
      attachments: files.map(({ file: _file, ...attachment }) => this.#offered(attachment)),
      delivery: { state: 'pending', txn_id },
      private: intent.private,
      mentions: intent.mentions,
      ...(original?.kind.type === 'message' && original.seq !== undefined
        ? {
            reply: {
              seq: original.seq,
              quote: original.kind.text,
              sender_name: original.kind.sender_name,
              deleted: false,
            },
          }
        : {}),
    });
    this.#insert(item);
    if (has(this.world, 'offline')) return;
    this.#after(300, () => this.#deliver(txn_id, { state: 'sent' }));
    if (files.some(({ direct }) => direct)) this.#after(1500, () => this.#acceptDirect(item.key));
  }

  /** A direct file asks everybody else; a stored one is accepted by the offer itself. */
  #offered(attachment: Attachment): AttachmentItem {
    const others = this.#session()?.participants.filter(({ id }) => id !== this.#you().id) ?? [];
    if (!attachment.direct) return offered(attachment);
    const recipients = others.map(({ id, name }) => ({ id, name, state: 'pending' as const }));
    return { ...attachment, recipients };
  }

  #insert(item: TimelineItem) {
    this.#items.push(item);
    this.#patch({ op: 'insert', index: this.#items.length - 1, items: [item] });
    this.onUpdates([this.#readUpdate()]);
  }

  #deliver(txn_id: string, delivery: Delivery) {
    const index = this.#items.findIndex((item) => txnOf(item) === txn_id);
    const item = this.#items[index];
    if (item?.kind.type !== 'message') return;
    const seq = Math.max(...this.#items.slice(-50).map(({ seq }) => seq ?? 0)) + 1;
    this.#update(index, { ...item, seq, kind: { ...item.kind, delivery } });
    this.#after(800, () => this.onUpdates([this.#readUpdate()]));
  }

  #discard(txn_id: string) {
    const index = this.#items.findIndex((item) => txnOf(item) === txn_id);
    if (index < 0) return;
    this.#items.splice(index, 1);
    this.#patch({ op: 'remove', index });
  }

  #patch(patch: TimelinePatch) {
    this.onUpdates([{ type: 'timeline', patches: [patch] }, this.#unsent()]);
  }

  #addUnsent() {
    const pending = { state: 'pending' as const, txn_id: 'p1' };
    const code: ErrorCode = 'message_too_long';
    const failed = { state: 'failed' as const, txn_id: 'f1', code, message: 'too long' };
    const you = this.#you().name;
    if (has(this.world, 'failed'))
      this.#items.push(message(Date.now(), you, true, 'The whole log of last night …', { delivery: failed }));
    if (has(this.world, 'offline'))
      this.#items.push(
        message(Date.now(), you, true, 'I am back at my desk in a minute.', { delivery: pending }),
      );
  }

  pickFiles(): Promise<PickedFile[]> {
    return Promise.resolve([{ handle: 'demo', name: 'screenshot.png', size: 48_000 }]);
  }

  upload(
    file: PickedFile,
    onProgress: (progress: { sent: number; total: number }) => void,
    capture?: CaptureKind,
  ): Upload {
    return demoUpload(
      { file, onProgress, world: this.world, every: (millis, run) => this.#every(millis, run) },
      () => this.#store(file, false, capture),
    );
  }

  restoredUploads(): Promise<{ file: PickedFile; sent: number }[]> {
    return Promise.resolve(this.id === SESSION.main ? restored(this.world) : []);
  }

  adopt(file: File): Promise<PickedFile> {
    return Promise.resolve({ handle: file, name: file.name, size: file.size });
  }

  openPicked(file: PickedFile) {
    return this.read(file).then(blobSource);
  }

  read(file: PickedFile): Promise<Blob> {
    return file.handle instanceof Blob ? Promise.resolve(file.handle) : drawn(file.name);
  }

  #newDirect(views: readonly TransferView[]): DemoDirect {
    const host = {
      world: this.world,
      every: (millis: number, run: () => void) => void this.#every(millis, run),
      store: (file: PickedFile) => this.#store(file, true),
      drop: (id: string) => void this.#uploads.delete(id),
      received: (view: TransferView) => this.#received(view),
    };
    return new DemoDirect(host, views);
  }

  /** The log says that a direct file has come. */
  #received({ attachment, peer, way, digest }: TransferView) {
    const index = this.#items.findIndex((item) => filesIn(item).some(({ id }) => id === attachment));
    const item = this.#items[index];
    if (item?.kind.type !== 'message') return;
    const state = 'received' as const;
    const attachments = item.kind.attachments.map((file) => {
      if (file.id !== attachment) return file;
      if (way === 'receiving') return { ...file, yours: state };
      const recipients = file.recipients.map((one) =>
        one.id === peer ? { ...one, state, ...(digest ? { blake3: digest } : {}) } : one,
      );
      return { ...file, recipients };
    });
    this.#update(index, { ...item, kind: { ...item.kind, attachments } });
  }

  /** The customer accepts what goes directly, a moment after it was offered. */
  #acceptDirect(key: string) {
    const index = this.#items.findIndex((item) => item.key === key);
    const item = this.#items[index];
    if (item?.kind.type !== 'message' || !this.direct) return;
    const attachments = item.kind.attachments.map((file) => {
      if (!file.direct) return file;
      return { ...file, recipients: file.recipients.map((one) => ({ ...one, state: 'accepted' as const })) };
    });
    this.#update(index, { ...item, kind: { ...item.kind, attachments } });
    for (const file of attachments)
      for (const { id } of file.direct ? file.recipients : []) this.direct.start(file, id, 'sending');
  }

  #store(file: PickedFile, direct = false, capture?: CaptureKind): string {
    const id = idAt(Date.now(), `b${this.#uploads.size}`);
    const picture = !direct && /\.(png|jpe?g)$/i.test(file.name);
    const kind = file.tree ? ('folder' as const) : ('file' as const);
    this.#uploads.set(id, {
      id,
      name: file.name,
      size: file.size,
      media_type: picture ? 'image/png' : 'application/octet-stream',
      sha256: direct ? '' : '0'.repeat(64),
      ...(direct ? { direct: { kind, files: file.tree?.files ?? 1 } } : {}),
      ...(capture ? { capture } : {}),
      ...(picture ? { thumbnail: { width: 320, height: 200 } } : {}),
      file,
    });
    return id;
  }

  saveAll(attachments: readonly Attachment[]): Promise<Saved> {
    return Promise.resolve({ saved: attachments.length > 0 });
  }

  #every(millis: number, run: () => void): () => void {
    const timer = setInterval(run, millis);
    this.#timers.add(timer);
    return () => clearInterval(timer);
  }

  #after(millis: number, run: () => void) {
    const stop = this.#every(millis, () => {
      stop();
      run();
    });
  }

  close() {
    for (const timer of this.#timers) clearInterval(timer);
  }
}

function txnOf({ kind }: TimelineItem): string | null {
  return kind.type === 'message' && kind.delivery.state !== 'sent' ? kind.delivery.txn_id : null;
}

const filesIn = ({ kind }: TimelineItem) => (kind.type === 'message' ? kind.attachments : []);

function isPending({ kind }: TimelineItem): boolean {
  return kind.type === 'message' && kind.delivery.state === 'pending';
}
