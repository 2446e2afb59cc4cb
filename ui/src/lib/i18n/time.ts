// Times by the person's own locale and time zone.
import { t } from '.';

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' });

export const dayDate = (at: number) => date.format(at);
export const clockTime = (at: number) => clock.format(at);
export const fullTime = (at: number) => full.format(at);

/** Days since the epoch in the person's own time zone. */
export function dayNumber(at: number): number {
  const local = new Date(at);
  return Math.floor(Date.UTC(local.getFullYear(), local.getMonth(), local.getDate()) / 86_400_000);
}

export function dayName(at: number, now: number): string {
  const ago = dayNumber(now) - dayNumber(at);
  if (ago === 0) return t('time.today');
  if (ago === 1) return t('time.yesterday');
  return day.format(at);
}

/** The time alone for today, with its date for earlier days. */
export function whenText(at: number, now: number): string {
  return dayNumber(at) === dayNumber(now) ? clockTime(at) : fullTime(at);
}

/** 0:07, 12:40, 1:05:09 */
export function stopwatch(millis: number): string {
  const seconds = Math.max(0, Math.floor(millis / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** "under a minute", "4 minutes", "2 hours" */
export function duration(millis: number): string {
  const minutes = Math.floor(Math.max(0, millis) / 60_000);
  if (minutes < 1) return t('time.underAMinute');
  if (minutes < 60) return t('time.minutes', { count: minutes });
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? t('time.hours', { count: hours }) : t('time.days', { count: Math.floor(hours / 24) });
}
