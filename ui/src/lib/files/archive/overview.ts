// What the overview asks for, and how it names what it shows.
import { t } from '$lib/i18n';
import { stopwatch } from '$lib/i18n/time';
import type { DayFrees } from '$lib/proto';
import { formatSize } from '$lib/util/size';

export const RANGES = [7, 30, 90] as const;
export type Range = (typeof RANGES)[number];

/** The days that the address asks for. */
export function rangeOf(search: string): Range {
  const days = Number(new URLSearchParams(search).get('days'));
  return RANGES.find((range) => range === days) ?? 30;
}

/** The last `range` days, today with them: from the first one's midnight, in the person's own time zone. */
export function framed(range: Range, now: number): { from: number; to: number; offset_minutes: number } {
  const day = new Date(now);
  day.setHours(0, 0, 0, 0);
  const from = new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1 - range).getTime();
  // East of Greenwich is ahead; browsers count the other way round.
  return { from, to: now, offset_minutes: -day.getTimezoneOffset() || 0 };
}

/** Every day up to the last one on which something goes, those without anything too. */
export function daysOf(frees: readonly DayFrees[], now: number): { at: number; bytes: number }[] {
  const last = frees.at(-1)?.at;
  if (last === undefined) return [];
  const day = new Date(now);
  day.setHours(0, 0, 0, 0);
  const days: { at: number; bytes: number }[] = [];
  for (; day.getTime() <= last || days.length < 7; day.setDate(day.getDate() + 1)) {
    const [from, next] = [day.getTime(), new Date(day).setDate(day.getDate() + 1)];
    const going = frees.filter(({ at }) => at >= from && at < next);
    days.push({ at: from, bytes: going.reduce((sum, { bytes }) => sum + bytes, 0) });
    // The portal tells 90 days.
    if (days.length >= 92) break;
  }
  return days;
}

/** "45 s", "1:30 min", "1:05:00 h": what stands beside lines, in little room. */
export function waitText(millis: number): string {
  const seconds = Math.round(millis / 1000);
  if (seconds < 60) return t('overview.seconds', { count: seconds });
  return t(seconds < 3600 ? 'overview.minutes' : 'overview.hours', { time: stopwatch(millis) });
}

/** "800 MB", "1.5 GB" */
export const shortSize = (bytes: number): string => formatSize(bytes).replace(/\.0 /, ' ');
