// Time to the first screen of documents, beside those who show them otherwise: `node bench/preview.js --corpus DIR [--peers DIR]
// [--json FILE] [--documents N] [--minutes M]` after `npm run build -- --mode bench`. `cargo xtask bench preview` starts it.
import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { gather, MILLION, TIMED } from './contestants.js';
import { serveDocuments } from './documents.js';
import { Tally } from './tally.js';
import { millionCells } from './workbook.js';

/** Documents for what takes a second each, and rounds of the large workbook. */
const FEW = 12;
const ROUNDS = 5;
const TELL_EVERY = 10_000;
const GOALS = { p50: 15, p95: 100, million_cells: 300 };

const { values: options } = parseArgs({
  options: {
    corpus: { type: 'string' },
    peers: { type: 'string' },
    json: { type: 'string' },
    documents: { type: 'string', default: '320' },
    minutes: { type: 'string', default: '9' },
  },
});

const began = Date.now();
const deadline = began + Number(options.minutes) * 60_000;
const seconds = () => Math.round((Date.now() - began) / 1000);
const tally = new Tally();
let told = 0;

/** A line for whoever looks at the terminal, not more often than he can read. */
function tell(/** @type {string} */ text, now = false) {
  if (!now && Date.now() - told < TELL_EVERY) return;
  told = Date.now();
  console.log(`    ${String(seconds()).padStart(4)} s  ${text}`);
}

/** The same documents each time, in an order that mixes the formats; all for 0. */
async function choose(/** @type {string} */ corpus, /** @type {number} */ count) {
  const index = await readFile(join(corpus, 'INDEX.csv'), 'utf8');
  const key = (/** @type {string} */ name) => createHash('sha256').update(name).digest('hex');
  const names = index.split('\n').slice(1);
  const listed = names.map((line) => line.split(',')[0] ?? '').filter((name) => name !== '');
  // Those go to pdf.js.
  const ours = listed.filter((name) => !name.startsWith('pdf/'));
  const mixed = ours.map((name) => ({ name, key: key(name) })).sort((a, b) => (a.key < b.key ? -1 : 1));
  return mixed.slice(0, count || mixed.length).map(({ name }) => name);
}

/** @typedef {Awaited<ReturnType<typeof gather>>} Gathered */

/** @param {import('./contestants.js').Contestant} contestant @param {string} document @param {string} [as] */
async function take(contestant, document, as = document) {
  if (contestant.takes(document)) tally.note(contestant.name, as, await contestant.show(document));
}

/** Everybody on each document, who goes first changing; how many documents came to their turn. */
async function turns(/** @type {Gathered} */ { groups }, /** @type {readonly string[]} */ documents) {
  for (const [place, document] of documents.entries()) {
    if (Date.now() > deadline || stopping) return place;
    for (let turn = 0; turn < groups.length; turn += 1)
      for (const contestant of groups[(place + turn) % groups.length] ?? []) await take(contestant, document);
    const medians = tally.names().map((name) => `${name} ${tally.row(name).p50_ms ?? '–'}`);
    tell(`${place + 1} of ${documents.length} documents; median ms: ${medians.join(', ')}`);
  }
  return documents.length;
}

/** The start of a worker, and a process for each document. */
async function few(/** @type {Gathered} */ { fresh, cold }, /** @type {readonly string[]} */ documents) {
  for (const document of documents.filter(cold.takes).slice(0, FEW)) {
    if (stopping) return;
    await take(fresh, document);
    await take(cold, document);
    tell(`from a cold start: ${document}`);
  }
}

async function largeWorkbook(/** @type {Gathered} */ { groups }) {
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const contestant of groups.flat()) {
      if (stopping) return;
      const renamed = { ...contestant, name: `${contestant.name}, a million cells` };
      await take(renamed, MILLION, String(round));
    }
    tell(`a million cells, round ${round + 1} of ${ROUNDS}`);
  }
}

/** Kilobytes of the modules, as they travel. */
async function moduleSizes() {
  const assets = fileURLToPath(new URL('../dist-bench/assets/', import.meta.url));
  const files = (await readdir(assets)).filter((file) => /preview_(pages|tables).*\.wasm$/.test(file));
  const sizes = files.map(async (file) => gzipSync(await readFile(join(assets, file)), { level: 9 }).length);
  return (await Promise.all(sizes)).map((size) => Math.round(size / 102.4) / 10);
}

function report(/** @type {number[]} */ sizes, /** @type {object} */ conditions) {
  const result = (/** @type {string} */ who) => {
    const { p50_ms, p95_ms } = tally.row(who);
    return { p50: p50_ms, p95: p95_ms, million_cells: tally.row(`${who}, a million cells`).p50_ms };
  };
  const peers = ['docx-preview', 'mammoth', 'SheetJS', 'LibreOffice, warm'].map((name) =>
    tally.beside(name, 'ours, painted'),
  );
  const late = [
    tally.beside('LibreOffice, cold', 'ours, first of a session'),
    tally.beside('SheetJS, a million cells', 'ours, painted, a million cells'),
  ];
  return {
    // The goals are the worker's; beside the peers ours is timed until it is painted.
    first_screen_ms: result('ours, worker'),
    painted_ms: result('ours, painted'),
    first_of_a_session_ms: tally.row('ours, first of a session').p50_ms,
    goals_ms: GOALS,
    wasm_gz_kb: Math.max(0, ...sizes),
    wasm_gz_kb_each: sizes,
    peers: [...peers, ...late].filter(({ n }) => n > 0),
    conditions,
    timed: TIMED,
    slowest: tally.slowest('ours, painted', 10),
    codes: Object.fromEntries(tally.names().map((name) => [name, tally.codes(name)])),
  };
}

let stopping = false;
const corpus = options.corpus;
if (!corpus) throw new Error('--corpus names the folder with the documents');
const documents = await choose(corpus, Number(options.documents));
const server = await serveDocuments({ corpus, peers: options.peers, million: millionCells() });
const all = await gather({ corpus, url: server.url, peers: options.peers !== undefined });
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  process.once(signal, () => {
    stopping = true;
    void all.close().finally(() => process.exit(1));
  });

const load = loadavg().map((value) => Math.round(value * 10) / 10);
let done;
try {
  for (const name of all.missing) console.log(`    not measured: ${name}`);
  for (const [who, what] of Object.entries(TIMED)) console.log(`    ${who}: ${what}`);
  // Compiling, the profile, and the first page are everybody's once.
  const first = documents.filter(all.cold.takes).slice(0, 1);
  for (const contestant of [...all.groups.flat(), all.cold])
    for (const document of first) if (contestant.takes(document)) await contestant.show(document);
  tell(`${documents.length} documents, load ${load.join(' ')}`, true);
  await largeWorkbook(all);
  await few(all, documents);
  done = await turns(all, documents);
} finally {
  if (!stopping) await all.close();
  server.close();
}

const conditions = {
  documents: done,
  chosen: documents.length,
  seconds: seconds(),
  cores: cpus().length,
  processor: cpus()[0]?.model,
  load_before: load,
  load_after: loadavg().map((value) => Math.round(value * 10) / 10),
};
const result = report(await moduleSizes(), conditions);
if (done < documents.length) console.log(`    out of time after ${done} of ${documents.length} documents`);
console.table(tally.names().map((name) => tally.row(name)));
console.log(
  'Beside ours, on the documents that both show; ratio: median of theirs by ours, a document at a time',
);
console.table(result.peers);
console.log('how it ended:', result.codes);
console.log('slowest of ours:', result.slowest);
if (options.json) await writeFile(options.json, `${JSON.stringify(result, null, 2)}\n`);
