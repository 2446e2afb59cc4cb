// Where a shape stands that belongs to a paragraph without standing in its lines.
import type { Align, Anchor, Frame, Page, Stand } from '$lib/proto/preview';
import { pt } from '../css';

/** Points between a shape and the text beside it, as Word has it. */
const BESIDE = 9;
/** Share of a line that is worth writing beside a shape. */
const LINE = 0.85;
/** Points that a shape moves down from where its paragraph begins, at most: further down stands other text here. */
const DOWN = 120;

export interface Place {
  /** At a side, with text beside it; alone; at a place of its own, over or under the text. */
  kind: 'beside' | 'alone' | 'placed';
  style: string;
}

/** `high`: its paragraph stands where the page begins, so that the page's own places are near. */
export function placeOf({ wrap, across, down }: Anchor, frame: Frame, page: Page, high: boolean): Place {
  const [left, , right] = page.margins;
  const text = Math.max(1, page.width - left - right);
  // From the start of the text.
  const x = along(across, frame.width, { page: page.width, before: left, margin: text });
  if (wrap === 'under' || wrap === 'over') {
    const over = wrap === 'over' ? ';z-index:-1' : ';z-index:1';
    return {
      kind: 'placed',
      style: `${leftOf(across, frame, page, x)};${topOf(down, frame, page, high)}${over}`,
    };
  }
  if (wrap === 'apart' || frame.width > text * LINE) {
    const margins = across.align
      ? AUTO[across.align]
      : `0 auto 0 ${pt(between(-left, x, text - frame.width))}`;
    return { kind: 'alone', style: `margin:${margins}` };
  }
  const lower = down.from === 'text' && !down.align ? between(0, down.offset, DOWN) : 0;
  if (x + frame.width / 2 > text / 2) {
    const end = between(-right, text - x - frame.width, text);
    return { kind: 'beside', style: `float:right;margin:${pt(lower)} ${pt(end)} 0 ${pt(BESIDE)}` };
  }
  return {
    kind: 'beside',
    style: `float:left;margin:${pt(lower)} ${pt(BESIDE)} 0 ${pt(between(-left, x, text))}`,
  };
}

const AUTO: Record<Align, string> = {
  start: '0 auto 0 0',
  justify: '0 auto 0 0',
  center: '0 auto',
  end: '0 0 0 auto',
};

const between = (least: number, value: number, most: number): number =>
  Math.max(least, Math.min(value, most));

interface Paper {
  page: number;
  before: number;
  margin: number;
}

/** Points from where the text begins. */
function along({ from, align, offset }: Stand, size: number, { page, before, margin }: Paper): number {
  const whole = from === 'page' ? page : margin;
  const start = from === 'page' ? -before : 0;
  return start + (align ? SHARE[align] * (whole - size) : offset);
}

const SHARE: Record<Align, number> = { start: 0, justify: 0, center: 0.5, end: 1 };

/** Columns and cells begin where they do: what is measured from them stays where it is, and is moved from there. */
function leftOf({ from, align }: Stand, { width }: Frame, page: Page, x: number): string {
  if (from === 'text' && !align) return `margin-left:${pt(x)}`;
  const least = Math.min(0, page.width - width);
  return `left:${pt(between(least, page.margins[0] + x, Math.max(0, page.width - width)))}`;
}

function topOf(down: Stand, { height }: Frame, page: Page, high: boolean): string {
  const [, top, , bottom] = page.margins;
  if (down.from === 'text') return `margin-top:${pt(down.align ? 0 : down.offset)}`;
  if (!high) return 'margin-top:0';
  const paper = { page: page.height, before: top, margin: page.height - top - bottom };
  return `top:${pt(Math.max(0, top + along(down, height, paper)))}`;
}
