// RTCPeerConnections of one test, joined in memory: for tests.
import { vi } from 'vitest';

type Handler<E = Event> = ((event: E) => void) | null;

/** Goes into IndexedDB, as a real one does. */
interface FakeCertificate {
  digest: string;
}

class FakeChannel {
  binaryType = 'blob';
  bufferedAmount = 0;
  bufferedAmountLowThreshold = 0;
  readyState = 'connecting';
  onopen: Handler = null;
  onclose: Handler = null;
  onerror: Handler = null;
  onmessage: Handler<MessageEvent> = null;
  onbufferedamountlow: Handler = null;
  other: FakeChannel | null = null;

  constructor(private readonly net: FakeNet) {}

  send(bytes: Uint8Array): void {
    if (this.readyState !== 'open') throw new DOMException('closed', 'InvalidStateError');
    const data = bytes.slice().buffer;
    this.net.carry(data.byteLength, () => {
      if (this.readyState === 'open') this.other?.onmessage?.({ data } as MessageEvent);
    });
  }

  end(): void {
    if (this.readyState === 'closed') return;
    this.readyState = 'closed';
    this.onclose?.(new Event('close'));
  }
}

export class FakeNet {
  /** Those that were offered or answered. */
  readonly connections = new Map<number, FakeConnection>();
  numbered = 0;
  /** Bytes carried so far. */
  carried = 0;
  /** Cuts every connection when so many bytes were carried, once. */
  cutAt = Infinity;
  /** No connection comes up. */
  blocked = false;
  #queue: (() => void)[] = [];

  install(): void {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the class below has a `this` of its own
    const net = this;
    vi.stubGlobal(
      'RTCPeerConnection',
      class extends FakeConnection {
        static marks = 0;
        static generateCertificate() {
          this.marks += 1;
          const digest = Array(32).fill(`A${this.marks}`).join(':');
          return Promise.resolve({ expires: Date.now() + 1e10, digest });
        }
        constructor(options: { certificates: FakeCertificate[] }) {
          super(net, options);
        }
      },
    );
  }

  /** In order, each in a task of its own. */
  carry(bytes: number, deliver: () => void): void {
    this.#queue.push(() => {
      this.carried += bytes;
      if (this.carried >= this.cutAt) {
        this.cutAt = Infinity;
        for (const connection of [...this.connections.values()]) connection.end();
      }
      deliver();
    });
    setTimeout(() => this.#queue.shift()?.(), 0);
  }
}

export class FakeConnection {
  localDescription: { sdp: string } | null = null;
  remoteDescription: { sdp: string } | null = null;
  connectionState = 'new';
  signalingState = 'stable';
  sctp = { maxMessageSize: 262_144 };
  onicecandidate: Handler = null;
  onconnectionstatechange: Handler = null;
  readonly #channel: FakeChannel;
  readonly #sdp: string;
  readonly #number: number;

  constructor(
    private readonly net: FakeNet,
    { certificates: [certificate] }: { certificates: FakeCertificate[] },
  ) {
    this.#channel = new FakeChannel(net);
    this.#number = net.numbered += 1;
    this.#sdp = `v=0\r\na=fingerprint:sha-256 ${certificate?.digest}\r\na=number:${this.#number}\r\n`;
  }

  createDataChannel(): FakeChannel {
    return this.#channel;
  }

  createOffer() {
    return Promise.resolve({ type: 'offer', sdp: this.#sdp });
  }

  createAnswer() {
    return Promise.resolve({ type: 'answer', sdp: this.#sdp });
  }

  setLocalDescription(description: { type: string; sdp: string }): Promise<void> {
    this.localDescription = description;
    this.net.connections.set(this.#number, this);
    this.signalingState = description.type === 'offer' ? 'have-local-offer' : 'stable';
    this.#connect();
    return Promise.resolve();
  }

  setRemoteDescription(description: { sdp: string }): Promise<void> {
    this.remoteDescription = description;
    this.signalingState = 'stable';
    this.#connect();
    return Promise.resolve();
  }

  addIceCandidate = () => Promise.resolve();
  restartIce = () => {};
  getStats = () => Promise.resolve(new Map());

  close(): void {
    const other = this.#channel.other;
    this.end();
    setTimeout(() => other?.end(), 0);
  }

  end(): void {
    this.connectionState = 'closed';
    this.#channel.end();
  }

  #connect(): void {
    const number = /a=number:(\d+)/.exec(this.remoteDescription?.sdp ?? '')?.[1];
    const other = number === undefined ? undefined : this.net.connections.get(Number(number));
    const ready = this.localDescription && other?.localDescription && other.remoteDescription;
    if (this.net.blocked || !ready || this.#channel.other) return;
    this.#channel.other = other.#channel;
    other.#channel.other = this.#channel;
    setTimeout(() => {
      for (const channel of [this.#channel, other.#channel]) {
        channel.readyState = 'open';
        channel.onopen?.(new Event('open'));
      }
    }, 0);
  }
}
