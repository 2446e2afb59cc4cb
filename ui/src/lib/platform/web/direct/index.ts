// Direct transfer as a session has it: loaded with the first file that goes directly, or the first that is to.
import type {
  Attachment,
  AttachmentId,
  DirectFileItem,
  Intent,
  ParticipantId,
  RosterEntry,
  SessionId,
  Signal,
  TransferView,
} from '$lib/proto';
import type { DirectAccess, Obstacle } from '../../direct';
import type { PickedFile } from '../../types';
import { thisAlarm } from '../alarm';
import { partError } from '../http';
import type { Core } from './machine';
import type { DirectService } from './service';

/** Whether this browser has what direct transfer needs. */
export const canTransfer = () => typeof globalThis.RTCPeerConnection?.generateCertificate === 'function';

export class SessionDirect implements DirectAccess {
  #loading: Promise<DirectService> | null = null;
  #service: DirectService | null = null;
  #files: readonly DirectFileItem[] = [];
  #roster: readonly RosterEntry[] = [];
  #watchers = new Map<(views: readonly TransferView[]) => void, () => void>();
  #leave = new AbortController();

  constructor(
    private readonly session: SessionId,
    private readonly core: () => Core,
    private readonly intent: (intent: Intent) => Promise<void>,
  ) {}

  files(items: readonly DirectFileItem[]): void {
    this.#files = items;
    if (this.#service) this.#service.files(items);
    else if (items.length > 0) this.#quietly();
  }

  roster(entries: readonly RosterEntry[]): void {
    this.#roster = entries;
    this.#service?.roster(entries);
  }

  signal(from: ParticipantId, signal: Signal): void {
    // One that comes too early comes again.
    this.#service?.signal(from, signal);
  }

  /** Resolves when goodbyes are said. */
  async close(): Promise<void> {
    this.#leave.abort();
    this.#watchers.clear();
    await this.#service?.close();
  }

  onViews(callback: (views: readonly TransferView[]) => void): () => void {
    const stop = this.#service?.onViews(callback);
    if (!stop) callback([]);
    this.#watchers.set(callback, stop ?? (() => {}));
    return () => {
      this.#watchers.get(callback)?.();
      this.#watchers.delete(callback);
    };
  }

  async ready(): Promise<void> {
    await (await this.#load()).ready();
  }

  obstacle(size: number): Obstacle | null {
    return this.#service?.obstacle(size) ?? null;
  }

  send(file: PickedFile): ReturnType<DirectAccess['send']> {
    const sending = this.#load().then((service) => service.send(file));
    return {
      done: sending.then(({ done }) => done),
      cancel: () => void sending.then(({ cancel }) => cancel()).catch(() => {}),
    };
  }

  place(attachment: Attachment): Promise<boolean> {
    // Without waiting where it is there: a click's right to ask lasts a moment only.
    return this.#service
      ? this.#service.place(attachment)
      : this.#load().then((service) => service.place(attachment));
  }

  async pause(attachment: AttachmentId, peer?: ParticipantId): Promise<void> {
    await (await this.#load()).pause(attachment, peer);
  }

  async resume(attachment: AttachmentId, peer?: ParticipantId): Promise<void> {
    await (await this.#load()).resume(attachment, peer);
  }

  async cancel(attachment: AttachmentId, peer?: ParticipantId): Promise<void> {
    await (await this.#load()).cancel(attachment, peer);
  }

  async askSourceAgain(attachment: Attachment, file: PickedFile): Promise<void> {
    await (await this.#load()).askSourceAgain(attachment, file);
  }

  #quietly(): void {
    this.#load().catch(() => {
      // The next thing that happens tries again.
    });
  }

  #load(): Promise<DirectService> {
    this.#loading ??= this.#start().catch((error: unknown) => {
      this.#loading = null;
      throw partError(error);
    });
    return this.#loading;
  }

  async #start(): Promise<DirectService> {
    const [{ DirectService }, { Books }] = await Promise.all([import('./service'), import('./books')]);
    const { session, intent } = this;
    const service = new DirectService({
      session,
      intent,
      core: this.core(),
      books: await Books.open(),
      alarm: thisAlarm(),
      turn: this.#turn(),
    });
    if (this.#leave.signal.aborted) void service.close();
    this.#service = service;
    service.roster(this.#roster);
    service.files(this.#files);
    for (const callback of this.#watchers.keys()) this.#watchers.set(callback, service.onViews(callback));
    return service;
  }

  /** One tab at a time: two would write the same file. */
  #turn(): Promise<void> {
    const { signal } = this.#leave;
    if (!navigator.locks) return Promise.resolve();
    return new Promise((resolve) => {
      const held = () => {
        resolve();
        return new Promise<void>((release) => signal.addEventListener('abort', () => release()));
      };
      // Aborted: the room was left before this tab's turn.
      navigator.locks.request(`deskside.direct:${this.session}`, { signal }, held).catch(() => {});
    });
  }
}
