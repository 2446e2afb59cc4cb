// What the page and the worker that reads a document say to each other.
import type { Failure, Overview, Warning } from '$lib/proto/preview';

/** What the page asks; each is answered once, in their order. */
export type Ask =
  | { type: 'open'; name: string; size: number; blob?: Blob }
  /** `window`, `search`: JSON, for the module. */
  | { type: 'next'; window: string }
  | { type: 'find'; search: string }
  | { type: 'picture'; picture: number };

/** What a module reads: what flows and slides, or sheets, text and trees. */
export type Family = 'pages' | 'tables';

export type ToWorker =
  /** A module will be needed; here it is, where another worker compiled it before. */
  | { type: 'load'; family: Family; module?: WebAssembly.Module | undefined }
  | { type: 'ask'; id: number; ask: Ask }
  /** Bytes that the worker wanted; `null`: they cannot be had. */
  | { type: 'bytes'; offset: number; bytes: ArrayBuffer | null };

/** What is answered, by what was asked. */
export interface Answers {
  open: { overview: Overview; warnings: Warning[] };
  /** `part`, `found`: JSON, out of the module. */
  next: { part: string; warnings: Warning[] };
  find: { found: string };
  picture: { type: string; bytes: Uint8Array<ArrayBuffer> };
}

export type FromWorker =
  | { type: 'answer'; id: number; answer: Answers[keyof Answers] }
  | { type: 'failure'; id: number; failure: Failure }
  /** A module it compiled. */
  | { type: 'module'; family: Family; module: WebAssembly.Module }
  /** Bytes of the document are wanted; `all` of it comes before anything else. */
  | { type: 'want'; offset: number; length: number; all: boolean };
