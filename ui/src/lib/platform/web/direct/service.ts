// Direct transfer of one session: what the log wants, the endpoints it is done with, and what of it lies on this side.
//
// The link runs on the page and not in a worker: data channels live on the page, each message would have to hop twice, and hashing
// takes 2-3 ms for a MiB, between two tasks. Only the disk has a worker, because handles that write in place exist nowhere else.
import type {
  Attachment,
  AttachmentId,
  CreateDirect,
  DirectCreated,
  DirectFileItem,
  IceServers,
  Intent,
  ParticipantId,
  RosterEntry,
  SessionId,
  Signal,
  TransferView,
} from '$lib/proto';
import { noteHere } from './here';
import { t } from '$lib/i18n';
import { Told } from '$lib/util/errors';
import type { DirectAccess, Obstacle } from '../../direct';
import type { PickedFile } from '../../types';
import type { Alarm } from '../alarm';
import { call, route, wireError } from '../http';
import type { Books } from './books';
import { type Business, businessOf, keyOf } from './business';
import { DiskSide } from './diskSide';
import { keysOf } from './keys';
import { type Core, hex, random, type SignalSaid } from './machine';
import { Peer, type PeerHost, type Ways } from './peer';
import { Room } from './room';
import { isSame, type Source, sourceOf } from './source';
import { mergedViews } from './views';

/** Milliseconds between two tellings of how things stand. */
const TELL_EVERY = 250;
/** Milliseconds between two looks at who is to be sought. */
const LOOK_EVERY = 1_000;
/** Milliseconds between two seeks of the same participant. */
const SEEK_BACKOFF = [1_000, 2_000, 4_000, 8_000, 15_000] as const;
/** Milliseconds of silence after which another client of the same person takes the place of one. */
const SILENT = 3_000;
/** Milliseconds before their end at which credentials are fetched anew. */
const RENEW = 60_000;
/** Milliseconds until a portal that did not answer is asked again. */
const ASK_AGAIN = 5_000;
const NO_WAYS: Ways = { iceServers: [], relay: false };
/** Clients of one person, and of all, that are talked to at once. */
const CLIENTS_MAX = 4;
const PEERS_MAX = 32;
/** Milliseconds without business after which lanes are closed. */
const IDLE = 60_000;

export interface ServiceHost {
  session: SessionId;
  intent(intent: Intent): Promise<void>;
  core: Core;
  books: Books;
  alarm: Alarm;
  /** One tab of this browser at a time: resolves when it is this one's turn. */
  turn: Promise<void>;
}

/** Files that were picked in this page: they outlive the room. */
const sources = new Map<AttachmentId, Source>();

export class DirectService implements DirectAccess {
  readonly endpoint = hex(random(16));
  readonly #room = new Room();
  readonly #disk: DiskSide;
  readonly #peers = new Map<string, Peer>();
  readonly #current = new Map<ParticipantId, Peer>();
  readonly #sought = new Map<ParticipantId, { at: number; tries: number }>();
  readonly #idle = new Map<Peer, number>();
  readonly #watchers = new Set<(views: readonly TransferView[]) => void>();
  #business: Business[] = [];
  #online = new Set<ParticipantId>();
  #me: ParticipantId | null = null;
  #host: Promise<Omit<PeerHost, 'signal' | 'openRelay'>> | null = null;
  #ice: { ways: Promise<Ways>; until: number } | null = null;
  #past = new Map<string, TransferView>();
  #told: readonly TransferView[] = [];
  #telling: ReturnType<typeof setTimeout> | undefined;
  #looking: ReturnType<typeof setInterval>;
  /** The newest of what is said: the session does one after the other. */
  #saying: Promise<void> = Promise.resolve();
  #ours = false;
  #over = false;

