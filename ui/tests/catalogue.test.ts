// The catalogue is complete and nothing in it is left over; no component has words of its own.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'svelte/compiler';
import { describe, expect, it } from 'vitest';
import en from '../messages/en.json';
import { codeText } from '$lib/util/errors';
import { t, type MessageKey } from '$lib/i18n';

const SRC = join(__dirname, '../src');
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.(svelte|ts)$/.test(file) && !/\.test\.ts$|proto|platform.demo/.test(file))
  .map((file) => ({ file, source: readFileSync(join(SRC, file), 'utf8') }));
const keys = Object.keys(en);
const all = files.map(({ source }) => source).join('\n');

describe('the message catalogue', () => {
  it('has every key that is asked for', () => {
    const asked = [...all.matchAll(/\bt\(\s*'([^']+)'/g)].map(([, key]) => key ?? '');
    expect(asked.length).toBeGreaterThan(100);
    expect(asked.filter((key) => !keys.includes(key))).toEqual([]);
  });

  it('has no key that nothing asks for', () => {
    const prefixes = [...all.matchAll(/`([a-zA-Z]+\.(?:[a-zA-Z]+\.)?)\$\{/g)].map(
      ([, prefix]) => prefix ?? '',
    );
    const unused = keys.filter(
      (key) =>
        !all.includes(`'${key}'`) && !prefixes.some((prefix) => prefix !== '' && key.startsWith(prefix)),
    );
    expect(unused).toEqual([]);
  });

  it('has a sentence for every code of the wire', () => {
    const source = readFileSync(join(SRC, 'lib/proto/ErrorCode.ts'), 'utf8');
    const codes = [...source.matchAll(/"([a-z_]+)"/g)].map(([, code]) => code ?? '');
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter((code) => !keys.includes(`error.${code}`))).toEqual([]);
    expect(keys.filter((key) => key.startsWith('error.') && !codes.includes(key.slice(6)))).toEqual([]);
  });

  it('shows what the portal says for a code of a later version', () => {
    expect(codeText('of_tomorrow', 'The moon is full.')).toBe('The moon is full.');
    expect(codeText('not_found')).toBe(en['error.not_found']);
  });

  it('is written in messages that can be formatted', () => {
    const vars = new Proxy(
      {},
      {
        get: () => 3,
        has: () => true,
        getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: 3 }),
      },
    );
    for (const key of keys) expect(t(key as MessageKey, vars as Record<string, number>), key).not.toBe('');
  });

  it('counts', () => {
    expect(t('offline.unsent', { count: 1 })).toBe("You're offline. 1 message will go out when you're back.");
    expect(t('offline.unsent', { count: 3 })).toBe(
      "You're offline. 3 messages will go out when you're back.",
    );
    expect(t('room.typing', { name: 'Mia', others: 0 })).toBe('Mia is typing…');
  });
});

/** Attributes that a person reads or hears. */
const SPOKEN = ['aria-label', 'title', 'alt', 'placeholder', 'label', 'text', 'hint'];

interface Node {
  type: string;
  data?: string;
  name?: string;
  value?: unknown;
  [key: string]: unknown;
}

function wordsIn(source: string): string[] {
  const found: string[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk);
    if (typeof value !== 'object' || value === null || !('type' in value)) return;
    const node = value as Node;
    if (node.type === 'Text' && /\p{L}/u.test(node.data ?? '')) found.push((node.data ?? '').trim());
    if (node.type === 'Attribute') {
      if (SPOKEN.includes(node.name ?? '')) walk(node.value);
      return;
    }
    if (node.type === 'StyleDirective') return;
    for (const [key, child] of Object.entries(node)) if (key !== 'metadata') walk(child);
  };
  walk(parse(source, { modern: true }).fragment);
  return found;
}

describe('components', () => {
  it('find words where they are', () => {
    expect(wordsIn('<p>Hello</p>')).toEqual(['Hello']);
    expect(wordsIn('<input placeholder="Name" class="wide" />')).toEqual(['Name']);
    expect(wordsIn("<p title={t('a')}>{t('b')} · </p>")).toEqual([]);
  });

  it('have no words of their own', () => {
    const components = files.filter(({ file }) => file.endsWith('.svelte'));
    expect(components.length).toBeGreaterThan(30);
    const words = components.flatMap(({ file, source }) => wordsIn(source).map((text) => `${file}: ${text}`));
    // A pattern of the code, not a word; and keyboards print this letter.
    expect(words.filter((word) => !word.endsWith(': XXX-XXX-XXX') && !word.endsWith(': K'))).toEqual([]);
  });

  it('put no markup from data into the page', () => {
    for (const { file, source } of files)
      expect(source, file).not.toMatch(/\{@html|innerHTML|insertAdjacentHTML/);
  });
});
