// Names for files that are made here: every system takes them, whatever a session is called.
import { plainName } from '$lib/i18n/list';

/** Characters at most: with an ending and a number it stays below 255 bytes in every script. */
const LENGTH_MAX = 60;

/** `title` as a part of a file's name; `fallback` where nothing of it can stand there. */
export function saveName(title: string, fallback: string): string {
  const plain = plainName(title)
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}/\\:*?"<>|]+/gu, ' ')
    .replace(/\s+/g, ' ');
  const short = [...plain].slice(0, LENGTH_MAX).join('');
  return short.replace(/^[. ]+|[. ]+$/g, '') || fallback;
}
