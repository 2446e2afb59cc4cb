import { t } from '$lib/i18n';
import { duration } from '$lib/i18n/time';

/** What the portal notes of a device's last request is a few minutes old. */
const LATELY = 5 * 60_000;

/** "just now", "4 hours ago" */
export const ago = (at: number, now: number): string =>
  now - at < LATELY ? t('ago.now') : t('ago.ago', { time: duration(now - at) });