  constructor(private readonly options: ServiceHost) {
    this.#disk = new DiskSide(options.session, options.books, this.#room, sources, {
      received: (business, digest) => this.#received(business, digest),
      business: (attachment) => this.#business.filter((one) => one.attachment.id === attachment),
    });
    void this.#room.ready();
    void options.turn.then(() => {
      this.#ours = true;
      this.#look();
    });
    this.#looking = setInterval(() => this.#look(), LOOK_EVERY);
    window.addEventListener('online', this.#hurry);
  }

  // What the session says.

  files(items: readonly DirectFileItem[]): void {
    this.#business = businessOf(items);
    this.#look();
    this.#tell();
  }

  roster(entries: readonly RosterEntry[]): void {
    const online = entries.filter((entry) => entry.online && !entry.own);
    this.#me = entries.find(({ own }) => own)?.participant.id ?? this.#me;
    this.#online = new Set(online.map(({ participant }) => participant.id));
    this.#look();
    this.#tell();
  }

  signal(from: ParticipantId, signal: Signal): void {
    const { from: endpoint, to } = signal;
    // Of a later version: falls through wherever kinds are told apart.
    const body = signal.body as SignalSaid;
    if (this.#over || !this.#ours || (to !== undefined && to !== this.endpoint)) return;
    const known = this.#peers.get(`${from} ${endpoint}`);
    if (known) return known.hear(body);
    // Whoever has no business here is not talked to.
    const begins = body.type === 'seek' || body.type === 'commit';
    if (begins && this.#isBusyWith(from)) void this.#meet(from, endpoint, body);
  }

  /** Resolves when goodbyes are said. */
  close(): Promise<void> {
    for (const peer of [...this.#peers.values()]) peer.close(true);
    this.#over = true;
    clearInterval(this.#looking);
    clearTimeout(this.#telling);
    window.removeEventListener('online', this.#hurry);
    this.#watchers.clear();
    return this.#saying;
  }

  // What the pages ask.

  onViews(callback: (views: readonly TransferView[]) => void): () => void {
    this.#watchers.add(callback);
    callback(this.#told);
    return () => this.#watchers.delete(callback);
  }

  async ready(): Promise<void> {
    await Promise.all([this.#room.look(), this.#ways()]);
  }

  obstacle(size: number): Obstacle | null {
    return this.#room.obstacle(size);
  }

  send(file: PickedFile): ReturnType<DirectAccess['send']> {
    const { session } = this.options;
    let cancelled = false;
    let made: AttachmentId | null = null;
    const remove = (attachment: AttachmentId) => {
      sources.delete(attachment);
      call('delete_direct', { path: { session, attachment } }).catch(() => {
        // No message names it: the portal forgets it by itself.
      });
    };
    const run = async () => {
      const source = sourceOf(file);
      if (!source) throw wireError('attachment_unknown');
      const { kind } = source.list;
      const files = source.list.entries.length;
      const body: CreateDirect = { name: file.name, size: file.size, kind, files };
      const { attachment } = await call<DirectCreated>('create_direct', { path: { session }, body });
      made = attachment.id;
      if (cancelled) remove(made);
      else await this.#keepSource(attachment, source);
      return made;
    };
    return {
      done: run(),
      cancel: () => {
        cancelled = true;
        if (made !== null) remove(made);
      },
    };
  }

  async place(attachment: Attachment): Promise<boolean> {
    const obstacle = this.#room.obstacle(attachment.size);
    if (obstacle) throw wireError('file_too_large');
    const placed = await this.#disk.incoming(attachment).place();
    if (placed)
      this.#each(attachment.id, undefined, (peer) => peer.step({ type: 'mend', attachment: attachment.id }));
    return placed;
  }

  pause(attachment: AttachmentId, peer?: ParticipantId): Promise<void> {
    return this.#steer('pause', attachment, peer);
  }

  resume(attachment: AttachmentId, peer?: ParticipantId): Promise<void> {
    return this.#steer('resume', attachment, peer);
  }

  async cancel(attachment: AttachmentId, peer?: ParticipantId): Promise<void> {
    await this.#steer('cancel', attachment, peer);
    for (const one of this.#of(attachment, peer)) {
      const { target, way } = one;
      if (!this.#current.has(one.peer)) this.#remember(one, { type: 'cancelled', by: 'you' });
      const attachments = [attachment];
      if (way === 'sending' && peer === undefined)
        await this.options.intent({ type: 'revoke', target, attachments });
    }
    this.#tell();
  }

  async askSourceAgain(attachment: Attachment, file: PickedFile): Promise<void> {
    const source = sourceOf(file);
    const note = await this.options.books.note(attachment.id);
    const known = note?.list && note.stamps ? isSame(source ?? emptySource, note.list, note.stamps) : null;
    if (!source || file.size !== attachment.size || known === false)
      throw new Told(t('direct.anotherSource'));
    // The list that was offered counts: the log may call the file otherwise than the disk.
    await this.#keepSource(attachment, { ...source, list: note?.list ?? source.list });
    this.#look();
    this.#each(attachment.id, undefined, (peer) => peer.step({ type: 'mend', attachment: attachment.id }));
  }

  async #keepSource(attachment: Attachment, source: Source): Promise<void> {
    const { list, stamps, file } = source;
    if (file) noteHere(attachment.id, () => Promise.resolve(file));
    const [only] = list.entries;
    // The portal's name for it, which is a plain one.
    const entries = list.kind === 'file' && only ? [{ ...only, path: attachment.name }] : list.entries;
    const named = { ...list, entries };
    sources.set(attachment.id, { ...source, list: named });
    const { session } = this.options;
    const before = await this.options.books.note(attachment.id);
    await this.options.books.putNote({ ...before, attachment: attachment.id, session, list: named, stamps });
  }

  async #steer(
    type: 'pause' | 'resume' | 'cancel',
    attachment: AttachmentId,
    peer?: ParticipantId,
  ): Promise<void> {
    const { books, session } = this.options;
    const people = this.#of(attachment, peer).map((one) => one.peer);
    const note = (await books.note(attachment)) ?? { attachment, session };
    const without = (note.paused ?? []).filter((one) => !people.includes(one));
    const paused = type === 'pause' ? [...without, ...people] : without;
    const cancelled = type === 'cancel' ? [...(note.cancelled ?? []), ...people] : note.cancelled;
    await books.putNote({ ...note, paused, ...(cancelled && { cancelled }) });
    this.#each(attachment, peer, (one) => one.step({ type, attachment }));
    this.#tell();
  }

  #of(attachment: AttachmentId, peer?: ParticipantId): Business[] {
    return this.#business.filter(
      (one) => one.attachment.id === attachment && (peer === undefined || one.peer === peer),
    );
  }

  #each(attachment: AttachmentId, peer: ParticipantId | undefined, act: (peer: Peer) => void): void {
    for (const one of this.#of(attachment, peer)) {
      const current = this.#current.get(one.peer);
      if (current?.begun.has(attachment)) act(current);
    }
  }

  // Who is met.

  #look(): void {
    if (this.#over || !this.#ours || this.#me === null) return;
    for (const peer of this.#current.values()) this.#reconcile(peer);
    const wanted = new Set(this.#business.filter(({ open }) => open).map(({ peer }) => peer));
    for (const peer of wanted) if (this.#online.has(peer)) this.#seek(peer);
    const now = performance.now();
    for (const peer of [...this.#current.values()]) {
      if (this.#isBusyWith(peer.pair.peer)) this.#idle.delete(peer);
      else if (!this.#idle.has(peer)) this.#idle.set(peer, now);
      else if (now - (this.#idle.get(peer) ?? now) > IDLE) peer.close(true);
    }
  }

  #seek(participant: ParticipantId): void {
    const current = this.#current.get(participant);
    const now = performance.now();
    if (current && (current.isUp || now - current.heardAt < SEEK_BACKOFF[4])) return;
    const sought = this.#sought.get(participant) ?? { at: -Infinity, tries: 0 };
    const pause = SEEK_BACKOFF[Math.min(sought.tries, SEEK_BACKOFF.length - 1)] ?? 0;
    if (now - sought.at < pause) return;
    this.#sought.set(participant, { at: now, tries: sought.tries + 1 });
    this.#say(participant, undefined, { type: 'seek' });
  }

  async #meet(participant: ParticipantId, endpoint: string, body: SignalSaid): Promise<void> {
    const common = await this.#common();
    const at = `${participant} ${endpoint}`;
    const known = this.#peers.get(at);
    if (known) return known.hear(body);
    const clients = [...this.#peers.values()].filter(({ pair }) => pair.peer === participant).length;
    if (clients >= CLIENTS_MAX || this.#peers.size >= PEERS_MAX || endpoint === this.endpoint) return;
    if (this.#over || this.#me === null) return;
    const { session } = this.options;
    const pair = {
      session,
      me: this.#me,
      endpoint: this.endpoint,
      peer: participant,
      peer_endpoint: endpoint,
    };
    const peer = new Peer(pair, {
      ...common,
      signal: (said) => this.#say(participant, endpoint, said),
      openRelay: () => this.#openRelay(participant, endpoint),
    });
    this.#peers.set(at, peer);
    peer.hear(body);
    peer.meet();
  }

  /** The newest client of a person counts, unless the one before is at it. */
  #met(peer: Peer): void {
    const { peer: participant } = peer.pair;
    const before = this.#current.get(participant);
    const now = performance.now();
    if (before && before !== peer && before.isUp && now - before.heardAt < SILENT) return peer.close(true);
    this.#current.set(participant, peer);
    this.#sought.delete(participant);
    before?.close(true);
    this.#reconcile(peer);
  }

  #left(peer: Peer): void {
    const { peer: participant, peer_endpoint } = peer.pair;
    this.#peers.delete(`${participant} ${peer_endpoint}`);
    this.#idle.delete(peer);
    if (this.#current.get(participant) === peer) this.#current.delete(participant);
    this.#tell();
  }

  /** Begins with `peer` what the log wants, and ends what it does not want any more. */
  #reconcile(peer: Peer): void {
    for (const one of this.#business) {
      if (one.peer !== peer.pair.peer) continue;
      const { id } = one.attachment;
      if (one.open && !peer.begun.has(id)) {
        peer.begun.add(id);
        void this.#begin(peer, one);
      } else if (one.confirmed !== undefined && peer.begun.has(id) && !peer.confirmed.has(id)) {
        peer.confirmed.add(id);
        peer.step({ type: 'confirmed', attachment: id, digest: one.confirmed });
      }
    }
    for (const id of peer.begun) {
      const one = this.#of(id, peer.pair.peer)[0];
      // A message that was deleted is not in the log any more.
      if (one && !one.gone) continue;
      peer.begun.delete(id);
      peer.step({ type: 'cancel', attachment: id });
    }
  }

  async #begin(peer: Peer, one: Business): Promise<void> {
    const { id } = one.attachment;
    const began = await this.#disk.begin(peer, one);
    if (!began) {
      // A folder whose files nobody knows any more: it begins when it is picked again.
      peer.begun.delete(id);
      this.#remember(one, { type: 'stalled', why: 'needs_source' });
      return;
    }
    this.#past.delete(keyOf(id, one.peer));
    const note = await this.options.books.note(id);
    if (note?.paused?.includes(one.peer)) peer.step({ type: 'pause', attachment: id });
    if (note?.cancelled?.includes(one.peer)) peer.step({ type: 'cancel', attachment: id });
    this.#tell();
  }

  #common(): Promise<Omit<PeerHost, 'signal' | 'openRelay'>> {
    this.#host ??= this.#prepare().catch((error: unknown) => {
      this.#host = null;
      throw error;
    });
    return this.#host;
  }

  async #prepare(): Promise<Omit<PeerHost, 'signal' | 'openRelay'>> {
    const { core, books, alarm, session } = this.options;
    return {
      core,
      alarm,
      keys: await keysOf(books, core, session, this.#me ?? ''),
      ways: () => this.#ways(),
      met: (peer) => this.#met(peer),
      disk: (peer, output, carried) => this.#disk.perform(peer, output, carried),
      changed: () => this.#tell(),
      isBusy: (peer) => this.#isBusyWith(peer.pair.peer),
      over: (peer) => this.#left(peer),
    };
  }

  #isBusyWith = (participant: ParticipantId) =>
    this.#business.some(({ peer, open }) => open && peer === participant);

  /** What the portal said of ways, until it ends; asked once however many want to know. */
  #ways(): Promise<Ways> {
    if (!this.#ice || Date.now() > this.#ice.until) {
      const ice = { until: Infinity, ways: Promise.resolve(NO_WAYS) };
      ice.ways = this.#askWays(ice, this.#ice?.ways ?? ice.ways);
      this.#ice = ice;
    }
    return this.#ice.ways;
  }

  async #askWays(ice: { until: number }, before: Promise<Ways>): Promise<Ways> {
    try {
      const path = { session: this.options.session };
      const { servers, relay, expires_at } = await call<IceServers>('get_ice_servers', { path });
      ice.until = (expires_at ?? Infinity) - RENEW;
      return { iceServers: servers, relay };
    } catch {
      // Without the portal's servers there are still direct ways.
      ice.until = Date.now() + ASK_AGAIN;
      return before;
    }
  }

  #say(to: ParticipantId, endpoint: string | undefined, body: SignalSaid): void {
    const signal: Signal = { from: this.endpoint, ...(endpoint !== undefined && { to: endpoint }), body };
    this.#saying = this.options.intent({ type: 'signal', to, signal }).catch(() => {
      // None is kept: whoever waits for it asks again.
    });
  }

  #openRelay(peer: ParticipantId, to: string): WebSocket {
    const { session } = this.options;
    const path = route('relay_socket', { path: { session, peer }, query: { from: this.endpoint, to } });
    const url = new URL(path, location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    return new WebSocket(url);
  }

  #hurry = () => {
    for (const peer of this.#current.values()) peer.hurry();
    this.#look();
  };

  #received({ target, attachment }: Business, digest: string): void {
    this.options
      .intent({ type: 'confirm', target, attachments: [attachment.id], blake3: digest })
      .catch(() => {
        // A session that is over takes none; the file is there all the same.
      });
  }

  // How it stands.

  #remember({ attachment, peer, way }: Business, state: TransferView['state']): void {
    const { id, size } = attachment;
    this.#past.set(keyOf(id, peer), { attachment: id, peer, way, state, done: 0, size, rate: 0 });
    this.#tell();
  }

  #tell(): void {
    if (this.#over) return;
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      const live = [...this.#current.values()].flatMap((peer) => peer.views());
      const { views, past } = mergedViews(this.#business, live, this.#past, this.#online);
      this.#past = past;
      this.#told = views;
      for (const watcher of this.#watchers) watcher(views);
    }, TELL_EVERY);
  }
}

const emptySource: Source = {
  list: { kind: 'file', entries: [] },
  stamps: [],
  read: () => Promise.resolve('gone'),
};
