// Text on every surface it stands on has a contrast of at least 4.5, what marks a control at least 3 (WCAG 2.2, 1.4.3 and 1.4.11).
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const css = readFileSync(join(__dirname, '../src/lib/styles/tokens.css'), 'utf8');
const block = (selector: string) =>
  css
    .split('}')
    .filter((part) => part.includes(selector))
    .join('\n');
const read = (text: string) =>
  Object.fromEntries([...text.matchAll(/--([\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value]));

const scale = read(css.slice(0, css.indexOf('--font')));
const themes = {
  light: read(block("[data-theme='light']")),
  dark: read(block("[data-theme='dark']")),
};

function luminance(hex: string): number {
  const channel = (at: number) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(theme: Record<string, string>, a: string, b: string): number {
  const [left, right] = [a, b].map((name) => {
    const value = theme[name] ?? '';
    const hex = /^var\(--(.+)\)$/.test(value) ? scale[value.slice(6, -1)] : value;
    expect(hex, name).toMatch(/^#[0-9a-f]{6}$/);
    return luminance(hex ?? '');
  }) as [number, number];
  return (Math.max(left, right) + 0.05) / (Math.min(left, right) + 0.05);
}

const surfaces = ['surface-0', 'surface-1', 'surface-2', 'surface-3'];
const text: [string, string[]][] = [
  ['text-1', [...surfaces, 'accent-soft', 'danger-soft', 'warn-soft', 'good-soft']],
  ['text-2', [...surfaces, 'accent-soft', 'warn-soft']],
  ['accent-text', ['surface-0', 'surface-1', 'accent-soft']],
  ['danger', ['surface-0', 'surface-1', 'danger-soft']],
  ['warn', ['surface-0', 'surface-1', 'warn-soft']],
  ['good', ['surface-0', 'surface-1', 'good-soft']],
  ['on-accent', ['accent', 'accent-hover']],
  ['on-danger', ['danger', 'danger-hover']],
];
const marks: [string, string[]][] = [
  ['line-control', ['surface-0', 'surface-1']],
  ['focus', [...surfaces, 'accent-soft']],
  ['accent', ['surface-0', 'surface-1']],
  ['chart-2', ['surface-0', 'surface-1']],
];

describe.each(Object.entries(themes))('%s', (_name, theme) => {
  it.each(text)('%s can be read', (name, on) => {
    for (const surface of on)
      expect(contrast(theme, name, surface), `on ${surface}`).toBeGreaterThanOrEqual(4.5);
  });
  it.each(marks)('%s can be seen', (name, on) => {
    for (const surface of on)
      expect(contrast(theme, name, surface), `on ${surface}`).toBeGreaterThanOrEqual(3);
  });
});
