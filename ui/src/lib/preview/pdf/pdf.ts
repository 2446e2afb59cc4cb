// PDF by pdf.js, without its scripting, its forms' programs and anything from elsewhere. Loaded with the first PDF.
import type * as Lib from 'pdfjs-dist';
import type { PDFDocumentProxy } from 'pdfjs-dist';
import workerUrl from 'pdfjs-dist/build/pdf.worker.min.mjs?url';
import { PreviewFailure } from '../document';
import { type DocumentSource, PIECE_BYTES } from '../source';

/** Character maps, standard fonts and decoders, as the build lays them out (vite.config.ts). */
const ASSETS = import.meta.env.DEV ? '/node_modules/pdfjs-dist/' : '/pdf/';
/** Pixels of one picture, as for other documents (crates/preview `Limits`). */
const PIXELS_MAX = 50_000_000;
/** Bytes of one range. */
const RANGE_BYTES = 256 * 1024;

export interface OpenPdf {
  pdf: PDFDocumentProxy;
  lib: Pick<typeof Lib, 'TextLayer'>;
  close(): void;
}

/** Opens a PDF, of which only what is looked at is read. Rejects with a `PreviewFailure`. */
export async function openPdf(source: DocumentSource): Promise<OpenPdf> {
  const lib = await import('pdfjs-dist');
  const worker = new Worker(workerUrl, { type: 'module' });
  const pdfWorker = new lib.PDFWorker({ port: worker as never });
  const stopping = new AbortController();
  const range = new lib.PDFDataRangeTransport(source.size, null);
  let unreadable: unknown = null;
  range.requestDataRange = (begin: number, end: number) => {
    // Larger asks than a piece are made of pieces.
    void (async () => {
      const parts: Uint8Array[] = [];
      for (let at = begin; at < end; at += PIECE_BYTES)
        parts.push(new Uint8Array(await source.read(at, Math.min(PIECE_BYTES, end - at), stopping.signal)));
      range.onDataRange(begin, joined(parts));
    })().catch((error: unknown) => {
      unreadable = error;
      void task.destroy();
    });
  };
  const task = lib.getDocument({
    range,
    worker: pdfWorker,
    rangeChunkSize: RANGE_BYTES,
    disableAutoFetch: true,
    disableStream: true,
    enableXfa: false,
    maxImageSize: PIXELS_MAX,
    cMapUrl: `${ASSETS}cmaps/`,
    standardFontDataUrl: `${ASSETS}standard_fonts/`,
    wasmUrl: `${ASSETS}wasm/`,
    iccUrl: `${ASSETS}iccs/`,
    // What goes wrong is said by the viewer.
    verbosity: lib.VerbosityLevel.ERRORS,
  });
  const close = () => {
    stopping.abort();
    void task.destroy().catch(() => {});
    pdfWorker.destroy();
    worker.terminate();
    source.release?.();
  };
  try {
    const pdf = await task.promise;
    return { pdf, lib, close };
  } catch (error) {
    close();
    if (unreadable !== null) throw unreadable;
    throw new PreviewFailure({ code: codeOf(error), message: String(error) });
  }
}

function joined(parts: Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only) return only;
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const codeOf = (error: unknown): string =>
  error instanceof Error && error.name === 'PasswordException' ? 'encrypted' : 'malformed';
