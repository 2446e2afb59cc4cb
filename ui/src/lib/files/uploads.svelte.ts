import { t } from '$lib/i18n';
import type { LostFile, PickedFile, SessionHandle, Upload } from '$lib/platform';
import type { AttachmentId, AttachmentPolicy, CaptureKind } from '$lib/proto';
import { errorText, Told } from '$lib/util/errors';
import { percent } from '$lib/util/size';
import { batches } from './batches';
import { clean, DetailsError } from './clean';
import { type Directly, directlyOf, type Forced, forcedOf } from './direct/way';
import { Meter } from './rate';
import { refusal, refusals } from './refuse';
import { UploadEntry } from './uploadEntry.svelte';

/** Attachments of one message (`MESSAGE_MAX_ATTACHMENTS` of the wire's limits); more go with the messages after it. */
export const MAX_ATTACHMENTS = 100;
/** Files on their way at a time: enough to fill a line, few enough that each one gets somewhere. */
export const MAX_RUNNING = 3;

/** What of a session's host sends files. */
export type Sender = Pick<SessionHandle, 'upload' | 'adopt' | 'read' | 'direct'>;

/** What the tray asks of its room. */
export interface UploadsHost {
  handle(): Sender | null;
  policy(): AttachmentPolicy | null;
  /** Files that this person sent in this session before. */
  sentBefore(): number;
  /** Posts a message of these files and nothing else but `text`. */
  post(attachments: AttachmentId[], isPrivate: boolean, text: string): Promise<void>;
  /** The session is over: what comes now joins its Files, without a message. */
  ended?(): boolean;
  now(): number;
}

/** How a technician's capture goes. */
export interface CaptureHow {
  kind: CaptureKind;
  /** Only to Files: a message for technicians. */
  isPrivate: boolean;
  caption?: string;
}

/** A capture that is at the portal, and what it was made of. */
export interface Taken {
  attachment: AttachmentId;
  file: PickedFile;
  kind: CaptureKind;
}

/** The tray of one session: its files from picking to the message; it goes on while nobody looks at the session. */
export class Uploads {
  entries = $state<UploadEntry[]>([]);
  /** Those that wait, are paused or on their way. */
  readonly open = $derived(this.entries.filter((entry) => entry.active || entry.state === 'paused').length);
  readonly active = $derived(this.entries.filter((entry) => entry.active).length);
  readonly paused = $derived(this.entries.filter(({ state }) => state === 'paused').length);
  readonly failed = $derived(this.entries.filter(({ state }) => state === 'failed').length);
  readonly refused = $derived(this.entries.filter(({ state }) => state === 'refused').length);
  readonly done = $derived(this.entries.filter(({ state }) => state === 'done').length);
  /** Captures go by themselves, and are listed apart. */
  readonly captures = $derived(this.entries.filter(({ capture }) => capture !== null));
  readonly files = $derived(this.entries.filter(({ capture }) => capture === null));
  /** Captures that joined the session's Files after its end. */
  joined = $state.raw<readonly Taken[]>([]);
  /** What posted captures were made of. */
  // eslint-disable-next-line svelte/prefer-svelte-reactivity -- nothing that is shown depends on it
  readonly taken = new Map<AttachmentId, Taken>();
  /** What will be in the message. */
  readonly shareable = $derived(
    this.entries.filter((entry) => !entry.alone && entry.state !== 'refused').length,
  );
  readonly totalBytes = $derived(sum(this.entries, ({ size }) => size));
  readonly sentBytes = $derived(
    sum(this.entries, ({ size, state, sent }) => (state === 'done' || state === 'posting' ? size : sent)),
  );
  readonly percent = $derived(percent(this.sentBytes, this.totalBytes));
  readonly meter = new Meter();
  /** Why what was picked, dropped or pasted last does not go; '' where it does. */
  problem = $state('');
  /** What an earlier page of this session held, and nobody has chosen again. */
  lost = $state.raw<readonly LostFile[]>([]);
  /** Files that go by themselves are for technicians only: what is being written is a private note. */
  isPrivate = false;
  /** Told when nothing is on its way any more. */
  onIdle: () => void = () => {};
  #moved = 0;
  #next = 1;
  #bundles = 0;

  constructor(readonly host: UploadsHost) {}

  /** Files that count against the limit of one person in one session. */
  get counted(): number {
    return this.host.sentBefore() + this.entries.filter(({ state }) => state !== 'refused').length;
  }

