// Reads one document. The module is the sandbox: it has the document's bytes and nothing else, and a ceiling of memory.
import init, { Preview } from '$lib/wasm/deskside_preview_wasm';
import type { ToWorker } from './protocol';
import { type Opener, Reader } from './reader';

const opener: Promise<Opener> = init().then(() => (bytes, name) => new Preview(bytes as never, name));
const reader = new Reader(opener, (message, transfer = []) => self.postMessage(message, { transfer }));
opener.then(
  () => self.postMessage({ type: 'ready' }),
  // Asked anyway, it says what is wrong.
  () => {},
);
self.onmessage = ({ data }: MessageEvent<ToWorker>) => reader.take(data);
