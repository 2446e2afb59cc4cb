/** Where an address stands in a text. */
export interface LinkSpan {
  start: number;
  end: number;
  href: string;
}

// Characters that change the direction of what follows end an address: with them it could read as another one (UTR #36 §2.6).
const LINK = /(?:https?:\/\/|mailto:)[^\s<>"`\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gi;
const PROTOCOLS = new Set(['http:', 'https:', 'mailto:']);
/** Ends a sentence, or a formatted piece of it, rather than an address. */
const TRAILING = new Set('.,;:!?\'")]}*_~');
/** Longer than any address that browsers follow. */
const LINK_MAX_CHARS = 2048;

/** The addresses in a text that may be opened: http, https and mailto, in order. */
export function findLinks(text: string): LinkSpan[] {
  const spans: LinkSpan[] = [];
  for (const { 0: found, index } of text.matchAll(LINK)) {
    const address = withoutTrailing(found);
    const href = hrefOf(address);
    if (href !== null) spans.push({ start: index, end: index + address.length, href });
  }
  return spans;
}

/** Whether this may be handed to the system to open. */
export function hrefOf(address: string): string | null {
  if (address.length > LINK_MAX_CHARS) return null;
  try {
    const url = new URL(address);
    if (!PROTOCOLS.has(url.protocol)) return null;
    // `https://bank.example@evil.example` reads as the one and leads to the other.
    if (url.protocol === 'mailto:') return url.pathname.includes('@') ? url.href : null;
    return url.hostname !== '' && url.username === '' && url.password === '' ? url.href : null;
  } catch {
    return null;
  }
}

function withoutTrailing(text: string): string {
  let end = text.length;
  // A bracket that was opened inside belongs to the address.
  let open = 0;
  for (const char of text) open += char === '(' ? 1 : char === ')' ? -1 : 0;
  while (end > 0 && TRAILING.has(text.charAt(end - 1))) {
    if (text.charAt(end - 1) === ')') {
      if (open >= 0) break;
      open += 1;
    }
    end -= 1;
  }
  return text.slice(0, end);
}
