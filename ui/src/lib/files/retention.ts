// For how long files and transcripts stay, as Settings offer it and as those in a session are told.
import { t } from '$lib/i18n';
import type { AttachmentRetention } from '$lib/proto';

/** `RETENTION_MAX_DAYS` of the wire's limits. */
export const DAYS_MAX = 36_500;

/** A number is one of days. */
export type Kept = 'forever' | 'session_only' | number;
export const KINDS = ['forever', 'days', 'session_only'] as const;
export type KeptKind = (typeof KINDS)[number];

export const kindOf = (kept: Kept): KeptKind => (typeof kept === 'number' ? 'days' : kept);

export const keptOf = (retention: AttachmentRetention): Kept =>
  retention.type === 'session_only' ? 'session_only' : (retention.days ?? 'forever');

export function retentionOf(kept: Kept): AttachmentRetention {
  if (kept === 'session_only') return { type: 'session_only' };
  return kept === 'forever' ? { type: 'keep' } : { type: 'keep', days: kept };
}

const daysOf = (kept: Kept): number => {
  if (kept === 'forever') return Infinity;
  return kept === 'session_only' ? 0 : kept;
};

/** Whether something is deleted earlier by `next` than by `before`. */
export const isShorter = (next: Kept, before: Kept): boolean => daysOf(next) < daysOf(before);

/** What somebody who is about to send a file has to know; '' where it stays. */
export function keptText(retention: AttachmentRetention): string {
  const kept = keptOf(retention);
  if (kept === 'session_only') return t('limits.sessionOnly');
  return kept === 'forever' ? '' : t('limits.days', { days: kept });
}

/** What becomes of what a customer wrote and sent, when they go. */
export function afterText(org: string, retention: AttachmentRetention | undefined): string {
  const kept = retention ? keptOf(retention) : 'forever';
  if (kept === 'session_only') return t('after.textSessionOnly', { org });
  return kept === 'forever' ? t('after.text', { org }) : t('after.textDays', { org, days: kept });
}
