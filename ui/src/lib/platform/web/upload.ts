// Files to the portal by tus 1.0: in pieces, resuming where the portal stands.
import type * as tus from 'tus-js-client';
import type { AttachmentId, CaptureKind, SessionId, UploadCreated } from '$lib/proto';
import type { PickedFile, Upload } from '../types';
import { partError, route, wireError, wireErrorOf } from './http';
import { hold, isHeld, type Place, placesFor, release } from './places';

const PIECE_BYTES = 4 * 1024 * 1024;
/** Milliseconds before each new attempt; the row starts anew whenever some bytes got through. */
const RETRY_AFTER = [0, 1_000, 3_000, 5_000, 10_000, 20_000, 30_000, 30_000, 30_000];
/** Milliseconds without progress after which a connection is called dead (half-open ones never say so). */
export const STALLED_AFTER = 30_000;
/** How often in a row a stalled upload is taken up again. */
const STALLS_MAX = 10;

type Tus = typeof tus;
type OnProgress = (progress: { sent: number; total: number }) => void;

export function startUpload(
  session: SessionId,
  file: PickedFile,
  onProgress: OnProgress,
  capture?: CaptureKind,
  load: () => Promise<Tus> = () => import('tus-js-client'),
): Upload {
  const run = new Run(session, file, onProgress, capture);
  load().then(
    (tus) => run.begin(tus),
    (error: unknown) => run.fail(partError(error)),
  );
  return {
    done: run.done,
    pause: () => run.pause(),
    resume: () => run.resume(),
    cancel: () => run.cancel(),
  };
}

/** One upload from its first request to its last; tus-js-client keeps the protocol, this keeps what a person asked for. */
class Run {
  readonly done: Promise<AttachmentId>;
  #resolve!: (attachment: AttachmentId) => void;
  #reject!: (error: unknown) => void;
  #tus: tus.Upload | null = null;
  #attachment: AttachmentId | null = null;
  #paused = false;
  #ended = false;
  /** Begun anew because the portal had given up what came before. */
  #renewed = false;
  #url: string | null = null;
  readonly #watchdog = new Watchdog(
    () => this.#restart(),
    () => {
      void this.#tus?.abort();
      this.fail(wireError('unavailable'));
    },
  );

  constructor(
    readonly session: SessionId,
    readonly file: PickedFile,
    readonly onProgress: OnProgress,
    readonly capture?: CaptureKind,
  ) {
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  async begin({ Upload, DetailedError }: Tus): Promise<void> {
    const { handle } = this.file;
    if (this.#ended) return;
    if (!(handle instanceof Blob)) return this.fail(wireError('attachment_unknown'));
    const upload = new Upload(
      handle,
      this.#options((error) => error instanceof DetailedError),
    );
    this.#tus = upload;
    const places = (await upload.findPreviousUploads()) as Place[];
    if (this.#ended) return;
    const place = places.find(({ uploadUrl }) => uploadUrl !== null && !isHeld(uploadUrl));
    if (place) {
      this.#attachment = place.attachment;
      this.#hold(place.uploadUrl);
      upload.resumeFromPreviousUpload(place);
    }
    if (!this.#paused) this.#go();
  }

  pause(): void {
    if (this.#paused || this.#ended) return;
    this.#paused = true;
    this.#watchdog.rest();
    void this.#tus?.abort();
  }

  resume(): void {
    if (!this.#paused || this.#ended) return;
    this.#paused = false;
    if (this.#tus) this.#go();
  }

  /** Ends it here and at the portal; one that is done already is taken back there. */
  cancel(): void {
    const upload = this.#tus;
    this.fail(abortError());
    // What cannot be ended now expires at the portal.
    upload?.abort(true).catch(() => {});
  }

  fail(error: unknown): void {
    this.#end();
    this.#reject(error);
  }

  #end(): void {
    this.#ended = true;
    this.#watchdog.stop();
    if (this.#url) release(this.#url);
  }

  #go(): void {
    this.#watchdog.feed();
    this.#tus?.start();
  }

  #restart(): void {
    void this.#tus?.abort().then(() => {
      if (!this.#paused && !this.#ended) this.#tus?.start();
    });
  }

  #hold(url: string | null): void {
    if (this.#url) release(this.#url);
    this.#url = url;
    if (url) hold(url);
  }

  #options(isDetailed: (error: Error) => error is tus.DetailedError): tus.UploadOptions {
    return {
      endpoint: route('create_upload', { path: { session: this.session } }),
      metadata: { filename: this.file.name, ...(this.capture ? { capture: this.capture } : {}) },
      chunkSize: PIECE_BYTES,
      retryDelays: RETRY_AFTER,
      urlStorage: placesFor(() => this.#attachment),
      removeFingerprintOnSuccess: true,
      onAfterResponse: (request, response) => this.#answered(request, response),
      onShouldRetry: ({ originalResponse }) => {
        this.#watchdog.feed();
        return mayPass(originalResponse?.getStatus() ?? 0);
      },
      onProgress: (sent, total) => {
        this.#watchdog.feed(sent);
        this.onProgress({ sent, total });
      },
      onSuccess: () => {
        this.#end();
        if (this.#attachment) this.#resolve(this.#attachment);
        else this.#reject(wireError('internal'));
      },
      onError: (error) => this.#failed(isDetailed(error) ? error.originalResponse : null),
    };
  }

  #answered(request: tus.HttpRequest, response: tus.HttpResponse): void {
    this.#watchdog.feed();
    const [method, status] = [request.getMethod(), response.getStatus()];
    if (method === 'POST' && status === 201) {
      this.#attachment = attachmentOf(response.getBody());
      const location = response.getHeader('Location');
      this.#hold(location ? new URL(location, document.baseURI).href : null);
    }
    // tus-js-client would begin anew at any answer but 2xx; a portal that restarts still has what came so far.
    if (method === 'HEAD' && (status >= 500 || status === 429)) throw new Error('the portal is busy');
  }

  #failed(response: tus.HttpResponse | null): void {
    const status = response?.getStatus() ?? 0;
    const sending = this.#tus?.url !== null;
    if ((status === 404 || status === 410) && sending && !this.#renewed) {
      // It expired: the next start finds that out and creates another one.
      this.#renewed = true;
      return this.#go();
    }
    this.fail(response ? wireErrorOf(status, response.getBody()) : wireError('unavailable'));
  }
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

  /** Nothing is expected to move until the next `feed`. */
  rest(): void {
    clearTimeout(this.#timer);
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
