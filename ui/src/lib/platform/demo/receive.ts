// What the demo's files hold: a drawn page, a beep, a moving square.
import { blobSource } from '$lib/preview/source';
import type { Attachment } from '$lib/proto';
import type { FileAccess, Variant } from '../types';
import type { DemoOptions } from './world';

const PAGE =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 400" width="1280" height="800"><rect width="640" height="400" fill="#c9d6d4"/><rect x="205" y="40" width="230" height="320" rx="4" fill="#fff"/><path d="M230 80h60M230 96h40" stroke="#e3e9e8" stroke-width="6"/><circle cx="420" cy="330" r="7" fill="#8aa"/></svg>';

/** Files that are all here: what is saved takes four answers' time. */
export const demoFiles = ({ delay, desktop, flags }: DemoOptions): FileAccess => ({
  attachmentUrl: demoUrl,
  stopsSaving: !desktop,
  saveAttachment: async ({ name, size }, _how, onProgress, signal) => {
    onProgress?.({ sent: Math.round(size / 2), total: size });
    // A large file of a slow portal.
    if (flags.has('saving'))
      await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(new Error('stopped'))));
    await new Promise((resolve) => setTimeout(resolve, delay * 4));
    return { saved: true, verified: true, ...(desktop ? { path: `/home/ada/Downloads/${name}` } : {}) };
  },
  openDocument: ({ name }) => Promise.resolve(blobSource(new Blob([documentText(name)]))),
  saveAll: () => Promise.resolve({ saved: true }),
  showInFolder: () => Promise.resolve(),
});

/** Documents that are text, so that they need no files. */
function documentText(name: string): string {
  if (name.endsWith('.csv')) return csv();
  return `${name}\n\nThis is what the file says.\n`.repeat(40);
}

const csv = () =>
  [
    'Printer,Room,Pages,Last seen',
    ...Array.from({ length: 400 }, (_, row) => `HP-${row},${row % 12},${row * 37},2026-11-${(row % 28) + 1}`),
  ].join('\n');

async function demoUrl(
  { media_type }: Attachment,
  variant: Variant,
): Promise<{ url: string; release(): void }> {
  const url = URL.createObjectURL(await contents(media_type, variant));
  return { url, release: () => URL.revokeObjectURL(url) };
}

function contents(media_type: string, variant: Variant): Blob | Promise<Blob> {
  if (variant === 'media' && media_type.startsWith('audio/')) return beep();
  if (variant === 'media' && media_type === 'video/webm') return film();
  return new Blob([PAGE], { type: 'image/svg+xml' });
}

/** One second of 440 Hz, 8 bit, 8 kHz. */
function beep(): Blob {
  const rate = 8_000;
  const head = new DataView(new ArrayBuffer(44));
  const text = (at: number, word: string) =>
    [...word].forEach((letter, index) => head.setUint8(at + index, letter.charCodeAt(0)));
  text(0, 'RIFF');
  head.setUint32(4, 36 + rate, true);
  text(8, 'WAVEfmt ');
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true);
  head.setUint16(22, 1, true);
  head.setUint32(24, rate, true);
  head.setUint32(28, rate, true);
  head.setUint16(32, 1, true);
  head.setUint16(34, 8, true);
  text(36, 'data');
  head.setUint32(40, rate, true);
  const wave = Uint8Array.from(
    { length: rate },
    (_, at) => 128 + 60 * Math.sin((at * 440 * 2 * Math.PI) / rate),
  );
  return new Blob([head.buffer, wave], { type: 'audio/wav' });
}

/** A second of a square that moves, recorded here and now. */
async function film(): Promise<Blob> {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [640, 360];
  const context = canvas.getContext('2d');
  const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/webm' });
  const pieces: Blob[] = [];
  recorder.ondataavailable = ({ data }) => pieces.push(data);
  const over = new Promise((resolve) => (recorder.onstop = resolve));
  recorder.start();
  for (let step = 0; step < 25 && context; step += 1) {
    context.fillStyle = '#12302d';
    context.fillRect(0, 0, 640, 360);
    context.fillStyle = '#6fcdc3';
    context.fillRect(step * 20, 140, 80, 80);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  recorder.stop();
  await over;
  return new Blob(pieces, { type: 'video/webm' });
}
