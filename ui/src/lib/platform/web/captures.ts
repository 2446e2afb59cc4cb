// A snapshot in the browser: it asks the person what to show, and one frame of that is the picture.
import { Told } from '$lib/util/errors';
import { t } from '$lib/i18n';
import type { Captures, PickedFile } from '../types';

/** `null` where the browser shows no screens: phones, and pages without encryption. */
export const captures = (): Captures | null =>
  typeof navigator !== 'undefined' && typeof navigator.mediaDevices?.getDisplayMedia === 'function'
    ? { take }
    : null;

async function take(name: string): Promise<PickedFile | null> {
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getDisplayMedia({ video: true, audio: false });
  } catch (error) {
    // The person said no, or nothing: the browser tells them apart no further.
    if (error instanceof DOMException && error.name === 'NotAllowedError') return null;
    throw new Told(t('snapshot.failed'));
  }
  try {
    const file = new File([await frame(stream)], name, { type: 'image/png' });
    return { handle: file, name: file.name, size: file.size };
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}

async function frame(stream: MediaStream): Promise<Blob> {
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = stream;
  await video.play();
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Told(t('snapshot.failed')))), 'image/png'),
  );
}
