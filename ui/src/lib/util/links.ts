export type TextPart = { kind: 'text'; text: string } | { kind: 'link'; text: string };

const LINK = /https?:\/\/[^\s<>"]+/g;
/** Ends a sentence rather than an address. */
const TRAILING = /[.,;:!?'")\]}]+$/;

/** Splits a message into text and web addresses; both are shown as text nodes. */
export function splitLinks(text: string): TextPart[] {
  const parts: TextPart[] = [];
  let at = 0;
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(TRAILING, '');
    if (!isAddress(address)) continue;
    if (match.index > at) parts.push({ kind: 'text', text: text.slice(at, match.index) });
    parts.push({ kind: 'link', text: address });
    at = match.index + address.length;
  }
  if (at < text.length) parts.push({ kind: 'text', text: text.slice(at) });
  return parts;
}

function isAddress(text: string): boolean {
  try {
    return new URL(text).hostname !== '';
  } catch {
    return false;
  }
}
