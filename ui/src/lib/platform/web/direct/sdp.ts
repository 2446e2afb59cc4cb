// The certificate that a session description announces (RFC 8122: `a=fingerprint:sha-256 AB:CD:…`).

/** Characters of the longest description taken: a browser's have about 2,000. */
const LENGTH_MAX = 16 * 1024;

/** Whether `sdp` announces the pinned certificate (SHA-256 in lower-case hex) and no other. */
export function announces(sdp: string, pinned: string): boolean {
  if (sdp.length > LENGTH_MAX) return false;
  const found = fingerprints(sdp);
  return found.length > 0 && found.every((digest) => digest === pinned);
}

/** Every announced digest in lower-case hex, `null` for one that is no SHA-256. */
export function fingerprints(sdp: string): (string | null)[] {
  const lines = sdp.split(/\r?\n/).map((line) => line.trim());
  return lines
    .filter((line) => line.startsWith('a=fingerprint:'))
    .map((line) => {
      const [algorithm = '', digest = ''] = line.slice('a=fingerprint:'.length).split(' ');
      return algorithm.toLowerCase() === 'sha-256' ? digestOf(digest) : null;
    });
}

/** Colons out, lower case; `null` where it is no SHA-256. */
export function digestOf(fingerprint: string): string | null {
  const whole = /^(?:[0-9a-f]{2}:){31}[0-9a-f]{2}$/i.test(fingerprint);
  return whole ? fingerprint.replaceAll(':', '').toLowerCase() : null;
}
