// What the join page loads before anything else, and what documents load later, compressed: fails above the limits (docs: 200 KB
// for the first).
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const LIMIT = 200 * 1024;
const dist = new URL('../dist/', import.meta.url);
/** @typedef {{ file: string, src?: string, imports?: string[], dynamicImports?: string[], css?: string[], assets?: string[] }} Chunk */
/** @type {Record<string, Chunk>} */
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));

/** The page's own files, its host's, and the Latin letters of the font; in wasm, room and chat nothing may lead. */
const entries = ['index.html', 'src/pages/Join.svelte', 'src/lib/platform/web/index.ts'];
const files = new Set(['index.html', 'theme.js', 'favicon.svg']);

/** @param {string} key */
function add(key) {
  const chunk = manifest[key];
  if (!chunk) throw new Error(`${key} is not in the manifest: was the UI built?`);
  if (files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const file of chunk.css ?? []) files.add(file);
  for (const file of chunk.assets ?? []) if (/inter-latin-wght-normal/.test(file)) files.add(file);
  for (const next of chunk.imports ?? []) add(next);
}
entries.forEach(add);

let total = 0;
const rows = [...files].map((file) => {
  const bytes = readFileSync(new URL(file, dist));
  // A font is compressed already.
  const size = file.endsWith('.woff2') ? bytes.length : gzipSync(bytes, { level: 9 }).length;
  total += size;
  return { file, size };
});
for (const { file, size } of rows.sort((a, b) => b.size - a.size)) {
  console.log(`${String(size).padStart(8)}  ${file}`);
}
console.log(`${String(total).padStart(8)}  join page, first load (limit ${LIMIT})`);
if ([...files].some((file) => /\.wasm$|Room|Shell|preview|DocumentView|pdf/.test(file)))
  throw new Error('the join page loads the room or what reads documents');

/** What is loaded with the first document that is looked at, each with a limit of its own. */
const LATER = [
  {
    name: 'reading pages and slides (module)',
    files: /^deskside_preview_pages_bg-.*\.wasm$/,
    limit: 900 * 1024,
  },
  {
    name: 'reading sheets and text (module)',
    files: /^deskside_preview_tables_bg-.*\.wasm$/,
    limit: 900 * 1024,
  },
  { name: 'reading documents (worker)', files: /^preview\.worker-.*\.js$/, limit: 8 * 1024 },
  { name: 'showing documents', files: /^DocumentView-.*\.(js|css)$/, limit: 48 * 1024 },
  { name: 'showing PDF', files: /^pdf[-.].*\.m?js$/, limit: 560 * 1024 },
];
const assets = readdirSync(new URL('assets/', dist));
let over = total > LIMIT;
for (const { name, files: wanted, limit } of LATER) {
  const found = assets.filter((file) => wanted.test(file));
  if (found.length === 0) throw new Error(`${name}: no such file in the build`);
  const size = found.reduce(
    (sum, file) => sum + gzipSync(readFileSync(new URL(`assets/${file}`, dist)), { level: 9 }).length,
    0,
  );
  console.log(`${String(size).padStart(8)}  ${name} (limit ${limit})`);
  over ||= size > limit;
}
if (over) process.exit(1);
