import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

const src = (path: string) => fileURLToPath(new URL(`./src/${path}`, import.meta.url));

/** What pdf.js fetches when a document needs it: character maps, standard fonts, decoders. Its JavaScript engine is not among it. */
const PDF_ASSETS = ['cmaps', 'standard_fonts', 'wasm', 'iccs'];

function pdfAssets(): Plugin {
  return {
    name: 'pdf-assets',
    apply: 'build',
    generateBundle() {
      for (const folder of PDF_ASSETS) {
        const from = fileURLToPath(new URL(`./node_modules/pdfjs-dist/${folder}/`, import.meta.url));
        for (const name of readdirSync(from)) {
          if (name.startsWith('quickjs') || name.endsWith('_fallback.js')) continue;
          this.emitFile({
            type: 'asset',
            fileName: `pdf/${folder}/${name}`,
            source: readFileSync(from + name),
          });
        }
      }
    },
  };
}

/** Where a build goes that is not the app's. */
const folders: Partial<Record<string, string>> = { demo: 'dist-demo', bench: 'dist-bench' };

export default defineConfig(({ mode }) => ({
  plugins: [
    svelte(),
    ...(mode === 'test' ? [] : [pdfAssets()]),
    ...(mode === 'test' ? [svelteTesting()] : []),
  ],
  resolve: { alias: { $lib: src('lib'), $app: src('app') } },
  server: { host: '127.0.0.1', port: 5173, strictPort: true },
  preview: { host: '127.0.0.1', port: 4173, strictPort: true },
  build: {
    target: 'es2022',
    manifest: true,
    outDir: folders[mode] ?? 'dist',
    // The pages of `cargo xtask bench` alone.
    ...(mode === 'bench' ? { rolldownOptions: { input: ['bench/direct.html', 'bench/preview.html'] } } : {}),
    // The portal's Content-Security-Policy allows no data: fonts or scripts, and module preload is native everywhere we run.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts'],
    setupFiles: ['tests/setup.ts'],
    restoreMocks: true,
    // Its JSON goes through Vite, as in the build.
    server: { deps: { inline: ['emoji-picker-element-data'] } },
    // By default one core stays idle, of two: the tests wait for nothing but the processor.
    maxWorkers: '100%',
    // Busy build machines take their time.
    testTimeout: 20_000,
  },
}));
