// How the timeline does with 100,000 messages, in Chromium: `npm run bench -- [--json FILE]` after `npm run build -- --mode demo`.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { openBrowser } from './browser.js';
import { serveDemo } from './server.js';

const ROWS = 100_000;
const SESSION = '/s/0192d3c4b5a677889900000000000001';
const OPENINGS = 5;
/** What the timeline must hold (issue: opens at its end, no long task, few rows). */
const LIMITS = { open_ms: 300, longest_task_ms: 50, rows_in_dom: 200, drift_px: 1, loading_drift_px: 1 };
/** Pages of older rows, 200 each. */
const PAGES = 10;
const TRACE = 'devtools.timeline,disabled-by-default-devtools.timeline,blink.user_timing,__metadata';

/** In the page: from the click on the session until its newest message is painted in the window, in milliseconds. */
const OPEN = `
  const [path, last] = args;
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  const link = document.querySelector('a[href="' + path + '"]');
  const from = performance.now();
  link.click();
  for (;;) {
    await frame();
    const row = document.querySelector('[data-index="' + (last - 1) + '"]');
    const box = row?.getBoundingClientRect();
    if (box && box.height > 0 && box.bottom <= innerHeight && box.top >= 0) break;
    if (performance.now() - from > 20000) throw new Error('the newest message does not come');
  }
  // The frame that was worked on is on the screen when the next one begins.
  await frame();
  return performance.now() - from;`;

/** In the page: until the timeline stands. */
const AT_END = `
  for (let tries = 0; !document.querySelector('[data-index]'); tries += 1) {
    if (tries > 500) throw new Error('the timeline does not come');
    await new Promise((done) => setTimeout(done, 20));
  }
  await new Promise((done) => setTimeout(done, 500));`;

/** In the page: back to the list of sessions. */
const BACK = `
  history.back();
  for (let tries = 0; !document.querySelector('a[href^="/s/"]'); tries += 1) {
    if (tries > 500) throw new Error('the sessions do not come');
    await new Promise((done) => setTimeout(done, 20));
  }`;

/** In the page: counts rows at every frame from now on. */
const WATCH = `
  window.rowsMax = 0;
  window.frames = [];
  let before = performance.now();
  const look = (now) => {
    window.rowsMax = Math.max(window.rowsMax, document.querySelectorAll('[data-index]').length);
    window.frames.push(now - before);
    before = now;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);`;

/** In the page: to places all over the list, as somebody does who drags the scroll bar. */
const JUMP = `
  const scroller = document.querySelector('.scroller');
  for (let step = 0; step < 40; step += 1) {
    scroller.scrollTop = scroller.scrollHeight * ((step * 17) % 40) / 40;
    await new Promise((done) => setTimeout(done, 60));
    const seen = document.elementsFromPoint(innerWidth / 3, innerHeight / 2).some((one) => one.closest('[data-index]'));
    window.blank = (window.blank ?? 0) + (seen ? 0 : 1);
  }`;

/** In the page: how far what is seen has moved while messages came (px). */
const HOLD = `
  const scroller = document.querySelector('.scroller');
  scroller.scrollTop = scroller.scrollHeight / 2;
  await new Promise((done) => setTimeout(done, 800));
  const middle = scroller.getBoundingClientRect().top + 200;
  const row = [...document.querySelectorAll('[data-index]')].find((one) => one.getBoundingClientRect().bottom > middle);
  const key = row.querySelector('[data-key]').dataset.key;
  const top = () => document.querySelector('[data-key="' + key + '"]').getBoundingClientRect().top;
  const from = top();
  let drift = 0;
  for (let step = 0; step < 30; step += 1) {
    await new Promise((done) => setTimeout(done, 100));
    drift = Math.max(drift, Math.abs(top() - from));
  }
  return { drift, below: document.querySelector('[data-testid="new-below"]')?.textContent ?? '' };`;

/** In the page: how far what is seen has moved while ten pages of older rows came above it (px). */
const LOAD = `
  const [pages] = args;
  const scroller = document.querySelector('.scroller');
  const rest = (millis) => new Promise((done) => setTimeout(done, millis));
  let drift = 0;
  for (let page = 0; page < pages; page += 1) {
    scroller.scrollTop = 1000;
    await rest(250);
    const middle = scroller.getBoundingClientRect().top + 200;
    const row = [...document.querySelectorAll('[data-index]')].find((one) => one.getBoundingClientRect().bottom > middle);
    const { key } = row.querySelector('[data-key]').dataset;
    const found = () => document.querySelector('[data-key="' + key + '"]').closest('[data-index]');
    const from = row.getBoundingClientRect().top;
    const { index } = row.dataset;
    for (let tries = 0; found().dataset.index === index; tries += 1) {
      if (tries > 250) throw new Error('older rows do not come');
      await rest(20);
    }
    for (let look = 0; look < 10; look += 1) {
      await rest(30);
      drift = Math.max(drift, Math.abs(found().getBoundingClientRect().top - from));
    }
  }
  return drift;`;

