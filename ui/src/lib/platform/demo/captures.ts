// Screens and a captures folder of the demo: drawn pictures; `captures`: what another tool has saved comes at once.
import type { Captures, CapturesFolder, Screen } from '../types';
import { drawn } from './sending';
import type { DemoOptions } from './world';

const SCREENS: Screen[] = [
  { id: 'screen-0', kind: 'screen', title: '', width: 2560, height: 1440 },
  { id: 'screen-1', kind: 'screen', title: '', width: 1920, height: 1080 },
  { id: 'window-1', kind: 'window', title: 'Printer properties', width: 720, height: 540 },
  {
    id: 'window-2',
    kind: 'window',
    title: 'Invoice 2026-4711, a very long title that goes on and on — LibreOffice Calc',
    width: 1280,
    height: 800,
  },
];

/** Unit tests have no canvas. */
const drawing = (text: string) => drawn(text).catch(() => new Blob(['png']));

export function demoCaptures({ desktop, flags }: DemoOptions): Captures {
  const take: Captures['take'] = async (name, screen) => {
    if (flags.has('no-screen')) throw { code: 'not_taken', message: 'That window is not there any more.' };
    const picture = await drawing(screen?.title ?? name);
    const file = new File([picture], name, { type: 'image/png' });
    return { handle: file, name, size: file.size };
  };
  if (!desktop) return { take };
  let path: string | null = flags.has('captures') ? '/home/ada/Pictures/Screenshots' : null;
  const known = (): Promise<CapturesFolder> =>
    Promise.resolve({ ...(path === null ? {} : { path }), there: path !== null, watched: path !== null });
  return {
    screens: () => Promise.resolve(flags.has('no-screen') ? [] : SCREENS),
    thumbnail: ({ title }) => drawn(title || 'Screen'),
    take,
    folder: {
      known,
      choose: () => ((path = '/home/ada/Pictures/Screenshots'), known()),
      forget: () => ((path = null), known()),
      watch: (callback) => {
        if (!flags.has('captures')) return () => {};
        const names = ['Screenshot from 2026-11-22 14-30-05.png', 'Spooler error.png'];
        const timers = names.map((name, at) =>
          setTimeout(
            () => {
              void drawing(name).then((picture) => {
                const handle = new File([picture], name, { type: 'image/png' });
                callback({ type: 'file', kind: 'snapshot', file: { handle, name, size: handle.size } });
              });
            },
            300 + 200 * at,
          ),
        );
        return () => timers.forEach(clearTimeout);
      },
    },
  };
}
