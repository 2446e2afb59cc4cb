// A WebSocket that a test plays the other end of.
import type { Socket } from './driver';

export class FakeSocket implements Socket {
  readyState: WebSocket['readyState'] = 0;
  onopen: Socket['onopen'] = null;
  onmessage: Socket['onmessage'] = null;
  onclose: Socket['onclose'] = null;
  onerror: Socket['onerror'] = null;
  readonly sent: string[] = [];
  closed = false;

  send(data: string): void {
    this.sent.push(data);
  }

  close(): void {
    this.closed = true;
    this.readyState = 3;
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.call(this.#self, new Event('open'));
  }

  receive(text: string): void {
    this.onmessage?.call(this.#self, new MessageEvent('message', { data: text }));
  }

  /** The other end, or the network, goes. */
  drop(): void {
    this.readyState = 3;
    this.onclose?.call(this.#self, new CloseEvent('close'));
  }

  get #self(): WebSocket {
    return this as unknown as WebSocket;
  }
}
