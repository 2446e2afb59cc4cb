// Files that go from one to the other, as a host does it: what `SessionHandle.direct` offers.
import type { Attachment, AttachmentId, ParticipantId, TransferView } from '$lib/proto';
import type { PickedFile, Upload } from './types';

/**
 * Why a file of some size cannot be received here: it would have to fit in the memory, or in the room that the browser gives to
 * this site. `most`: bytes that do fit.
 */
export interface Obstacle {
  why: 'memory' | 'storage';
  most: number;
}

export interface DirectAccess {
  /**
   * Tells, now and whenever something changes (at most a few times a second), how every transfer of the session stands: one view
   * for each attachment and peer. Those that are done or over stay while the page does.
   */
  onViews(callback: (views: readonly TransferView[]) => void): () => void;
  /** Brings what a transfer needs (module, connection servers); asked for ahead, as often as one likes. */
  ready(): Promise<void>;
  /**
   * Makes a direct attachment of what was picked, a whole folder where it has a `tree`. `done`: the portal has it, and a message
   * may name it; the transfer begins when somebody accepts. `cancel`: takes it back, after it is done too. It outlives `close`.
   */
  send(file: PickedFile): Pick<Upload, 'done' | 'cancel'>;
  /** The system's picker for a folder; `null` when the person cancels. Absent where the page has to ask (browser). */
  pickFolder?(): Promise<PickedFile | null>;
  /** Why `size` bytes cannot be received here; `null` where they can. Asked before a person accepts. */
  obstacle(size: number): Obstacle | null;
  /**
   * Where a file goes. Called in the click that accepts it, before the answer is sent, and in the click on "Choose where to save"
   * while its view is stalled by `needs_place`: a browser may open its picker. `true` at once where nothing has to be asked;
   * `false`: the person thought better of it, and nothing is accepted. Rejects with WireError or Told where it cannot be.
   */
  place(attachment: Attachment): Promise<boolean>;
  /** Without `peer`: towards everybody. */
  pause(attachment: AttachmentId, peer?: ParticipantId): Promise<void>;
  resume(attachment: AttachmentId, peer?: ParticipantId): Promise<void>;
  /** For good; what has come of it is deleted. Without `peer`: towards everybody. */
  cancel(attachment: AttachmentId, peer?: ParticipantId): Promise<void>;
  /**
   * The person picked the source again, after a reload of the sender's page (`needs_source`). Rejects with WireError or Told where
   * it is another file.
   */
  askSourceAgain(attachment: Attachment, file: PickedFile): Promise<void>;
}
