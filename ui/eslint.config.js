import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const tauriOnly = {
  patterns: [
    {
      group: ['@tauri-apps/*'],
      message:
        'Only src/lib/platform/tauri knows Tauri: everything else goes through the Platform interface, so that one UI runs in both hosts.',
    },
  ],
};

export default ts.config(
  {
    ignores: [
      'dist/',
      'dist-demo/',
      'dist-bench/',
      'src/lib/proto/',
      '!src/lib/proto/index.ts',
      'src/lib/wasm/',
    ],
  },
  js.configs.recommended,
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      // TypeScript knows the names better.
      'no-undef': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'svelte/no-at-html-tags': 'error',
      'svelte/button-has-type': 'error',
      // Our own router takes plain links; this rule is about SvelteKit's `resolve`.
      'svelte/no-navigation-without-resolve': 'off',
      eqeqeq: 'error',
      'no-console': 'error',
      'no-eval': 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  { files: ['src/**', 'tests/**'], rules: { 'no-restricted-imports': ['error', tauriOnly] } },
  { files: ['src/lib/platform/tauri/**'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['scripts/**', 'bench/**', '*.config.*'],
    languageOptions: { globals: { ...globals.node } },
    rules: { 'no-console': 'off' },
  },
);
