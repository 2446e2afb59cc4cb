// The page that opens documents, the documents, and the peers' page, from one server; ours under the portal's policy.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { POLICY } from './server.js';

const here = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));
const KINDS = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
};

/**
 * @param {{ corpus: string, peers: string | undefined, million: Buffer }} what
 */
export async function serveDocuments({ corpus, peers, million }) {
  /** @param {string} path */
  const find = async (path) => {
    const file = normalize(decodeURIComponent(path)).replace(/^(\.\.[/\\])+/, '');
    if (file === '/million.xlsx') return million;
    if (file.startsWith('/corpus/')) return readFile(join(corpus, file.slice(8)));
    if (file.startsWith('/peers/') && peers) return readFile(join(peers, 'node_modules', file.slice(7)));
    if (file === '/peers.html') return readFile(here('../../bench/peers/documents/page.html'));
    if (file === '/peers.js') return readFile(here('../../bench/peers/documents/page.js'));
    return readFile(join(here('../dist-bench/'), file));
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    find(path).then(
      (body) => {
        const name = path.startsWith('/corpus/') ? '' : extname(path);
        const kind = KINDS[/** @type {keyof typeof KINDS} */ (name)] ?? 'application/octet-stream';
        // The peers write styles and addresses of their own making.
        const policy = path.startsWith('/peers') ? {} : { 'content-security-policy': POLICY };
        // Names of what is built change with it: the portal lets browsers keep them, and with them what was compiled.
        const kept = path.startsWith('/assets/')
          ? { 'cache-control': 'public, max-age=31536000, immutable' }
          : {};
        const headers = { 'content-type': kind, 'x-content-type-options': 'nosniff', ...kept, ...policy };
        response.writeHead(200, headers);
        response.end(body);
      },
      () => response.writeHead(404).end(),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the documents have no address');
  return { url: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}