const { values } = parseArgs({ options: { json: { type: 'string' }, check: { type: 'boolean' } } });
const result = await measure();
const missed = Object.entries(LIMITS).filter(([name, limit]) => Number(Reflect.get(result, name)) > limit);
print(result);
if (values.json) await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
if (values.check && missed.length > 0) process.exitCode = 1;

async function measure() {
  const demo = await serveDemo();
  const browser = await openBrowser({ width: 1280, height: 900, trace: TRACE });
  try {
    await browser.open(`${demo.url}/?demo=huge,chatty,instant`);
    await browser.run(
      `for (let t = 0; !document.querySelector('a[href^="/s/"]') && t < 500; t += 1) await new Promise((done) => setTimeout(done, 20));`,
    );
    await browser.run(`performance.mark('opening')`);
    // The first opening loads the room's code as well.
    const cold = await browser.run(OPEN, SESSION, ROWS);
    const warm = [];
    for (let round = 0; round < OPENINGS; round += 1) {
      await browser.run(BACK);
      warm.push(await browser.run(OPEN, SESSION, ROWS));
    }
    await browser.run(`performance.mark('scrolling'); ${WATCH}`);
    const wheel = { x: 400, y: 400, speed: 6000, gestureSourceType: 'mouse' };
    await browser.devtools('Input.synthesizeScrollGesture', { ...wheel, yDistance: 20_000 });
    await browser.devtools('Input.synthesizeScrollGesture', { ...wheel, yDistance: -10_000 });
    await browser.run(JUMP);
    const held = await browser.run(HOLD);
    const { rows, frames, blank } = await browser.run(
      'return { rows: window.rowsMax, frames: window.frames, blank: window.blank };',
    );
    // One trace of it all: chromedriver gives each page's only once.
    const { opening, scrolling } = tasksOf(await browser.trace());
    await browser.open(`${demo.url}${SESSION}?demo=huge,long,instant`);
    await browser.run(AT_END);
    const loading = await browser.run(LOAD, PAGES);
    return {
      rows: ROWS,
      open_ms: round(median(warm)),
      open_cold_ms: round(cold),
      opening_longest_task_ms: round(Math.max(...opening.map(({ wall }) => wall))),
      longest_task_ms: round(Math.max(...scrolling.map(({ wall }) => wall))),
      longest_task_cpu_ms: round(Math.max(...scrolling.map(({ cpu }) => cpu))),
      tasks: scrolling.length,
      tasks_over_50_ms: scrolling.filter(({ wall }) => wall > 50).length,
      frame_p99_ms: round(
        frames.sort((/** @type {number} */ a, /** @type {number} */ b) => a - b)[
          Math.floor(frames.length * 0.99)
        ],
      ),
      rows_in_dom: rows,
      blank_after_jump: blank,
      drift_px: round(held.drift),
      loading_drift_px: round(loading),
      told_below: held.below.trim(),
    };
  } finally {
    await browser.close();
    demo.close();
  }
}

/**
 * Tasks of the page's main thread, in milliseconds, by the mark they came after.
 * @param {{ name: string, ph: string, pid: number, tid: number, ts: number, dur?: number, tdur?: number }[]} events
 */
function tasksOf(events) {
  const mark = (/** @type {string} */ name) => {
    const event = events.find((one) => one.name === name && one.ph !== 'M');
    if (!event) throw new Error(`the trace has no mark "${name}"`);
    return event;
  };
  const [from, to] = [mark('opening'), mark('scrolling')];
  const tasks = events.filter(
    ({ name, ph, pid, tid }) => name === 'RunTask' && ph === 'X' && pid === from.pid && tid === from.tid,
  );
  const taken = ({ dur = 0, tdur = 0 }) => ({ wall: dur / 1000, cpu: tdur / 1000 });
  return {
    opening: tasks.filter(({ ts }) => ts >= from.ts && ts < to.ts).map(taken),
    scrolling: tasks.filter(({ ts }) => ts >= to.ts).map(taken),
  };
}

/**
 * One line for each figure, with what it may be.
 * @param {Record<string, number | string>} figures
 */
function print(figures) {
  for (const [name, value] of Object.entries(figures)) {
    const limit = Reflect.get(LIMITS, name);
    const verdict =
      limit === undefined ? '' : `at most ${limit}: ${Number(value) > limit ? 'missed' : 'held'}`;
    console.log(`${name.padEnd(26)}${String(value).padStart(10)}  ${verdict}`.trimEnd());
  }
}

/** @param {number[]} list */
function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}
