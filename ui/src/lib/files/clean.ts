// Pictures leave the device without what they say besides themselves.
import type { PickedFile, SessionHandle } from '$lib/platform';
import { hasDetails, READ_MAX_BYTES, withoutDetails } from './details';
import { HEAD_BYTES, keepsDetails, type Kind, kindByBytes, kindByName, videoHasPlace } from './kinds';
import { encodeAnew } from './picture/encode';

/** The details of a picture could not be removed: it is not sent with them behind the person's back. */
export class DetailsError extends Error {}

type Reader = Pick<SessionHandle, 'adopt' | 'read'>;

/**
 * What a file says besides its content: nothing that is known here; details that are `removed`; ones that can only `stay`;
 * a video's `place`, which stays as well; a video too large to be looked into, that `perhaps` has one.
 */
export type Details = 'none' | 'removed' | 'stay' | 'place' | 'perhaps';

/** The desktop's file is somewhere else: its name must do. SVG is text that the person can read. */
async function kindOf({ handle, name, tree }: PickedFile): Promise<Kind | null> {
  if (tree) return null;
  if (!(handle instanceof Blob)) return kindByName(name);
  return kindByBytes(new Uint8Array(await handle.slice(0, HEAD_BYTES).arrayBuffer()));
}

/** What is sent in the place of `file`: itself where it has no details, or is no picture. */
export async function clean(
  file: PickedFile,
  handle: Reader,
  encode: (picture: Blob) => Promise<Blob> = encodeAnew,
): Promise<PickedFile> {
  const kind = await kindOf(file);
  if (kind === null || kind === 'video') return file;
  if (file.size > READ_MAX_BYTES) throw new DetailsError();
  const picture = await handle.read(file);
  if (await keepsDetails(picture)) throw new DetailsError();
  const made = await withoutDetails(picture, encode).catch(() => {
    throw new DetailsError();
  });
  if (made === picture) return file;
  const { lastModified = Date.now() } = file.handle instanceof File ? file.handle : {};
  // The same file, picked again, is the same upload again.
  const type = made.type || picture.type;
  const adopted = await handle.adopt(new File([made], file.name, { type, lastModified }));
  return file.folder === undefined ? adopted : { ...adopted, folder: file.folder };
}

/** What cannot be read or is too large counts as if it had details. */
export async function detailsOf(file: PickedFile, handle: Reader): Promise<Details> {
  try {
    const kind = await kindOf(file);
    if (kind === null) return 'none';
    if (kind === 'video') return await placeOf(file, handle);
    if (file.size > READ_MAX_BYTES) return 'stay';
    const picture = await handle.read(file);
    if (await keepsDetails(picture)) return 'stay';
    return (await hasDetails(picture)) ? 'removed' : 'none';
  } catch {
    return 'stay';
  }
}

async function placeOf(file: PickedFile, handle: Reader): Promise<Details> {
  const video = file.handle instanceof Blob ? file.handle : null;
  if (!video && file.size > READ_MAX_BYTES) return 'perhaps';
  return (await videoHasPlace(video ?? (await handle.read(file)))) ? 'place' : 'none';
}
