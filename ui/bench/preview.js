// Time to the first screen of documents, beside those who show them otherwise: `node bench/preview.js --corpus DIR [--peers DIR]
// [--json FILE] [--every N]` after `npm run build -- --mode bench`. `cargo xtask bench preview` starts it.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { openBrowser } from './browser.js';
import { serveDocuments } from './documents.js';
import { coldOffice, hasOffice, warmOffice } from './office.js';
import { millionCells } from './workbook.js';

const COLD = 20;
const MILLION = 5;
const SHEETS = ['xlsx', 'xlsm', 'xlsb', 'xls', 'ods', 'sxc', 'csv', 'tsv'];
/** Who reads what in a page. */
const IN_PAGE = { 'docx-preview': ['docx'], mammoth: ['docx'], SheetJS: SHEETS };
const IN_OFFICE = [...SHEETS, 'doc', 'docx', 'rtf', 'ppt', 'pptx'];

const { values: options } = parseArgs({
  options: {
    corpus: { type: 'string' },
    peers: { type: 'string' },
    json: { type: 'string' },
    every: { type: 'string', default: '1' },
  },
});
const corpus = options.corpus;
if (!corpus) throw new Error('--corpus names the folder with the documents');

/** @type {Map<string, number[]>} */
const times = new Map();
const note = (/** @type {string} */ name, /** @type {{ ms: number, code: string }} */ { ms, code }) => {
  if (code !== 'ok') return;
  const all = times.get(name) ?? [];
  all.push(ms);
  times.set(name, all);
};
/** @param {string} name @param {number} share */
const quantile = (name, share) => {
  const sorted = [...(times.get(name) ?? [])].sort((one, other) => one - other);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return value === undefined ? null : Math.round(value * 10) / 10;
};
const row = (/** @type {string} */ name) => ({
  name,
  p50_ms: quantile(name, 0.5),
  p95_ms: quantile(name, 0.95),
});

const index = await readFile(join(corpus, 'INDEX.csv'), 'utf8');
const every = Number(options.every);
const documents = index
  .split('\n')
  .slice(1)
  .map((line) => line.split(',')[0] ?? '')
  .filter((name) => name !== '' && !name.startsWith('pdf/'))
  .sort()
  .filter((_, place) => place % every === 0);

const server = await serveDocuments({ corpus, peers: options.peers, million: millionCells() });
const args = ['--disable-gpu'];
const ours = await openBrowser({ width: 1280, height: 900, args });
const theirs = options.peers ? await openBrowser({ width: 1280, height: 900, args }) : null;
const office = hasOffice() ? await warmOffice() : null;
if (!office) console.log('LibreOffice is not measured: soffice or python3-uno is not installed');
if (!theirs) console.log('docx-preview, mammoth and SheetJS are not measured: --peers is not given');

const format = (/** @type {string} */ name) => name.split('/')[0] ?? '';
const address = (/** @type {string} */ name) =>
  `/corpus/${name.split('/').map(encodeURIComponent).join('/')}`;
/** @param {string} name @param {string} file */
const inPage = async (name, file) => {
  try {
    return await theirs?.run('return globalThis.peer(...args)', name, file);
  } catch {
    // It hung: the next document gets a fresh page.
    await theirs?.open(`${server.url}/peers.html`);
    return { ms: 0, code: 'hung' };
  }
};
/** @type {Record<string, number>} */
const codes = {};

try {
  await ours.open(`${server.url}/bench/preview.html`);
  await theirs?.open(`${server.url}/peers.html`);
  // Compiling and the first page are everybody's once.
  await ours.run('return globalThis.firstScreen(args[0])', address(documents[0] ?? ''));
  for (const [place, name] of documents.entries()) {
    const turns = [
      async () => {
        const got = await ours.run('return globalThis.firstScreen(args[0])', address(name));
        codes[got.code] = (codes[got.code] ?? 0) + 1;
        note('ours', got);
        if (got.code === 'ok') note(`ours, ${format(name)}`, got);
      },
      async () => {
        for (const [peer, formats] of Object.entries(IN_PAGE)) {
          if (theirs && formats.includes(format(name))) note(peer, await inPage(peer, address(name)));
        }
      },
      async () => {
        if (office && IN_OFFICE.includes(format(name)))
          note('LibreOffice, warm', await office.convert(join(corpus, name)));
      },
    ];
    // Each document begins with another.
    for (let turn = 0; turn < turns.length; turn += 1) await turns[(place + turn) % turns.length]?.();
  }
  for (let round = 0; round < MILLION; round += 1) {
    note('a million cells', await ours.run('return globalThis.firstScreen(args[0])', '/million.xlsx'));
    if (theirs) note('SheetJS, a million cells', await inPage('SheetJS', '/million.xlsx'));
  }
  if (hasOffice()) {
    const fit = documents.filter((name) => IN_OFFICE.includes(format(name)));
    const step = Math.max(1, Math.floor(fit.length / COLD));
    // The first makes the profile.
    coldOffice(join(corpus, fit[0] ?? ''));
    for (const name of fit.filter((_, place) => place % step === 0).slice(0, COLD))
      note('LibreOffice, cold', coldOffice(join(corpus, name)));
  }
} finally {
  await office?.close();
  await theirs?.close();
  await ours.close();
  server.close();
}

const assets = fileURLToPath(new URL('../dist-bench/assets/', import.meta.url));
const modules = (await readdir(assets)).filter((file) => /preview_wasm.*\.wasm$/.test(file));
const wasm = modules[0] ? gzipSync(await readFile(join(assets, modules[0])), { level: 9 }).length : 0;
const peers = ['LibreOffice, warm', 'LibreOffice, cold', ...Object.keys(IN_PAGE)];
const result = {
  first_screen_ms: {
    p50: quantile('ours', 0.5),
    p95: quantile('ours', 0.95),
    million_cells: quantile('a million cells', 0.5),
  },
  wasm_gz_kb: Math.round(wasm / 102.4) / 10,
  peers: peers.filter((name) => times.has(name)).map(row),
};
console.log('how ours ended:', codes);
console.table([...times.keys()].map((name) => ({ ...row(name), n: times.get(name)?.length })));
if (options.json) await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
