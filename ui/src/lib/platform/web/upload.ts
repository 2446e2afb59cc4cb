// Files to the portal by tus 1.0: in pieces, resuming where the portal stands.
import type * as tus from 'tus-js-client';
import type { AttachmentId, SessionId, UploadCreated } from '$lib/proto';
import type { PickedFile, Upload } from '../types';
import { route, wireError, wireErrorOf } from './http';

const PIECE_BYTES = 4 * 1024 * 1024;
/** Milliseconds before each new attempt; the row starts anew whenever some bytes got through. */
const RETRY_AFTER = [0, 1_000, 3_000, 5_000, 10_000, 20_000, 30_000, 30_000, 30_000];
/** Milliseconds without progress after which a connection is called dead (half-open ones never say so). */
export const STALLED_AFTER = 30_000;
/** How often in a row a stalled upload is taken up again. */
const STALLS_MAX = 10;

type Tus = typeof tus;

export function startUpload(
  session: SessionId,
  file: PickedFile,
  onProgress: (progress: { sent: number; total: number }) => void,
  load: () => Promise<Tus> = () => import('tus-js-client'),
): Upload {
  const cancelled = new AbortController();
  const done = load().then(
    (tus) => run(tus, session, file, onProgress, cancelled.signal),
    () => Promise.reject(wireError('unavailable')),
  );
  return { done, cancel: () => cancelled.abort() };
}

function run(
  { Upload, DetailedError }: Tus,
  session: SessionId,
  { handle, name }: PickedFile,
  onProgress: (progress: { sent: number; total: number }) => void,
  cancelled: AbortSignal,
): Promise<AttachmentId> {
  if (!(handle instanceof Blob)) return Promise.reject(wireError('attachment_unknown'));
  if (cancelled.aborted) return Promise.reject(abortError());
  return new Promise((resolve, reject) => {
    let attachment: AttachmentId | null = null;
    const upload = new Upload(handle, {
      endpoint: route('create_upload', { path: { session } }),
      metadata: { filename: name },
      chunkSize: PIECE_BYTES,
      retryDelays: RETRY_AFTER,
      storeFingerprintForResuming: false,
      onAfterResponse: (request, response) => {
        watchdog.feed();
        if (request.getMethod() === 'POST' && response.getStatus() === 201) {
          attachment = attachmentOf(response.getBody());
        }
      },
      onShouldRetry: ({ originalResponse }) => {
        watchdog.feed();
        return mayPass(originalResponse?.getStatus() ?? 0);
      },
      onProgress: (sent, total) => {
        watchdog.feed(sent);
        onProgress({ sent, total });
      },
      onSuccess: () => {
        watchdog.stop();
        if (attachment) resolve(attachment);
        else reject(wireError('internal'));
      },
      onError: (error) => {
        watchdog.stop();
        const response = error instanceof DetailedError ? error.originalResponse : null;
        reject(response ? wireErrorOf(response.getStatus(), response.getBody()) : wireError('unavailable'));
      },
    });
    const watchdog = new Watchdog(
      () => void upload.abort().then(() => upload.start()),
      () => {
        void upload.abort();
        reject(wireError('unavailable'));
      },
    );
    cancelled.addEventListener('abort', () => {
      watchdog.stop();
      // What came so far expires at the portal.
      void upload.abort();
      reject(abortError());
    });
    watchdog.feed();
    upload.start();
  });
}

/** Restarts what stands still. */
class Watchdog {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stalls = 0;
  #sent = 0;
  #stopped = false;

  constructor(
    private readonly restart: () => void,
    private readonly giveUp: () => void,
  ) {}

  /** Something moved; `sent` bytes so far. */
  feed(sent = 0): void {
    if (sent > this.#sent) {
      this.#sent = sent;
      this.#stalls = 0;
    }
    clearTimeout(this.#timer);
    if (!this.#stopped) this.#timer = setTimeout(() => this.#bark(), STALLED_AFTER);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #bark(): void {
    this.#stalls += 1;
    if (this.#stalls > STALLS_MAX) {
      this.stop();
      return this.giveUp();
    }
    this.feed();
    this.restart();
  }
}

/** Whether the same request may pass later: no answer at all, a busy portal, another place to go on from. */
function mayPass(status: number): boolean {
  if ([0, 408, 409, 423, 429].includes(status)) return true;
  return status >= 500 && status !== 507;
}

function attachmentOf(body: string): AttachmentId | null {
  try {
    const created = JSON.parse(body) as Partial<UploadCreated> | null;
    return typeof created?.attachment_id === 'string' ? created.attachment_id : null;
  } catch {
    return null;
  }
}

const abortError = () => new DOMException('The upload was cancelled.', 'AbortError');
