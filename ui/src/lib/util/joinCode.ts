// Join codes and links as people type and paste them.

export const CODE_SYMBOLS = 9;

/** Crockford's base 32: what may be mistaken is taken for what was meant. */
const LOOKALIKE: Record<string, string> = { O: '0', I: '1', L: '1' };

/** The symbols of a code, upper case, without what people put between them. */
export function codeSymbols(text: string): string {
  return text
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .replace(/[OIL]/g, (letter) => LOOKALIKE[letter] ?? letter);
}

/** `XXX-XXX-XXX`, as far as it is typed. */
export function groupCode(text: string): string {
  const symbols = codeSymbols(text).slice(0, CODE_SYMBOLS);
  return symbols.replace(/(.{3})(?=.)/g, '$1-');
}

export function isCompleteCode(text: string): boolean {
  return codeSymbols(text).length === CODE_SYMBOLS;
}

/** The code symbol by symbol, so that a reader does not make a word of it. */
export function spellCode(code: string): string {
  const symbols = [...codeSymbols(code)];
  const groups: string[] = [];
  for (let at = 0; at < symbols.length; at += 3) groups.push(symbols.slice(at, at + 3).join(' '));
  return groups.join(', ');
}

/** What a person put into the join field. `link` is kept whole: on the desktop its host says which portal to ask. */
export type JoinInput = { kind: 'empty' } | { kind: 'code'; text: string } | { kind: 'link'; text: string };

export function parseJoinInput(text: string): JoinInput {
  const trimmed = text.trim();
  if (trimmed === '') return { kind: 'empty' };
  if (linkSecret(trimmed) !== null) return { kind: 'link', text: trimmed };
  return { kind: 'code', text: groupCode(trimmed) };
}

/** The secret of `https://portal/join/<secret>`, `/join/<secret>` or `deskside://join/<host>/<secret>`. */
export function linkSecret(text: string): string | null {
  const deep = /^deskside:\/\/join\/[^/\s]+\/([A-Za-z0-9_-]{10,})\/?$/.exec(text);
  if (deep?.[1]) return deep[1];
  const web = /^(?:https?:\/\/[^/\s]+)?\/join\/([A-Za-z0-9_-]{10,})\/?(?:[?#].*)?$/.exec(text);
  return web?.[1] ?? null;
}
