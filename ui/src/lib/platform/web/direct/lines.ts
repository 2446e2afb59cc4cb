// Which lanes there are to one endpoint: WebRTC at once, more connections on a long line, the portal's relay where nothing else
// comes up; what stalls is mended, what is dead replaced (research: an old association takes up to a minute to come back by itself).
import type { SignalSaid } from './machine';
import type { Lane } from './lane';
import type { Peer, PeerHost, Ways } from './peer';
import { RelayLane } from './relay';
import { MESSAGE_MAX, RtcLane } from './rtc';

/** Connections at once: more is not friendly to others on the same line. */
export const CONNECTIONS_MAX = 4;
/** Connections that a peer may open here. */
const TAKEN_MAX = 6;
/** Milliseconds there and back from which a second connection helps. */
const LONG = 20;
/** Share by which a connection must have raised the rate for another to be tried. */
const GAIN = 1.15;
const GROW_EVERY = 2_000;
/** Milliseconds without a lane until the relay is opened: after the meeting, and later. */
const RELAY_FIRST = 6_000;
const RELAY_AFTER = 5_000;
/** Milliseconds that something better must have lived for the relay to be closed. */
const PROVEN = 10_000;
const BACKOFF = [0, 1_000, 2_000, 4_000, 8_000, 15_000] as const;

export class Lines {
  readonly #rtc = new Map<number, { lane: RtcLane; carrier: number | null; since: number }>();
  #relay: { lane: Lane; carrier: number | null } | null = null;
  /** Connections offered from here. */
  #offered = 0;
  #failures = 0;
  #turn: Promise<void> = Promise.resolve();
  #opening: ReturnType<typeof setTimeout> | undefined;
  #relayTimer: ReturnType<typeof setTimeout> | undefined;
  #growing: ReturnType<typeof setInterval> | undefined;
  #best = 0;
  #over = false;

  constructor(
    private readonly peer: Peer,
    private readonly host: PeerHost,
  ) {}

