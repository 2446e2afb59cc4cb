// Which way a file goes: to the portal, or straight from one to the other.
import type { PickedFile } from '$lib/platform';
import type { AttachmentPolicy } from '$lib/proto';

/** Whether files can go directly: they can, the organisation does not allow it, this host cannot. */
export type Directly = 'can' | 'off' | 'cannot';

/** Why a file goes directly without anybody's choice: it is a folder, or too large for the portal. */
export type Forced = 'folder' | 'size';

/** `available`: the host's part for direct transfer; `undefined` while no host is there to be asked. */
export function directlyOf(
  policy: Pick<AttachmentPolicy, 'direct'>,
  available: boolean | undefined,
): Directly {
  if (policy.direct === 'off') return 'off';
  // What waits for its host is told by the host.
  return available === false ? 'cannot' : 'can';
}

export function forcedOf(
  { size, tree }: Pick<PickedFile, 'size' | 'tree'>,
  { stored_max_bytes: max }: Pick<AttachmentPolicy, 'stored_max_bytes'>,
): Forced | null {
  if (tree) return 'folder';
  return size > max ? 'size' : null;
}
