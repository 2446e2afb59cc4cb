import { hasMessage, t } from '$lib/i18n';
import type { ErrorCode, WireError } from '$lib/proto';

/** Characters of somebody else's words that are shown; the rest is in their log. */
const WORDS_MAX = 200;

/** An error of this page itself: its message is the sentence for people. */
export class Told extends Error {}

export function isWireError(error: unknown): error is WireError {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string';
}

export function codeOf(error: unknown): ErrorCode | null {
  return isWireError(error) ? error.code : null;
}

/** The sentence for `code`; `fallback` is what the portal or the desktop said, for codes that this page does not know. */
export function codeText(code: string, fallback?: string): string {
  const key = `error.${code}`;
  if (hasMessage(key)) return t(key);
  return fallback || unknownText(code);
}

/** What went wrong, for a person. That the portal cannot be reached is said of the network's failures only. */
export function errorText(error: unknown): string {
  if (error instanceof Told) return error.message;
  // Before codes: a DOMException has one as well, which is a number.
  if (isNetworkFailure(error)) return t('error.unavailable');
  if (isWireError(error)) return codeText(error.code, error.message);
  return unknownText(wordsOf(error));
}

/** As browsers say that something could not be fetched: Chromium, Firefox, WebKit; a page, a part of it, or an answer. */
const UNFETCHED =
  /failed to fetch|networkerror|load failed|network connection|loading dynamically imported|importing a module/i;

export function isNetworkFailure(error: unknown): boolean {
  if (!isException(error)) return false;
  if (error.name === 'NetworkError' || error.name === 'TimeoutError') return true;
  return error.name === 'TypeError' && UNFETCHED.test(error.message);
}

/** Errors by the form field they are about; those about none stand under `form`. */
export function fieldErrors(error: unknown): Record<string, string> {
  const field = (isWireError(error) && error.field) || 'form';
  return { [field]: errorText(error) };
}

/** A DOMException is an Error in some engines only. */
const isException = (error: unknown): error is Error | DOMException =>
  error instanceof Error || error instanceof DOMException;

function unknownText(what: string): string {
  return what === '' ? t('failure.unsaid') : t('failure.unknown', { what });
}

/** The desktop's commands fail with a string where Tauri itself refuses them; the rest are exceptions of this page. */
function wordsOf(error: unknown): string {
  const thrown = isException(error) ? error.message || error.name : '';
  const said = typeof error === 'string' ? error : thrown;
  const line = [...said.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()];
  const words = line.length > WORDS_MAX ? `${line.slice(0, WORDS_MAX).join('')}…` : line.join('');
  return words.replace(/[.!]+$/, '');
}
