// Saving through the browser's own downloads.

/** Hands `url` to the browser, which asks or saves as its person set it. */
export function download(url: string, name: string): Promise<{ saved: boolean }> {
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.hidden = true;
  document.body.append(link);
  link.click();
  link.remove();
  return Promise.resolve({ saved: true });
}

/** Milliseconds for the browser to have begun to read it. */
const HELD = 60_000;

export function saveText(text: string, name: string): Promise<{ saved: boolean }> {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  setTimeout(() => URL.revokeObjectURL(url), HELD);
  return download(url, name);
}
