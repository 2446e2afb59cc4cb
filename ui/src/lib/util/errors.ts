import { hasMessage, t } from '$lib/i18n';
import type { ErrorCode, WireError } from '$lib/proto';

/** An error of this page itself: its message is the sentence for people. */
export class Told extends Error {}

export function isWireError(error: unknown): error is WireError {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string';
}

export function codeOf(error: unknown): ErrorCode | null {
  return isWireError(error) ? error.code : null;
}

/** The sentence for `code`; `fallback` is what the portal said, for codes newer than this page. */
export function codeText(code: string, fallback?: string): string {
  const key = `error.${code}`;
  if (hasMessage(key)) return t(key);
  return fallback || t('error.internal');
}

export function errorText(error: unknown): string {
  if (isWireError(error)) return codeText(error.code, error.message);
  if (error instanceof Told) return error.message;
  return t('error.unavailable');
}

/** Errors by the form field they are about; those about none stand under `form`. */
export function fieldErrors(error: unknown): Record<string, string> {
  const field = (isWireError(error) && error.field) || 'form';
  return { [field]: errorText(error) };
}
