/** The address of a portal as people type it; `null` where it is none. Without a scheme it is https, on this machine http. */
export function portalUrl(text: string): string | null {
  const typed = text.trim().replace(/\/+$/, '');
  if (typed === '' || /\s/.test(typed)) return null;
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed);
  const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|$)/i.test(typed);
  try {
    const url = new URL(scheme ? typed : `${loopback ? 'http' : 'https'}://${typed}`);
    const web = url.protocol === 'https:' || url.protocol === 'http:';
    if (!web || url.hostname === '' || url.username !== '' || url.password !== '') return null;
    return url.origin;
  } catch {
    return null;
  }
}
