import { createContext } from 'svelte';
import { t } from '$lib/i18n';
import type { PickedFile, Platform, SessionHandle } from '$lib/platform';
import type {
  Alert,
  CannedReply,
  CannedReplyList,
  ConnectionState,
  ErrorCode,
  Intent,
  Participant,
  ParticipantId,
  ReadMark,
  ReportInput,
  RosterEntry,
  SessionView,
  TimelineItem,
  ViewUpdate,
} from '$lib/proto';
import { Transfers } from '$lib/files/direct/transfers.svelte';
import { pick } from '$lib/files/picking';
import { RoomFiles } from '$lib/files/roomFiles.svelte';
import { limitsText } from '$lib/files/refuse';
import { Uploads } from '$lib/files/uploads.svelte';
import { codeText, errorText } from '$lib/util/errors';
import { SpokenChanges } from './changes';
import { Chat, type MessageOf, targetOf } from './chat.svelte';
import { applyPatches } from './patch';

/** Alerts that a room remembers: more than anybody is told at once. */
export const ALERTS_KEPT = 100;

/** One open session as it is shown: the host's updates folded into reactive state. */
export class Room {
  items = $state.raw<TimelineItem[]>([]);
  roster = $state.raw<RosterEntry[]>([]);
  connection = $state.raw<ConnectionState>({ state: 'connecting', attempt: 1 });
  session = $state.raw<SessionView | null>(null);
  you = $state.raw<Participant | null>(null);
  sealedAt = $state<number | null>(null);
  unsentCount = $state(0);
  /** Nothing of this session is told outside of it. */
  muted = $state(false);
  /** Whether unsent messages outlive this page; some private windows keep nothing. */
  durable = $state(true);
  /** How far the others have read, and how far one has oneself; `null` until known. */
  marks = $state.raw<ReadMark[]>([]);
  ownRead = $state<number | null>(null);
  /** Messages of others, among what is loaded, that one has not read. */
  unread = $state(0);
  /** What others did since the room was opened, oldest first; at most `ALERTS_KEPT`. */
  alerts = $state.raw<Alert[]>([]);
  /** Older rows: whether there are none, and whether they are on their way. */
  history = $state.raw({ complete: true, loading: false });
  /** What was there when one came in is shown: what comes from now on is news. */
  caughtUp = false;
  handle = $state.raw<SessionHandle | null>(null);
  openError = $state.raw<unknown>(null);
  /** Texts that technicians keep ready. */
  replies = $state.raw<CannedReply[]>([]);
  readonly chat = new Chat();
  readonly files = new RoomFiles(this);
  /** Why one may not send files now (row N10); `null` where one may. */
  noFiles = $state<ErrorCode | null>(null);
  /** Whether it is on the screen; a room whose files are on their way lives on without. */
  shown = true;
  readonly uploads = new Uploads({
    handle: () => this.handle,
    policy: () => this.session?.attachments ?? null,
    sentBefore: () => this.#filesSent(),
    post: (attachments, isPrivate, text) =>
      this.intent({ type: 'post', text, attachments, mentions: [], private: isPrivate }),
    ended: () => this.ended,
    now: () => Date.now(),
  });
  readonly transfers = new Transfers({
    inPage: () => this.platform.host === 'web',
    direct: () => this.handle?.direct ?? null,
    relay: () => this.session?.attachments.relay ?? 'allowed',
    nameOf: (peer) => this.nameOf(peer),
    fileName: (id) => this.files.all.find(({ file }) => file.id === id)?.file.name ?? null,
    pickOne: async () => (await pick(this.platform, this.handle, false))[0] ?? null,
  });
  #unfollow = () => {};
  #wanted = 0;
  readonly #changes = new SpokenChanges();

  constructor(
    readonly id: string,
    readonly platform: Platform,
  ) {}