  /** Whether what is picked can go past the portal. */
  get directly(): Directly {
    const policy = this.host.policy();
    const handle = this.host.handle();
    return policy ? directlyOf(policy, handle ? handle.direct !== null : undefined) : 'cannot';
  }

  /** Why `entry` goes directly whatever the person chooses; `null` where they may choose. */
  forced(entry: UploadEntry): Forced | null {
    const policy = this.host.policy();
    return policy && forcedOf(entry.file, policy);
  }

  /** Those of which the person may say which way they go. */
  get switchable(): UploadEntry[] {
    if (this.directly !== 'can') return [];
    const fixed = ['refused', 'posting'];
    return this.entries.filter(
      (entry) => !fixed.includes(entry.state) && !entry.alone && this.forced(entry) === null,
    );
  }

  /** What would be lost with this page. */
  get unsent(): LostFile[] {
    const held = this.files.filter(({ state }) => state !== 'refused' && state !== 'posting');
    return [...this.lost, ...held.map(({ file: { name, size } }) => ({ name, size }))];
  }

  /**
   * Starts uploading what may be sent; what may not stands in the tray with its reason. Answers how many were refused.
   * `together`: all of them are one message, which goes by itself as soon as they are there.
   */
  add(files: readonly PickedFile[], how: { together?: boolean } = {}): number {
    this.lost = this.lost.filter(
      ({ name, size }) => !files.some((file) => file.name === name && file.size === size),
    );
    const policy = this.host.policy();
    const quick = policy?.send === 'quick';
    const together = how.together ? (this.#bundles += 1) : null;
    const reasons = policy ? refusals(files, policy, this.counted, this.directly) : [];
    const added = files.map((file, at) => {
      const bundle = together ?? (quick ? (this.#bundles += 1) : null);
      const entry = new UploadEntry(this.#next++, file, bundle, this.isPrivate);
      const why = reasons[at];
      if (why) entry.refuse(why);
      else entry.direct = this.forced(entry) !== null;
      return entry;
    });
    this.entries.push(...added);
    this.pump();
    return added.filter(({ state }) => state === 'refused').length;
  }

  /** Sends a capture, in a message of its own as soon as it is there. */
  addCapture(file: PickedFile, { kind, isPrivate, caption = '' }: CaptureHow): UploadEntry {
    const policy = this.host.policy();
    const entry = new UploadEntry(this.#next++, file, (this.#bundles += 1), isPrivate);
    entry.capture = kind;
    entry.caption = caption;
    // It goes to Files: never past the portal.
    const why = policy && refusal(file, policy, this.counted, 'cannot');
    if (why) entry.refuse(why);
    this.entries.push(entry);
    this.pump();
    // As the state has it.
    return this.entries.find(({ id }) => id === entry.id) ?? entry;
  }

  /** Files that were on their way when the app was closed; those that stand here already are left alone. */
  restore(files: readonly { file: PickedFile; sent: number; capture?: CaptureKind }[]): void {
    const known = this.entries.map(({ file }) => file.handle);
    const found = files.filter(({ file }) => !known.includes(file.handle));
    for (const { file, capture } of found)
      if (capture) this.addCapture(file, { kind: capture, isPrivate: true });
    const news = found.filter(({ capture }) => !capture);
    const first = this.entries.length;
    this.add(news.map(({ file }) => file));
    news.forEach(({ sent }, at) => {
      const entry = this.entries[first + at];
      if (entry?.active) entry.sent = Math.max(entry.sent, sent);
    });
  }

  pause(entry: UploadEntry): void {
    if (!entry.active || entry.state === 'posting') return;
    if (entry.state === 'preparing') entry.attempt += 1;
    entry.upload?.pause();
    entry.state = 'paused';
    entry.meter.reset();
    this.pump();
  }

  resume(entry: UploadEntry): void {
    if (entry.state !== 'paused') return;
    entry.state = 'queued';
    this.pump();
  }

  retry(entry: UploadEntry): void {
    if (entry.state !== 'failed') return;
    if (entry.attachment === null) return this.#begin(entry);
    // It is at the portal; what failed was the message, with all of its files.
    for (const other of this.entries) {
      const same = other.bundle === entry.bundle && other.attachment !== null;
      if (same && other.state === 'failed') other.state = 'done';
    }
    this.pump();
  }

  remove(entry: UploadEntry): void {
    this.#end(entry);
    this.entries = this.entries.filter(({ id }) => id !== entry.id);
    this.#reconsider();
    this.pump();
  }

  pauseAll(): void {
    // From the last one: what is paused makes room for what waits.
    for (const entry of [...this.entries].reverse()) this.pause(entry);
  }

  resumeAll(): void {
    for (const entry of this.entries) this.resume(entry);
  }

  retryAll(): void {
    for (const entry of this.entries) this.retry(entry);
  }

  removeRefused(): void {
    this.problem = '';
    this.entries = this.entries.filter(({ state, capture }) => state !== 'refused' || capture !== null);
  }

  cancelAll(): void {
    this.#cancel(this.entries);
  }

  /** The session is over: captures still join its Files. */
  cancelFiles(): void {
    this.#cancel(this.files);
    this.pump();
  }

  #cancel(gone: readonly UploadEntry[]): void {
    this.entries = this.entries.filter((entry) => !gone.includes(entry));
    this.lost = [];
    for (const entry of gone) this.#end(entry);
    if (this.active === 0) this.onIdle();
  }

  /** Puts `file` in the place of what `entry` is; uploaded anew. */
  replace(entry: UploadEntry, file: PickedFile, edited = false): void {
    this.#end(entry);
    entry.put(file);
    entry.edited = edited;
    entry.keepDetails = false;
    const policy = this.host.policy();
    const others = this.entries.filter(({ id, state }) => id !== entry.id && state !== 'refused').length;
    const why = policy && refusal(file, policy, this.host.sentBefore() + others, this.directly);
    entry.direct = !why && (entry.direct || this.forced(entry) !== null);
    if (why) {
      entry.refuse(why);
      this.#reconsider();
      this.pump();
    } else this.#begin(entry);
  }

  /** Whether the picture's details go with it; what was uploaded otherwise is taken back. */
  setKeepDetails(entry: UploadEntry, keep: boolean): void {
    if (entry.state === 'refused' || entry.state === 'posting') return;
    entry.keepDetails = keep;
    this.#end(entry);
    this.#begin(entry);
  }

  /** Sends `entries` directly, or by the portal again; what was uploaded the other way is taken back. */
  setDirect(entries: readonly UploadEntry[], direct: boolean): void {
    const { switchable } = this;
    for (const entry of entries) {
      if (!switchable.includes(entry) || entry.direct === direct) continue;
      this.#end(entry);
      entry.direct = direct;
      this.#begin(entry);
    }
  }

  /** Moves `entry` to the place `to`, counted from 0. */
  move(entry: UploadEntry, to: number): void {
    const rest = this.files.filter(({ id }) => id !== entry.id);
    const place = Math.max(0, Math.min(rest.length, to));
    this.entries = [...this.captures, ...rest.slice(0, place), entry, ...rest.slice(place)];
  }

  /** The finished ones, taken out of the tray for messages, in their order. */
  take(): UploadEntry[] {
    const done = this.entries.filter(({ state, alone }) => state === 'done' && !alone);
    this.entries = this.entries.filter((entry) => !done.includes(entry));
    return done;
  }

  /** What could not be posted stands in the tray again. */
  putBack(entries: readonly UploadEntry[]): void {
    this.entries = [...entries, ...this.entries];
  }

  /** Starts what waits, as far as there is room for it; called whenever there may be some. */
  pump(): void {
    const handle = this.host.handle();
    if (!handle) return;
    let free = MAX_RUNNING - this.entries.filter(({ running }) => running).length;
    for (const entry of this.entries) {
      if (free <= 0 || entry.state !== 'queued') continue;
      free -= 1;
      if (entry.upload) {
        entry.state = 'uploading';
        entry.upload.resume();
      } else void this.#run(entry, handle);
    }
    this.#postReady();
    if (this.active === 0) this.onIdle();
  }

  /** What was one too many goes when another one does not. Nothing is sent that nobody shares: only what waits for that. */
  #reconsider(): void {
    const policy = this.host.policy();
    if (!policy) return;
    for (const entry of this.entries) {
      if (entry.state !== 'refused' || entry.alone || entry.capture) continue;
      const why = refusal(entry.file, policy, this.counted, this.directly);
      if (why) {
        entry.refuse(why);
        continue;
      }
      entry.direct = this.forced(entry) !== null;
      this.#begin(entry);
    }
    if (this.refused === 0) this.problem = '';
  }

  #begin(entry: UploadEntry): void {
    entry.state = 'queued';
    entry.error = '';
    entry.sent = 0;
    entry.attachment = null;
    entry.upload = null;
    entry.attempt += 1;
    entry.meter.reset();
    this.pump();
  }

  #end(entry: UploadEntry): void {
    entry.attempt += 1;
    entry.upload?.cancel();
    entry.upload = null;
  }

  async #run(entry: UploadEntry, handle: Sender): Promise<void> {
    const attempt = ++entry.attempt;
    const current = () => entry.attempt === attempt;
    entry.state = 'preparing';
    try {
      const asItIs = entry.keepDetails || entry.edited || entry.file.tree;
      const file = asItIs ? entry.file : await clean(entry.file, handle);
      if (!current()) return;
      entry.size = file.size;
      entry.state = 'uploading';
      entry.upload = entry.direct ? offer(handle, file) : this.#upload(entry, handle, file, current);
      const attachment = await entry.upload.done;
      if (!current()) return;
      entry.attachment = attachment;
      entry.state = 'done';
    } catch (error) {
      // A cancelled upload is gone from the tray already.
      if (!current()) return;
      entry.upload = null;
      entry.fail(error instanceof DetailsError ? t('upload.detailsStay') : errorText(error));
    }
    this.pump();
  }

