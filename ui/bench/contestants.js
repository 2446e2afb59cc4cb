// Who shows a document, each in its own way: milliseconds, and `ok` or why not.
import { join } from 'node:path';
import { openBrowser } from './browser.js';
import { openOffice } from './office.js';

const SHEETS = ['xlsx', 'xlsm', 'xlsb', 'xls', 'ods', 'sxc', 'csv', 'tsv'];
const OFFICE = [...SHEETS, 'doc', 'dot', 'docx', 'docm', 'dotx', 'rtf', 'ppt', 'pptx', 'pptm', 'sxw', 'sxi'];
/** Milliseconds that a page may take for a document. */
const WITHIN = 20_000;
/** Frames come as soon as they are drawn: the wait for the screen's next one, 8 ms on average, is nobody's work. */
const ARGS = ['--disable-gpu', '--disable-frame-rate-limit', '--disable-gpu-vsync'];

/** What of whom is timed, for the output. */
export const TIMED = {
  'ours, worker':
    'bytes in the page to the model of the first screen in the page; a worker stands by with its module',
  'ours, painted':
    'the same, until its first content is painted in the viewer (first 80 blocks, rows and columns seen, first slide)',
  'ours, first of a session':
    'until painted, with the start of the worker and its module, which come from the cache',
  'docx-preview': 'bytes in the page until the whole document is painted, in the same Chromium',
  mammoth: 'bytes in the page until the whole document, without its layout, is painted, in the same Chromium',
  SheetJS:
    'bytes in the page until the first 200 rows of the first sheet are painted as a table, in the same Chromium',
  'LibreOffice, warm':
    'one process over its API: file loaded and written as PDF, which somebody has to show yet',
  'LibreOffice, cold': 'a process for the document: file to PDF, which somebody has to show yet',
};

export const MILLION = '/million.xlsx';

/** A page in a Chromium of its own; a new one after a document that it hangs with. */
class Page {
  /** @type {Awaited<ReturnType<typeof openBrowser>> | null} */
  #browser = null;

  /** @param {string} url */
  constructor(url) {
    this.url = url;
  }

  async open() {
    this.#browser = await openBrowser({ width: 1280, height: 900, args: ARGS, within: WITHIN });
    await this.#browser.open(this.url);
  }

  /**
   * @param {string} script @param {unknown[]} args
   * @returns {Promise<{ ms: number, code: string }>}
   */
  async run(script, ...args) {
    if (!this.#browser) await this.open();
    try {
      return await this.#browser?.run(script, ...args);
    } catch (error) {
      await this.close();
      return { ms: 0, code: error instanceof Error ? error.message : String(error) };
    }
  }

  async close() {
    const browser = this.#browser;
    this.#browser = null;
    await browser?.close();
  }
}

/** @param {string} name */
const addressOf = (name) =>
  name === MILLION ? name : `/corpus/${name.split('/').map(encodeURIComponent).join('/')}`;
/** @param {string} name */
const formatOf = (name) => (name === MILLION ? 'xlsx' : (name.split('/')[0] ?? ''));

/**
 * @typedef {object} Contestant
 * @property {string} name
 * @property {(document: string) => boolean} takes
 * @property {(document: string) => Promise<{ ms: number, code: string }>} show
 */

/**
 * All of them, in groups that take turns; `close` ends what they started.
 * @param {{ corpus: string, url: string, peers: boolean }} what
 */
export async function gather({ corpus, url, peers }) {
  const ours = new Page(`${url}/bench/preview.html`);
  const theirs = new Page(`${url}/peers.html`);
  const office = await openOffice();
  await ours.open();
  if (peers) await theirs.open();
  /** @type {(name: string, script: string) => Contestant} */
  const own = (name, script) => ({
    name,
    takes: () => true,
    show: (document) => ours.run(script, addressOf(document)),
  });
  /** @type {(name: string, formats: readonly string[]) => Contestant} */
  const peer = (name, formats) => ({
    name,
    takes: (document) => peers && formats.includes(formatOf(document)),
    show: (document) => theirs.run('return globalThis.peer(...args)', name, addressOf(document)),
  });
  /** @type {(how: 'warm' | 'cold') => Contestant} */
  const converter = (how) => ({
    name: `LibreOffice, ${how}`,
    takes: (document) => office !== null && document !== MILLION && OFFICE.includes(formatOf(document)),
    show: async (document) =>
      office ? office.convert(how, join(corpus, document)) : { ms: 0, code: 'not installed' },
  });
  return {
    groups: [
      [
        own('ours, worker', 'return globalThis.modelled(args[0])'),
        own('ours, painted', 'return globalThis.painted(args[0])'),
      ],
      [
        peer('docx-preview', ['docx', 'docm', 'dotx']),
        peer('mammoth', ['docx', 'docm', 'dotx']),
        peer('SheetJS', SHEETS),
      ],
      [converter('warm')],
    ],
    fresh: own('ours, first of a session', 'return globalThis.painted(args[0], false)'),
    cold: converter('cold'),
    missing: [
      ...(office ? [] : ['LibreOffice (soffice, python3-uno)']),
      ...(peers ? [] : ['docx-preview, mammoth, SheetJS']),
    ],
    close: async () => {
      await Promise.all([office?.close(), ours.close(), theirs.close()]);
    },
  };
}
