// The portal's program as a process of its own, over a folder that goes with it.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Milliseconds for a first start, which makes the database, on a busy machine. */
const START_WITHIN = 60_000;
const BUILT = fileURLToPath(new URL('../../../target/ci/deskside-portal', import.meta.url));

/** What `serve --print-json` says once it listens. */
interface Started {
  public_url: string;
  set_up_link: string;
}

export class Portal {
  readonly url: string;
  readonly setUpToken: string;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(process: ChildProcess, folder: string, { public_url, set_up_link }: Started) {
    this.#process = process;
    this.#folder = folder;
    this.url = public_url;
    this.setUpToken = new URL(set_up_link).hash.slice(1);
  }

  static async start(): Promise<Portal> {
    const program = process.env.DESKSIDE_PORTAL_BIN ?? BUILT;
    if (!existsSync(program)) {
      throw new Error(`${program} is not there: build it, or say by DESKSIDE_PORTAL_BIN where it is`);
    }
    const folder = await mkdtemp(join(tmpdir(), 'deskside-portal-'));
    const child = spawn(program, ['serve', '--data-dir', folder, '--listen', '127.0.0.1:0', '--print-json'], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, RUST_LOG: 'warn' },
    });
    return new Portal(child, folder, await firstLine(child));
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#process.kill('SIGTERM');
    const late = setTimeout(() => this.#process.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(late);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function firstLine(child: ChildProcess): Promise<Started> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the portal did not start')), START_WITHIN);
    child.once('exit', (code) => reject(new Error(`the portal ended with ${code}`)));
    child.once('error', reject);
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).once('line', (line) => {
      clearTimeout(late);
      resolve(JSON.parse(line) as Started);
    });
  });
}