  #upload(
    entry: UploadEntry,
    handle: Pick<SessionHandle, 'upload'>,
    file: PickedFile,
    current: () => boolean,
  ): Upload {
    const progress = ({ sent }: { sent: number }) => {
      if (!current() || entry.state !== 'uploading') return;
      // The first word of an attempt says where it goes on from: nothing of that was sent just now.
      if (entry.meter.started) this.#moved += Math.max(0, sent - entry.sent);
      entry.sent = sent;
      entry.meter.add(this.host.now(), sent);
      this.meter.add(this.host.now(), this.#moved);
    };
    return handle.upload(file, progress, entry.capture ?? undefined);
  }

  /** Posts the messages that go by themselves, each one when all of its files are there. */
  #postReady(): void {
    for (const entry of this.entries) {
      if (!entry.alone || entry.state !== 'done') continue;
      const files = this.entries.filter(
        ({ bundle, state }) => bundle === entry.bundle && state !== 'refused',
      );
      // All of them are being posted from here on: none is met again.
      if (files.every(({ state }) => state === 'done')) void this.#post(files);
    }
  }

  /** Sends a capture again, for all to see; `then` is called when that is posted. */
  share(taken: Taken, then: () => void): void {
    this.addCapture(taken.file, { kind: taken.kind, isPrivate: false }).posted = then;
  }

  #join(entries: readonly UploadEntry[]): void {
    this.joined = [...this.joined, ...takenOf(entries)];
  }

  async #post(files: readonly UploadEntry[]): Promise<void> {
    for (const entry of files) entry.state = 'posting';
    for (const batch of batches(files, MAX_ATTACHMENTS)) {
      try {
        const attachments = batch.flatMap(({ attachment }) => attachment ?? []);
        if (this.host.ended?.()) this.#join(batch);
        else await this.host.post(attachments, files[0]?.isPrivate ?? false, files[0]?.caption ?? '');
        for (const one of takenOf(batch)) this.taken.set(one.attachment, one);
        for (const { posted } of batch) posted();
        this.entries = this.entries.filter((entry) => !batch.includes(entry));
      } catch (error) {
        for (const entry of files) if (this.entries.includes(entry)) entry.fail(errorText(error));
        break;
      }
    }
    if (this.active === 0) this.onIdle();
  }
}

const takenOf = (entries: readonly UploadEntry[]): Taken[] =>
  entries.flatMap(({ attachment, file, capture }) =>
    attachment !== null && capture !== null ? { attachment, file, kind: capture } : [],
  );

/** Makes a direct file of it, which takes one answer of the portal: there is nothing to be paused. */
function offer({ direct }: Sender, file: PickedFile): Upload {
  if (!direct) throw new Told(t('refuse.directHere'));
  direct.ready().catch(() => {});
  return { ...direct.send(file), pause: () => {}, resume: () => {} };
}

function sum(entries: readonly UploadEntry[], of: (entry: UploadEntry) => number): number {
  return entries.reduce((total, entry) => (entry.state === 'refused' ? total : total + of(entry)), 0);
}
