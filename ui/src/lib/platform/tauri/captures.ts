// Screens, windows and the captures folder of the desktop: Rust looks at them, the page gets pictures and handles.
import { Channel, invoke } from '@tauri-apps/api/core';
import type { CaptureNews, Captures, CapturesFolder, PickedFile, Screen } from '../types';

export const captures: Captures = {
  screens: () => invoke<Screen[]>('list_screens'),
  thumbnail: async ({ id }) => {
    const png = await invoke<ArrayBuffer>('screen_thumbnail', { screen: id });
    return new Blob([png], { type: 'image/png' });
  },
  take: (name, screen) =>
    invoke<PickedFile | null>('take_snapshot', { screen: screen?.id ?? 'desktop', name }),
  folder: {
    known: () => invoke<CapturesFolder>('captures_folder'),
    choose: () => invoke<CapturesFolder>('choose_captures_folder'),
    forget: () => invoke<CapturesFolder>('forget_captures_folder'),
    watch: (callback) => {
      let stopped = false;
      const news = new Channel<CaptureNews>((one) => {
        if (!stopped) callback(one);
      });
      const begun = invoke('watch_captures', { news }).catch(() => {});
      return () => {
        stopped = true;
        void begun.then(() => invoke('unwatch_captures'));
      };
    },
  },
};