  readonly isTechnician = $derived(this.you?.role === 'technician');
  readonly ended = $derived(
    this.connection.state === 'ended' || (this.session !== null && this.session.state !== 'open'),
  );
  readonly sealed = $derived(this.sealedAt !== null || this.session?.state === 'sealed');
  readonly waiting = $derived(this.roster.filter(({ participant }) => participant.state === 'waiting'));
  readonly customers = $derived(
    this.roster.filter(({ participant: { role, state } }) => role === 'customer' && state !== 'removed'),
  );
  /** Own messages that never reached the portal. */
  readonly unsent = $derived(
    this.items.filter(
      ({ kind }) => kind.type === 'message' && kind.own && kind.delivery.state !== 'sent' && kind.text !== '',
    ),
  );
  /** Names that a mention can have. */
  readonly names = $derived(this.roster.map(({ participant }) => participant.name));
  /** What one may send, in words; nothing is counted where any number may go. */
  readonly limits = $derived.by(() => {
    const policy = this.session?.attachments;
    return policy
      ? limitsText(policy, policy.max_files === undefined ? 0 : this.uploads.counted, this.uploads.directly)
      : '';
  });
  readonly title = $derived.by(() => {
    if (!this.session) return '';
    if (!this.isTechnician) return this.session.org_name;
    return this.session.title || this.customers.map(({ participant }) => participant.name).join(', ');
  });

  /** Opens the session; one that is open already stays as it is. */
  async open(): Promise<void> {
    if (this.handle) return;
    this.openError = null;
    // What closed it before, such as a sign-in that was ended, is over for whoever comes back.
    this.connection = { state: 'connecting', attempt: 1 };
    const wanted = ++this.#wanted;
    const isWanted = () => wanted === this.#wanted;
    try {
      const handle = await this.platform.openSession(this.id, (updates) => {
        if (isWanted()) this.apply(updates);
      });
      // The person may have left while it opened.
      if (!isWanted()) return handle.close();
      this.handle = handle;
      this.uploads.lost = [...this.uploads.lost, ...(this.platform.lostFiles?.take(this.id) ?? [])];
      this.#unfollow = this.transfers.follow(handle.direct);
      handle.onDurable?.((durable) => (this.durable = durable));
      const restored = (await handle.restoredUploads?.().catch(() => [])) ?? [];
      if (restored.length > 0 && isWanted()) this.#whenKnown = () => this.uploads.restore(restored);
      this.#known();
    } catch (error) {
      if (isWanted()) this.openError = error;
    }
  }

  /** Takes what was picked, dropped or pasted; what may not be sent is told at once, in words and in the tray. */
  attach(files: readonly PickedFile[], how: { together?: boolean } = {}): void {
    if (files.length === 0) return;
    if (this.noFiles) return this.tellFileProblem(codeText(this.noFiles));
    const refused = this.uploads.add(files, how);
    this.tellFileProblem(refused > 0 ? t('upload.refused', { count: refused, all: files.length }) : '');
  }

  /** Bytes that the page holds, as files like any other. */
  async attachBytes(files: readonly File[]): Promise<void> {
    const { handle } = this;
    if (!handle || files.length === 0) return;
    if (this.noFiles) return this.tellFileProblem(codeText(this.noFiles));
    try {
      this.attach(await Promise.all(files.map((file) => handle.adopt(file))));
    } catch (error) {
      this.tellFileProblem(errorText(error));
    }
  }

  /** The composer shows it as an alert, which is said as well. */
  tellFileProblem(sentence: string): void {
    this.uploads.problem = sentence;
  }

  /** What waits for the session's policy. */
  #whenKnown: (() => void) | null = null;

