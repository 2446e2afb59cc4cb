// As much of WebDriver (https://www.w3.org/TR/webdriver2/) as a bench needs: Chromium by its chromedriver, both Debian's.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds until chromedriver listens. */
const START_WITHIN = 20_000;
/** Milliseconds that Chromium has to end by itself. */
const CLOSE_WITHIN = 10_000;

/**
 * @param {{ width: number, height: number, trace?: string, args?: string[], within?: number }} options `trace`: categories of a
 *   Chromium trace; `within`: milliseconds that a script may take
 */
export async function openBrowser({ width, height, trace, args = [], within = 120_000 }) {
  const port = await freePort();
  const driver = spawn('chromedriver', [`--port=${port}`, '--log-level=OFF'], { stdio: 'ignore' });
  const failed = once(driver, 'error').then(([error]) => {
    throw new Error('chromedriver does not start; Debian has it in the package chromium-driver', {
      cause: error,
    });
  });
  const base = `http://127.0.0.1:${port}`;
  await Promise.race([failed, listening(base)]);
  try {
    const value = await send(base, 'POST', '/session', {
      capabilities: { alwaysMatch: wanted(width, height, trace, args, within) },
    });
    return new Browser(driver, `${base}/session/${value.sessionId}`);
  } catch (error) {
    driver.kill();
    throw error;
  }
}

class Browser {
  #driver;
  #base;

  /**
   * @param {import('node:child_process').ChildProcess} driver
   * @param {string} base
   */
  constructor(driver, base) {
    this.#driver = driver;
    this.#base = base;
  }

  /** @param {string} url */
  open(url) {
    return send(this.#base, 'POST', '/url', { url });
  }

  /**
   * Runs `script` in the page; it may be asynchronous.
   * @param {string} script body of a function
   * @param {unknown[]} args
   */
  run(script, ...args) {
    const source = `const done = arguments[arguments.length - 1]; const args = [...arguments].slice(0, -1);
      (async (...args) => { ${script} })(...args).then((value) => done({ value }), (error) => done({ error: String(error) }));`;
    return send(this.#base, 'POST', '/execute/async', { script: source, args }).then(({ value, error }) => {
      if (error) throw new Error(error);
      return value;
    });
  }

  /**
   * One of the DevTools' commands.
   * @param {string} cmd
   * @param {object} params
   */
  devtools(cmd, params = {}) {
    return send(this.#base, 'POST', '/goog/cdp/execute', { cmd, params });
  }

  /** Events of the trace since the last time it was asked for. */
  async trace() {
    const entries = await send(this.#base, 'POST', '/se/log', { type: 'performance' });
    return entries
      .map((/** @type {{ message: string }} */ { message }) => JSON.parse(message).message)
      .filter((/** @type {{ method: string }} */ { method }) => method === 'Tracing.dataCollected')
      .map((/** @type {{ params: object }} */ { params }) => params);
  }

  /** A picture of the window, as PNG. */
  async picture() {
    return Buffer.from(await send(this.#base, 'GET', '/screenshot'), 'base64');
  }

  async close() {
    // A page that hangs would keep it waiting.
    const deleted = send(this.#base, 'DELETE', '').catch(() => {});
    await Promise.race([deleted, sleep(CLOSE_WITHIN, undefined, { ref: false })]);
    this.#driver.kill();
  }
}

/**
 * @param {number} width
 * @param {number} height
 * @param {string | undefined} trace
 * @param {string[]} args
 * @param {number} within
 */
function wanted(width, height, trace, args, within) {
  return {
    browserName: 'chrome',
    timeouts: { script: within },
    'goog:chromeOptions': {
      args: ['--headless=new', `--window-size=${width},${height}`, '--no-first-run', ...sandbox(), ...args],
      ...(trace ? { perfLoggingPrefs: { traceCategories: trace } } : {}),
    },
    ...(trace ? { 'goog:loggingPrefs': { performance: 'ALL' } } : {}),
  };
}

/** Chromium refuses its sandbox to root, as whom build machines run. */
const sandbox = () => (process.getuid?.() === 0 ? ['--no-sandbox'] : []);

/**
 * @param {string} base
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 */
async function send(base, method, path, body) {
  const answer = await fetch(base + path, { method, ...(body ? { body: JSON.stringify(body) } : {}) });
  const { value } = /** @type {{ value: any }} */ (await answer.json());
  if (!answer.ok) throw new Error(`${method} ${path}: ${value?.message ?? answer.status}`);
  return value;
}

/** @param {string} base */
async function listening(base) {
  const end = Date.now() + START_WITHIN;
  for (;;) {
    try {
      const { ready } = await send(base, 'GET', '/status');
      if (ready) return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await sleep(50);
  }
}

/** @returns {Promise<number>} */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
