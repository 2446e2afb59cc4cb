// The wasm module plays the golden meeting and handshake of crates/web: browser and desktop speak the same, byte for byte.
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { initSync, WebLink, WebMeeting, WebNoise } from '$lib/wasm/deskside_web.js';
import { coreOf } from './core';
import { hex, type MeetingMachine, type NoiseMachine, type Pair, type Shown } from './machine';

interface Step {
  side: number;
  call: string;
  input: string[] | string;
  bytes: string;
  output: unknown;
}

const bytesOf = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const golden = JSON.parse(readFileSync('../crates/web/tests/golden/direct.json', 'utf8')) as Record<
  'meeting' | 'noise',
  Step[]
>;

describe('the wasm module', () => {
  beforeAll(() => void initSync({ module: readFileSync('src/lib/wasm/deskside_web_bg.wasm') }));
  const core = () => coreOf({ WebLink, WebMeeting, WebNoise });

  it('meets as the desktop does', () => {
    const sides: MeetingMachine[] = [];
    for (const { side, call, input, bytes, output } of golden.meeting) {
      if (call === 'meeting') {
        const [pair = '', shown = ''] = input as string[];
        const meeting = core().meeting(JSON.parse(pair) as Pair, JSON.parse(shown) as Shown, bytesOf(bytes));
        sides[side] = meeting;
        expect(meeting.initiates()).toBe(output);
      } else {
        expect(JSON.parse(sides[side]?.receive(input as string, bytesOf(bytes)) ?? '')).toEqual(
          JSON.parse(output as string),
        );
      }
    }
    expect(golden.meeting.length).toBeGreaterThan(5);
  });

  it('encrypts as the desktop does', () => {
    const sides: NoiseMachine[] = [];
    for (const { side, call, input, bytes, output } of golden.noise) {
      if (call === 'noise') {
        const [pair = '', secret = '', peer = ''] = input as string[];
        const noise = core().noise(JSON.parse(pair) as Pair, bytesOf(secret), peer, bytesOf(bytes));
        sides[side] = noise;
        expect(hex(noise.hello())).toBe(output);
      } else {
        const noise = sides[side] as NoiseMachine;
        const act = call as 'hear' | 'seal' | 'open';
        expect(hex(noise[act](bytesOf(bytes))), call).toBe(output);
      }
    }
  });

  it('throws a sentence at what it cannot read', () => {
    const link = core().link('02'.repeat(16), 1, 4 * 1024 * 1024);
    expect(() => link.handle('{"type":"dance"}', 1)).toThrow(/^That step cannot be read/);
    expect(link.poll()).toBeUndefined();
    expect(link.views()).toBe('[]');
    link.free();
  });
});
