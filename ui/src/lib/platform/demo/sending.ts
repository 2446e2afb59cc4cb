// Uploads of the demo: by a timer, and the states that flags ask for.
import type { WireError } from '$lib/proto';
import type { LostFile, PickedFile, Upload } from '../types';
import { has, type World } from './world';

interface Context {
  file: PickedFile;
  onProgress: (progress: { sent: number; total: number }) => void;
  world: World;
  every: (millis: number, run: () => void) => () => void;
}

/** `upload`: so slow that it seems to stand at 43 %. Names that begin with `broken` fail. */
export function demoUpload({ file, onProgress, world, every }: Context, store: () => string): Upload {
  const slow = has(world, 'upload');
  const steps = slow ? 20_000 : 8;
  let step = slow ? 8_600 : 0;
  let paused = false;
  let stop = () => {};
  const done = new Promise<string>((resolve, reject) => {
    if (file.name.startsWith('broken'))
      return reject({ code: 'unavailable', message: '' } satisfies WireError);
    const end = every(60, () => {
      if (paused) return;
      step += 1;
      onProgress({ sent: Math.round((file.size * Math.min(step, steps)) / steps), total: file.size });
      if (step < steps) return;
      end();
      resolve(store());
    });
    stop = () => {
      end();
      reject(new Error('cancelled'));
    };
  });
  return {
    done,
    pause: () => void (paused = true),
    resume: () => void (paused = false),
    cancel: () => stop(),
  };
}

const NAMES = [
  ['screenshot.png', 182_000],
  ['service report of the last two years, complete.pdf', 1_900_000],
  ['broken link.log', 44_000],
  ['empty.txt', 0],
  ['recording.webm', 820_000_000],
  ['setup\u202efdp.exe', 6_400_000],
] as const;

/** `tray`: a few files of each kind; `tray300`: three hundred. */
export function restored(world: World): { file: PickedFile; sent: number }[] {
  const few = NAMES.map(([name, size], at) => ({
    file: { handle: `demo-${at}`, name, size, ...(at === 1 ? { folder: 'Printer/2026' } : {}) },
    sent: 0,
  }));
  if (has(world, 'tray300'))
    return Array.from({ length: 300 }, (_, at) => ({
      file: { handle: `many-${at}`, name: `page ${at + 1}.pdf`, size: 240_000 + at * 900, folder: 'Scans' },
      sent: 0,
    }));
  return has(world, 'tray') ? few : [];
}

/** `lost`: what a page held that was closed. */
export const lost = (): LostFile[] => NAMES.slice(0, 5).map(([name, size]) => ({ name, size }));

/** A picture to look at and to edit, where a canvas can draw. */
export async function drawn(name: string): Promise<Blob> {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [1280, 800];
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no canvas');
  context.fillStyle = '#dce7e5';
  context.fillRect(0, 0, 1280, 800);
  context.fillStyle = '#fff';
  context.fillRect(320, 120, 640, 480);
  context.fillStyle = '#123';
  context.font = '36px sans-serif';
  context.fillText(name, 360, 200);
  context.fillText('Password: correct horse', 360, 320);
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no picture'))), 'image/png'),
  );
}
