import type { Glyph } from '../glyphs';
import type { Act } from './words';

/** How each thing that can be done with a transfer looks; `strong`: nothing goes on before it is done. */
export const BUTTONS: Record<Act, { testid: string; glyph: Glyph; strong: boolean }> = {
  pause: { testid: 'direct-pause', glyph: 'pause', strong: false },
  resume: { testid: 'direct-resume', glyph: 'play', strong: false },
  retry: { testid: 'direct-resume', glyph: 'again', strong: false },
  place: { testid: 'direct-save', glyph: 'save', strong: true },
  source: { testid: 'direct-source', glyph: 'file', strong: true },
  cancel: { testid: 'direct-cancel', glyph: 'cross', strong: false },
};
