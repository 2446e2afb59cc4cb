// The wasm module as direct transfer sees it.
import type * as WebModule from '$lib/wasm/deskside_web.js';
import type { Core } from './machine';

export function coreOf(module: Pick<typeof WebModule, 'WebLink' | 'WebMeeting' | 'WebNoise'>): Core {
  const { WebLink, WebMeeting, WebNoise } = module;
  return {
    link: (peer, incarnation, windowBytes) => new WebLink(peer, incarnation, windowBytes),
    meeting: (pair, ours, nonce) => new WebMeeting(JSON.stringify(pair), JSON.stringify(ours), nonce),
    noise: (pair, secret, peer, ephemeral) => new WebNoise(JSON.stringify(pair), secret, peer, ephemeral),
    noisePublic: (secret) => WebNoise.public(secret),
  };
}
