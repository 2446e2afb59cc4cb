// The built demo, as the portal serves the app: its paths, and its Content-Security-Policy.
import { readFile } from 'node:fs/promises';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../dist-demo/', import.meta.url));
const KINDS = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};
/** `POLICY` of crates/portal/src/security_headers.rs. */
export const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; " +
  "style-src-attr 'unsafe-inline'; img-src 'self' blob: data:; media-src 'self' blob:; font-src 'self'; " +
  "connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

export async function serveDemo() {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    void answer(path).then(({ kind, body }) => {
      response.writeHead(200, { 'content-type': kind, 'content-security-policy': POLICY });
      response.end(body);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the demo has no address');
  return { url: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}

/** @param {string} path */
async function answer(path) {
  const file = normalize(path).replace(/^[/\\]+/, '');
  const kind = KINDS[/** @type {keyof typeof KINDS} */ (extname(file))];
  try {
    if (kind) return { kind, body: await readFile(join(ROOT, file)) };
  } catch {
    // Like every path of the app, one that is no file leads to its page.
  }
  return { kind: 'text/html', body: await readFile(join(ROOT, 'index.html')) };
}
