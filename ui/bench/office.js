// LibreOffice as a peer: one process that stays (bench/peers/documents/office.py), and one for each document.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../bench/peers/documents/office.py', import.meta.url));
/** Debian's, which has python3-uno. */
const PYTHON = '/usr/bin/python3';
const COLD_WITHIN = 60_000;

export const hasOffice = () => spawnSync('soffice', ['--version'], { stdio: 'ignore' }).status === 0;

/** One that stays; `null` where there is none. */
export async function warmOffice() {
  const child = spawn(PYTHON, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== 'ready') return null;
  return {
    /** @param {string} path */
    async convert(path) {
      child.stdin.write(`${path}\n`);
      const [ms, verdict] = String((await lines.next()).value).split('\t');
      return { ms: Number(ms), code: verdict ?? 'failed' };
    },
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}

/**
 * A process for one document, as simple converters do.
 * @param {string} path
 */
export function coldOffice(path) {
  const folder = mkdtempSync(join(tmpdir(), 'deskside-bench-cold-'));
  try {
    const profile = `-env:UserInstallation=file://${join(tmpdir(), 'deskside-bench-cold-profile')}`;
    const convert = ['--headless', '--norestore', '--convert-to', 'pdf', '--outdir', folder, path];
    const began = performance.now();
    const done = spawnSync('soffice', [profile, ...convert], { stdio: 'ignore', timeout: COLD_WITHIN });
    return { ms: performance.now() - began, code: done.status === 0 ? 'ok' : 'failed' };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