  /** After the meeting, and whenever a way is wanted. */
  open(): void {
    if (this.#over) return;
    this.#growing ??= setInterval(() => void this.#look(), GROW_EVERY);
    this.#want();
    this.#expectRelay(RELAY_FIRST);
  }

  hear(body: SignalSaid): void {
    // What follows an offer waits for what the offer waits for.
    this.#then((ways) => this.#take(body, ways));
  }

  /** The side that offered looks for paths anew. */
  restart(): void {
    for (const { lane } of this.#rtc.values()) lane.restart();
    if (this.#rtc.size === 0) {
      this.#failures = 0;
      this.#want();
    }
  }

  stalled(carrier: number): void {
    for (const entry of this.#rtc.values()) if (entry.carrier === carrier) entry.lane.restart();
  }

  replace(carrier: number): void {
    for (const [link, entry] of this.#rtc) {
      if (entry.carrier !== carrier) continue;
      entry.lane.close();
      this.#gone(link);
    }
    if (this.#relay?.carrier === carrier) {
      this.#relay.lane.close();
      this.#relayGone();
    }
  }

  close(): void {
    this.#over = true;
    clearTimeout(this.#opening);
    clearTimeout(this.#relayTimer);
    clearInterval(this.#growing);
    for (const { lane } of this.#rtc.values()) lane.close();
    this.#rtc.clear();
    this.#relay?.lane.close();
    this.#relay = null;
  }

  /** A connection, if there is none and it is ours to open. */
  #want(): void {
    if (this.#over || !this.peer.initiates || this.#rtc.size > 0 || this.#opening !== undefined) return;
    const delay = BACKOFF[Math.min(this.#failures, BACKOFF.length - 1)] ?? 0;
    this.#opening = setTimeout(() => {
      this.#opening = undefined;
      if (this.#rtc.size === 0) this.#connect();
    }, delay);
  }

  #connect(): void {
    this.#offered += 1;
    const link = linkNumber(this.#offered, this.peer.initiates);
    this.#then((ways) => this.#start(link, true, ways));
  }

  #start(link: number, initiates: boolean, { iceServers }: Ways): RtcLane | null {
    const { shown } = this.peer;
    if (this.#over || !shown) return null;
    const lane = new RtcLane({
      link,
      initiates,
      certificate: this.host.keys.certificate,
      iceServers,
      peerCertificate: shown.identity.certificate,
      messageMax: Math.min(MESSAGE_MAX, shown.capabilities.message_max),
      signal: (body) => this.host.signal(body),
      events: {
        open: () => this.#up(link),
        message: (bytes) => this.#received(this.#rtc.get(link)?.carrier, bytes),
        writable: () => this.#refill(this.#rtc.get(link)?.carrier),
        closed: () => this.#gone(link),
      },
    });
    this.#rtc.set(link, { lane, carrier: null, since: performance.now() });
    return lane;
  }

  #take(body: SignalSaid, ways: Ways): void {
    if (this.#over) return;
    if (body.type === 'relay') return this.#openRelay(ways);
    if (body.type !== 'offer' && body.type !== 'answer' && body.type !== 'candidate') return;
    const known = this.#rtc.get(body.link)?.lane;
    const theirs = (body.link % 2 === 1) !== this.peer.initiates;
    const wanted = body.type === 'offer' && theirs && this.#rtc.size < TAKEN_MAX;
    (known ?? (wanted ? this.#start(body.link, false, ways) : null))?.hear(body);
  }

  #up(link: number): void {
    const entry = this.#rtc.get(link);
    if (!entry) return;
    this.#failures = 0;
    clearTimeout(this.#relayTimer);
    this.#relayTimer = undefined;
    entry.since = performance.now();
    // Known before it is raised: it may fail while it is.
    entry.carrier = this.peer.newCarrier();
    this.peer.raise(entry.carrier, entry.lane);
  }

  #gone(link: number): void {
    const entry = this.#rtc.get(link);
    if (!entry || !this.#rtc.delete(link)) return;
    if (entry.carrier === null) this.#failures += 1;
    else this.peer.lower(entry.carrier);
    this.#want();
    this.#expectRelay(RELAY_AFTER);
  }

  #expectRelay(delay: number): void {
    if (this.#over || this.peer.isUp || this.#relay || this.#relayTimer !== undefined) return;
    this.#relayTimer = setTimeout(() => {
      this.#relayTimer = undefined;
      if (this.peer.isUp || !this.host.isBusy(this.peer)) return;
      this.#then((ways) => {
        if (this.#relay || !this.#mayRelay(ways)) return;
        this.host.signal({ type: 'relay' });
        this.#openRelay(ways);
      });
    }, delay);
  }

  #mayRelay = ({ relay }: Ways) => relay && this.peer.shown?.capabilities.relay === true;

  #openRelay(ways: Ways): void {
    const { shown } = this.peer;
    if (this.#over || !shown || this.#relay || !this.#mayRelay(ways)) return;
    const { core, keys } = this.host;
    const fresh = crypto.getRandomValues(new Uint8Array(32));
    const noise = core.noise(this.peer.pair, keys.secret, shown.identity.noise, fresh);
    const lane = new RelayLane(this.host.openRelay(), noise, {
      open: () => void this.#relayUp(),
      message: (bytes) => this.#received(this.#relay?.carrier, bytes),
      writable: () => this.#refill(this.#relay?.carrier),
      closed: () => this.#relayGone(),
    });
    this.#relay = { lane, carrier: null };
  }

  async #relayUp(): Promise<void> {
    if (!this.#relay) return;
    const { lane } = this.#relay;
    const carrier = (this.#relay.carrier = this.peer.newCarrier());
    this.peer.raise(carrier, lane);
    const [tried] = this.#rtc.values();
    const { reflexive } = (await tried?.lane.measure()) ?? { reflexive: false };
    const { iceServers } = await this.host.ways();
    if (!this.#over) this.peer.relayedWhy(iceServers.length > 0 && !reflexive ? 'udp_blocked' : 'no_path');
  }

  #relayGone(): void {
    const relay = this.#relay;
    if (!relay) return;
    this.#relay = null;
    if (relay.carrier !== null) this.peer.lower(relay.carrier);
    this.#expectRelay(RELAY_AFTER);
  }

  /** Every two seconds: is there something to open or to close? */
  async #look(): Promise<void> {
    if (!this.host.isBusy(this.peer)) return;
    this.#want();
    this.#expectRelay(RELAY_AFTER);
    const up = [...this.#rtc.values()].filter(({ carrier }) => carrier !== null);
    const proven = up.some(({ since }) => performance.now() - since > PROVEN);
    if (proven && this.#relay) {
      this.#relay.lane.close();
      this.#relayGone();
      this.peer.relayedWhy(undefined);
    }
    const [first] = up;
    if (!first || !this.peer.initiates || up.length !== this.#rtc.size) return;
    const { roundTrip } = await first.lane.measure();
    const rate = this.peer.views().reduce((sum, view) => sum + view.rate, 0);
    if (!wantsMore({ connections: up.length, roundTrip, rate, best: this.#best })) return;
    this.#best = rate;
    if (!this.#over) this.#connect();
  }

  #received(carrier: number | null | undefined, bytes: Uint8Array): void {
    if (typeof carrier === 'number') this.peer.receive(carrier, bytes);
  }

  #refill(carrier: number | null | undefined): void {
    if (typeof carrier === 'number') this.peer.refill(carrier);
  }

  #then(act: (ways: Ways) => void): void {
    const run = async () => act(await this.host.ways());
    this.#turn = this.#turn.then(run).catch((error: unknown) => {
      // A browser that refuses a connection (settings, extensions) leaves the relay.
      if (!this.#over) reportError(error);
    });
  }
}

/** Numbers of the two sides never meet: the initiator's are odd, the other's even (crates/direct/src/peer/lanes.rs). */
const linkNumber = (count: number, initiates: boolean) => count * 2 - (initiates ? 1 : 0);

/** Whether another connection is worth a try: the line is long, and the newest one raised the rate. */
export function wantsMore(seen: {
  connections: number;
  roundTrip: number | null;
  rate: number;
  best: number;
}): boolean {
  const { connections, roundTrip, rate, best } = seen;
  if (roundTrip === null || roundTrip < LONG || rate === 0) return false;
  return connections < CONNECTIONS_MAX && (connections === 1 || rate > best * GAIN);
}
