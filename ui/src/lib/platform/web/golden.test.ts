// The wasm module plays the golden session of crates/web: the bytes that cross are the native ones (`serde_json` of the same
// states), so that the desktop's window and the browser's page read the same. `cargo xtask wasm` builds the module.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { initSync, WebSession } from '$lib/wasm/deskside_web.js';

interface Step {
  input: string;
  now: number;
  random: number[];
  outputs: string;
  next_wake: number | null;
}

const START = JSON.stringify({ type: 'start' });

describe('the wasm module', () => {
  beforeAll(() => {
    initSync({ module: readFileSync('src/lib/wasm/deskside_web_bg.wasm') });
  });

  it('hands on the native bytes, step by step', () => {
    const steps = JSON.parse(readFileSync('../crates/web/tests/golden/session.json', 'utf8')) as Step[];
    expect(steps.length).toBeGreaterThan(10);
    const session = new WebSession('[]');
    for (const { input, now, random, outputs, next_wake } of steps) {
      expect(session.handle(input, now, Uint8Array.from(random)), input).toBe(outputs);
      expect(session.next_wake() ?? null, input).toBe(next_wake);
    }
  });

  it('throws a sentence at what it cannot read, and goes on', () => {
    const session = new WebSession('[]');
    const random = new Uint8Array(16);
    expect(() => session.handle('{"type":"dance"}', 1, random)).toThrow(
      /^That step cannot be read .* Reload/,
    );
    expect(() => session.handle(START, NaN, random)).toThrow(/clock/);
    expect(() => session.handle(START, 1, new Uint8Array(3))).toThrow(/16 random bytes/);
    expect(() => new WebSession('nothing')).toThrow(/stored messages cannot be read/);
    expect(JSON.parse(session.handle(START, 1, random))).toContainEqual({ type: 'connect' });
  });
});
