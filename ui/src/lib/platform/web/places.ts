// Where uploads stand that a reload cut: the same file, picked again, goes on from there (tus-js-client's URL storage).
import type { PreviousUpload, UploadOptions } from 'tus-js-client';
import type { AttachmentId } from '$lib/proto';

const PREFIX = 'deskside.upload::';
/** Milliseconds after which no portal keeps an upload that nobody goes on with. */
const KEPT = 7 * 24 * 60 * 60 * 1000;

export interface Place extends PreviousUpload {
  attachment: AttachmentId;
}

type UrlStorage = NonNullable<UploadOptions['urlStorage']>;

/** Uploads of this page: the same file picked twice is two uploads, never one that two of them write. */
const held = new Set<string>();
export const isHeld = (url: string) => held.has(url);
export const hold = (url: string) => void held.add(url);
export const release = (url: string) => void held.delete(url);

/** `attachment`: what the upload that is to be kept will be named by. */
export function placesFor(attachment: () => AttachmentId | null): UrlStorage {
  return {
    findAllUploads: () => Promise.resolve(placesOf('')),
    findUploadsByFingerprint: (fingerprint) => Promise.resolve(placesOf(`${fingerprint}::`)),
    removeUpload: (key) => {
      quietly(() => localStorage.removeItem(key));
      return Promise.resolve();
    },
    addUpload: (fingerprint, upload) => {
      const key = `${PREFIX}${fingerprint}::${crypto.getRandomValues(new Uint32Array(2)).join('')}`;
      quietly(() => localStorage.setItem(key, JSON.stringify({ ...upload, attachment: attachment() })));
      return Promise.resolve(key);
    },
  };
}

/** Forgets all of them: file names of one person are none of the next one's business. */
export function forgetPlaces(): void {
  for (const key of keys(PREFIX)) quietly(() => localStorage.removeItem(key));
}

function placesOf(start: string): Place[] {
  return keys(PREFIX + start).flatMap((key) => {
    const place = read(key);
    const fresh = place !== null && Date.now() - Date.parse(place.creationTime) < KEPT;
    if (fresh) return [place];
    quietly(() => localStorage.removeItem(key));
    return [];
  });
}

function read(urlStorageKey: string): Place | null {
  try {
    const place = JSON.parse(localStorage.getItem(urlStorageKey) ?? '') as Partial<Place> | null;
    const whole = typeof place?.uploadUrl === 'string' && typeof place.attachment === 'string';
    return whole ? ({ ...place, urlStorageKey } as Place) : null;
  } catch {
    return null;
  }
}

function keys(start: string): string[] {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(start));
  } catch {
    return [];
  }
}

/** A browser may refuse its storage: then a reload starts uploads anew. */
function quietly(act: () => void): void {
  try {
    act();
  } catch {
    // As said above.
  }
}
