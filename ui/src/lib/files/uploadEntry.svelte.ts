import type { PickedFile, Upload } from '$lib/platform';
import type { AttachmentId, CaptureKind } from '$lib/proto';
import { percent } from '$lib/util/size';
import { Meter } from './rate';

/** `refused`: never sent, and told why; `preparing`: its details are being removed; `done`: at the portal, no message names it yet. */
export type UploadState =
  'refused' | 'queued' | 'preparing' | 'uploading' | 'paused' | 'done' | 'posting' | 'failed';

/** One file on its way to the portal, from picking it to the message that names it. */
export class UploadEntry {
  /** What was picked, or put in its place. */
  file = $state.raw<PickedFile>({ handle: '', name: '', size: 0 });
  /** Bytes of what is sent: without its details a picture has fewer. */
  size = $state(0);
  state = $state<UploadState>('queued');
  sent = $state(0);
  error = $state('');
  attachment = $state<AttachmentId | null>(null);
  /** Sent as it is, with what the picture says besides itself. */
  keepDetails = $state(false);
  /** Goes straight to the others, past the portal. */
  direct = $state(false);
  /** Drawn on, cut or turned here: it has no details any more. */
  edited = $state(false);
  /** What a technician's app made of the screen. */
  capture: CaptureKind | null = null;
  /** Another tool saved it in the captures folder. */
  found = false;
  /** Text of the message that it goes with by itself. */
  caption = '';
  /** Called once a message of its own names it. */
  posted: () => void = () => {};
  upload: Upload | null = null;
  /** Which attempt is the newest; what an older one still answers is not heard. */
  attempt = 0;
  readonly meter = new Meter();

  constructor(
    readonly id: number,
    file: PickedFile,
    /** The message that it goes with by itself, once all of that is uploaded; `null`: the one that the person shares. */
    readonly bundle: number | null,
    /** A message that goes by itself is for technicians only. */
    readonly isPrivate: boolean,
  ) {
    this.put(file);
  }

  put(file: PickedFile): void {
    this.file = file;
    this.size = file.size;
  }

  get percent(): number {
    return this.state === 'done' || this.state === 'posting' ? 100 : percent(this.sent, this.size);
  }

  /** Nobody has to share it. */
  get alone(): boolean {
    return this.bundle !== null;
  }

  /** On its way, or about to be. */
  get active(): boolean {
    return ['queued', 'preparing', 'uploading', 'posting'].includes(this.state);
  }

  get running(): boolean {
    return this.state === 'preparing' || this.state === 'uploading';
  }

  refuse(sentence: string): void {
    this.state = 'refused';
    this.error = sentence;
  }

  fail(sentence: string): void {
    this.state = 'failed';
    this.error = sentence;
  }
}
