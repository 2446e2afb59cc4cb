import { t } from '$lib/i18n';
import { duration } from '$lib/i18n/time';
import { formatSize } from '$lib/util/size';
import type { Meter } from './rate';
import type { UploadEntry } from './uploadEntry.svelte';

/** "1.2 MB/s · 2 minutes left", as far as it can be said. */
export function paceText(meter: Meter, now: number, rest: number): string {
  const rate = meter.rate(now);
  if (rate === null) return '';
  if (rate < 1) return t('upload.still');
  const left = meter.left(now, rest);
  const speed = t('upload.rate', { rate: formatSize(rate) });
  return left === null ? speed : `${speed} · ${t('upload.left', { time: duration(left) })}`;
}

/** How a file stands, in a few words. */
export function stateText(entry: UploadEntry, now: number): string {
  const { state, sent, size, percent } = entry;
  const progress = { sent: formatSize(sent), total: formatSize(size), percent };
  switch (state) {
    case 'refused':
    case 'failed':
      return entry.error;
    case 'queued':
      return t('upload.queued', { size: formatSize(size) });
    case 'preparing':
      return t('upload.preparing');
    case 'paused':
      return t('upload.paused', progress);
    case 'done':
      if (entry.direct && !entry.alone) return t('direct.ready', { size: formatSize(size) });
      return t(entry.alone ? 'upload.doneWaits' : 'upload.done', { size: formatSize(size) });
    case 'posting':
      return t('upload.posting');
    case 'uploading': {
      const pace = paceText(entry.meter, now, size - sent);
      const text = t('upload.progress', progress);
      return pace === '' ? text : `${text} · ${pace}`;
    }
  }
}

/** Entries that the folded tray shows: those with a problem first of all, then the first ones; in the tray's order. */
export function folded(entries: readonly UploadEntry[], most: number): readonly UploadEntry[] {
  if (entries.length <= most) return entries;
  const wrong = entries.filter(({ state }) => state === 'failed' || state === 'refused').slice(0, most);
  const rest = entries.filter((entry) => !wrong.includes(entry)).slice(0, most - wrong.length);
  const shown = new Set([...wrong, ...rest]);
  return entries.filter((entry) => shown.has(entry));
}
