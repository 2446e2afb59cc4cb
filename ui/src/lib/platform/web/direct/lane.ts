// A way to carry whole messages to one endpoint: reliable and ordered while it lives.

export interface Lane {
  readonly kind: 'webrtc' | 'relay';
  /** Bytes of the longest message; known once it is open. */
  readonly maxMessage: number;
  /** Bytes that it takes now. */
  free(): number;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

/** Nothing is told after `closed`, or after the lane was closed from here. */
export interface LaneEvents {
  open(): void;
  message(bytes: Uint8Array<ArrayBuffer>): void;
  /** `free` has grown. */
  writable(): void;
  closed(): void;
}