  #known(): void {
    if (!this.session || !this.handle) return;
    const act = this.#whenKnown;
    this.#whenKnown = null;
    act?.();
    this.uploads.pump();
  }

  /** Own files among the rows that are loaded; the portal counts them all, but for those that are gone. */
  #filesSent(): number {
    return this.items.reduce((sum, { kind }) => {
      const files = kind.type === 'message' && kind.own ? kind.attachments : [];
      return sum + files.filter(({ withdrawn }) => withdrawn === undefined).length;
    }, 0);
  }

  async setMuted(muted: boolean): Promise<void> {
    await this.platform.attention.setMuted(this.id, muted);
  }

  /** Leaves the session; the tray stays. */
  close(): void {
    this.#wanted += 1;
    // Whoever comes back is told nothing as news that happened in between.
    this.caughtUp = false;
    this.#changes.stop();
    this.#unfollow();
    this.handle?.close();
    this.handle = null;
  }

  apply(updates: readonly ViewUpdate[]): void {
    for (const update of updates) {
      switch (update.type) {
        case 'timeline':
          this.items = applyPatches(this.items, update.patches, (before, after) => {
            if (this.caughtUp && this.shown) this.#changes.follow(before, after);
          });
          break;
        case 'roster':
          this.roster = update.entries;
          break;
        case 'connection':
          this.connection = update.state;
          this.#over();
          break;
        case 'session':
          this.session = update.session;
          this.you = update.you;
          this.noFiles = update.no_files ?? null;
          this.#known();
          this.#over();
          break;
        case 'sealed':
          this.sealedAt = update.at;
          break;
        case 'unsent':
          this.unsentCount = update.count;
          break;
        case 'read':
          this.marks = update.marks;
          this.ownRead = update.own;
          this.unread = update.unread;
          break;
        case 'history':
          this.history = { complete: update.complete, loading: update.loading };
          this.caughtUp = update.caught_up;
          break;
        case 'alerts':
          this.alerts = [...this.alerts, ...update.alerts].slice(-ALERTS_KEPT);
          this.platform.attention.tell?.(this.id, update.alerts);
          break;
      }
    }
  }

  /** No file goes to a session that has ended, but for captures, or that one is no longer in. */
  #over(): void {
    if (this.connection.state === 'closed') this.uploads.cancelAll();
    else if (this.ended) this.uploads.cancelFiles();
  }

  /** Asked for with the room; without an answer `/` offers nothing. */
  async loadReplies(): Promise<void> {
    const org = this.session?.org_id;
    if (!this.isTechnician || org === undefined) return;
    const { replies } = await this.platform.call<CannedReplyList>('list_canned_replies', {
      path: { org },
    });
    this.replies = replies;
  }

  async intent(intent: Intent): Promise<void> {
    await this.handle?.intent(intent);
  }

  /** Gives `emoji` to a message, or takes it back. */
  async toggleReaction(message: MessageOf, emoji: string): Promise<void> {
    const target = targetOf(message);
    if (target === null || this.ended) return;
    const given = message.kind.reactions.some((reaction) => reaction.emoji === emoji && reaction.own);
    await this.intent({ type: given ? 'unreact' : 'react', target, emoji });
  }

  async delete(message: MessageOf): Promise<void> {
    const target = targetOf(message);
    if (target !== null) await this.intent({ type: 'delete', target });
  }

  /** Names of those of the others who have read up to `seq`. */
  readersOf(seq: number): string[] {
    return this.marks.flatMap((mark) => {
      const entry =
        mark.seq >= seq && this.roster.find(({ participant }) => participant.id === mark.participant_id);
      return entry && !entry.own ? entry.participant.name : [];
    });
  }

  nameOf(id: ParticipantId | undefined): string {
    return this.roster.find(({ participant }) => participant.id === id)?.participant.name ?? '';
  }

  /** An address that opens this session at `seq`. */
  async linkTo(seq: number): Promise<string> {
    const portal = (await this.platform.portal.current()) ?? location.origin;
    return `${portal.replace(/\/+$/, '')}/s/${this.id}#m${seq}`;
  }

  async admit(participant: string): Promise<void> {
    await this.#onParticipant('admit_participant', participant);
  }

  async remove(participant: string): Promise<void> {
    await this.#onParticipant('remove_participant', participant);
  }

  #onParticipant(
    operation: 'admit_participant' | 'remove_participant',
    participant: string,
  ): Promise<unknown> {
    return this.platform.call(operation, { path: { session: this.id, participant } });
  }

  /** How it turned out, for Files. */
  async saveReport(body: ReportInput): Promise<void> {
    const org = this.session?.org_id ?? '';
    await this.platform.call('save_report', { path: { org, session: this.id }, body });
  }

  async end(): Promise<void> {
    await this.platform.call('end_session', { path: { session: this.id } });
  }
}

export const [getRoom, setRoom] = createContext<Room>();
