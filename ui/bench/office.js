// LibreOffice as a peer (bench/peers/documents/office.py): a process that stays, and one for each document.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../bench/peers/documents/office.py', import.meta.url));
/** Debian's, which has python3-uno. */
const PYTHON = '/usr/bin/python3';

/** `null` where LibreOffice or python3-uno is not installed. */
export async function openOffice() {
  if (spawnSync('soffice', ['--version'], { stdio: 'ignore' }).status !== 0) return null;
  // A group of its own: however this program ends, its end of the pipe closes, and the script has the time to end LibreOffice.
  const child = spawn(PYTHON, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
  child.on('error', () => {});
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== 'ready') return null;
  return {
    /** @param {'warm' | 'cold'} how @param {string} path */
    async convert(how, path) {
      child.stdin.write(`${how} ${path}\n`);
      const { value } = await lines.next();
      if (value === undefined) throw new Error('bench/peers/documents/office.py ended');
      const [ms, verdict] = String(value).split('\t');
      return { ms: Number(ms), code: verdict ?? 'failed' };
    },
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
