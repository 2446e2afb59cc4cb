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
