// Where the bytes of a document come from; the same for the browser and the desktop's window.

/** Bytes asked for at once (crates/client/src/download.rs, crates/preview-wasm). */
export const PIECE_BYTES = 4 * 1024 * 1024;

/** A document that is read in pieces, or that is here already. */
export interface DocumentSource {
  /** Bytes. */
  size: number;
  /** All of it, where the page has it. */
  blob?: Blob;
  /** The bytes from `offset` on, at most `length`; fewer only at the end. */
  read(offset: number, length: number, signal?: AbortSignal): Promise<ArrayBuffer>;
  /** Ends what it holds open. */
  release?(): void;
}

export const blobSource = (blob: Blob): DocumentSource => ({
  size: blob.size,
  blob,
  read: (offset, length) => blob.slice(offset, offset + length).arrayBuffer(),
});
