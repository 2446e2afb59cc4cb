// Whole journeys through the pages, in Debian's Chromium, against the real portal: `cargo xtask test` and `ci` run them.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from '@playwright/test';

/** No browser is downloaded: the one that is installed is the one that people have. */
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
/** As root Chromium has no sandbox; the rest keeps it from looking for the network. */
const FLAGS = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--force-color-profile=srgb',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];

const report = process.env.DESKSIDE_E2E_REPORT;

export default defineConfig({
  testDir: 'e2e',
  outputDir: join(tmpdir(), 'deskside-e2e'),
  // One portal for all of them: they read what the harness wrote.
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  // The longest takes 40 s alone; a build machine may be three times as slow.
  timeout: 180_000,
  expect: { timeout: 15_000 },
  // The second one is for xtask, which names what failed once more where its own output ends.
  reporter: [['list'], ...(report ? [['json', { outputFile: report }] as const] : [])],
  snapshotPathTemplate: '{testDir}/snapshots/{testFileName}/{arg}{ext}',
  // A snapshot that is missing is a failure, not a new truth: `npm run e2e -- --update-snapshots=missing` writes it.
  updateSnapshots: 'none',
  use: {
    browserName: 'chromium',
    headless: true,
    viewport: { width: 1280, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    trace: 'retain-on-failure',
    launchOptions: { executablePath: CHROMIUM, args: FLAGS },
  },
});
