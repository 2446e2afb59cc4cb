// Timers that keep time in a tab that nobody looks at. Browsers let a hidden page's own timers run once a minute only; a client
// that then neither pings nor is heard would take its connection for dead, and the others would see it come and go.

import type { Order } from './clockwork';

export interface Alarm {
  /** Calls `ring` after `millis`, unless what it answers is called before. */
  set(ring: () => void, millis: number): () => void;
}

export const pageAlarm: Alarm = {
  set: (ring, millis) => {
    const timer = setTimeout(ring, millis);
    return () => clearTimeout(timer);
  },
};

/** The page's half. */
export function workerAlarm(worker: Pick<Worker, 'postMessage' | 'onmessage' | 'onerror'>): Alarm {
  const rings = new Map<number, { ring: () => void; at: number }>();
  let next = 0;
  let broken = false;
  const ring = (id: number) => {
    const entry = rings.get(id);
    rings.delete(id);
    entry?.ring();
  };
  worker.onmessage = ({ data }: MessageEvent<number>) => ring(data);
  // A worker that does not start: the page's timers are late, but they come.
  worker.onerror = () => {
    broken = true;
    for (const [id, { at }] of rings) pageAlarm.set(() => ring(id), Math.max(0, at - Date.now()));
  };
  return {
    set: (call, millis) => {
      if (broken) return pageAlarm.set(call, millis);
      const id = (next += 1);
      rings.set(id, { ring: call, at: Date.now() + millis });
      worker.postMessage({ id, millis } satisfies Order);
      return () => {
        if (rings.delete(id)) worker.postMessage({ id, millis: null } satisfies Order);
      };
    },
  };
}

let own: Alarm | undefined;

/** This page's alarm, once for all of its sessions. */
export function thisAlarm(): Alarm {
  own ??= start();
  return own;
}

function start(): Alarm {
  if (typeof Worker === 'undefined') return pageAlarm;
  try {
    return workerAlarm(new Worker(new URL('./alarm.worker.ts', import.meta.url), { type: 'module' }));
  } catch {
    return pageAlarm;
  }
}
