// Pictures leave the device without what they say besides themselves.
import type { PickedFile, SessionHandle } from '$lib/platform';
import { mediaTypeOf } from '$lib/util/fileName';
import { hasDetails, READ_MAX_BYTES, withoutDetails } from './details';
import { encodeAnew } from './picture/encode';

/** The details of a picture could not be removed: it is not sent with them behind the person's back. */
export class DetailsError extends Error {}

type Reader = Pick<SessionHandle, 'adopt' | 'read'>;

/** Whether `file` is of a kind whose details are removed. SVG is text that the person can read; others have none that we know. */
export function mayHaveDetails({ name }: PickedFile): boolean {
  return ['image/jpeg', 'image/png', 'image/webp'].includes(mediaTypeOf(name));
}

/** What is sent in the place of `file`: itself where it has no details. */
export async function clean(
  file: PickedFile,
  handle: Reader,
  encode: (picture: Blob) => Promise<Blob> = encodeAnew,
): Promise<PickedFile> {
  if (!mayHaveDetails(file)) return file;
  if (file.size > READ_MAX_BYTES) throw new DetailsError();
  const picture = await handle.read(file);
  const made = await withoutDetails(picture, encode).catch(() => {
    throw new DetailsError();
  });
  if (made === picture) return file;
  const type = made.type || picture.type;
  const adopted = await handle.adopt(new File([made], file.name, { type }));
  return file.folder === undefined ? adopted : { ...adopted, folder: file.folder };
}

/** Whether details would be removed from `file`; what cannot be read or is too large counts as if. */
export async function detailsOf(file: PickedFile, handle: Reader): Promise<boolean> {
  if (!mayHaveDetails(file)) return false;
  if (file.size > READ_MAX_BYTES) return true;
  return handle.read(file).then(hasDetails, () => true);
}
