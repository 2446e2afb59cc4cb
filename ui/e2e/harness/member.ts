// Somebody in a session: commands over the real socket, each awaited.
import { randomBytes } from 'node:crypto';
import WebSocket from 'ws';
import type { ClientMessage, Command, ServerMessage } from '../../src/lib/proto';
import type { Api } from './api';

type Waiting = { resolve: (seq: number) => void; reject: (error: Error) => void };

export class Member {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<string, Waiting>();

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#take(JSON.parse(String(data)) as ServerMessage));
  }

  /** Comes in; answers once the portal has welcomed. */
  static enter(api: Api, session: string): Promise<Member> {
    const url = `${api.url.replace(/^http/, 'ws')}/api/v1/sessions/${session}/socket`;
    const socket = new WebSocket(url, { headers: api.headers });
    const hello: ClientMessage = { type: 'hello', protocol: 1, resume_after: 0 };
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once('open', () => socket.send(JSON.stringify(hello)));
      socket.once('message', () => resolve(new Member(socket)));
    });
  }

  /** Answers the place of what it did. */
  send(command: Command): Promise<number> {
    const txn_id = randomBytes(16).toString('hex');
    const message: ClientMessage = { type: 'send', txn_id, command };
    return new Promise((resolve, reject) => {
      this.#waiting.set(txn_id, { resolve, reject });
      this.#socket.send(JSON.stringify(message));
    });
  }

  say(text: string, more: Partial<Extract<Command, { type: 'post_message' }>> = {}): Promise<number> {
    return this.send({ type: 'post_message', text, ...more } as Command);
  }

  close(): void {
    this.#socket.close();
  }

  #take(message: ServerMessage): void {
    if (message.type !== 'ack' && message.type !== 'rejected') return;
    const { txn_id } = message as { txn_id: string };
    const waiting = this.#waiting.get(txn_id);
    this.#waiting.delete(txn_id);
    if (message.type === 'ack') waiting?.resolve((message as { seq: number }).seq);
    else waiting?.reject(new Error(JSON.stringify(message)));
  }
}
