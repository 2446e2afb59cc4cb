// Allowed types as people write them, and limits as people think of them.

/** `EXTENSION_MAX_CHARS` and `ALLOWED_TYPES_MAX` of the wire's limits. */
const EXTENSION_MAX_CHARS = 20;
export const ALLOWED_TYPES_MAX = 200;

/** Endings in `text`, as `.PDF, *.docx png` or one of them; `wrong`: what is no ending. */
export function typesIn(text: string): { types: string[]; wrong: string[] } {
  const words = text.split(/[\s,;]+/).filter((word) => word !== '');
  const endings = words.map((word) => word.replace(/^\*?\./, '').toLowerCase());
  const fits = (ending: string) =>
    [...ending].length <= EXTENSION_MAX_CHARS && /^[\p{L}\p{N}\p{M}_+-]+$/u.test(ending);
  return {
    types: [...new Set(endings.filter(fits))],
    wrong: words.filter((_, at) => !fits(endings[at] ?? '')),
  };
}

/** A limit as typed, in units of `unit`: nothing typed is no limit, `null` is not to be understood. */
export function limitFrom(
  text: string,
  { unit, least, most }: { unit: number; least: number; most: number },
): number | undefined | null {
  const typed = text.trim().replace(',', '.');
  if (typed === '') return undefined;
  const value = Number(typed);
  if (!Number.isFinite(value) || value < least || value > most) return null;
  const scaled = Math.round(value * unit);
  return unit === 1 && scaled !== value ? null : scaled;
}

/** `value` as it is typed, with at most two places after the point. */
export function limitText(value: number | undefined, unit: number): string {
  return value === undefined ? '' : String(Math.round((value / unit) * 100) / 100);
}

/** `object` with `key` set, or without it. */
export function withOptional<T extends object, K extends keyof T>(
  object: T,
  key: K,
  value: T[K] | undefined,
): T {
  const { [key]: _old, ...rest } = object;
  return (value === undefined ? rest : { ...rest, [key]: value }) as T;
}
