// Tabs lead to their stops: how wide they are is known only when the text around them is drawn.
import type { Attachment } from 'svelte/attachments';
import type { Paragraph, TabStop } from '$lib/proto/preview';

/** Points between the stops that every paragraph has. */
const USUAL = 36;
/** Points in a pixel. */
const POINT = 0.75;

/** What stands before and after a tab; points, from the start margin. */
export interface Around {
  from: number;
  /** How wide what follows it is, up to the next tab, and up to its decimal separator. */
  after: number;
  whole: number;
  /** Where lines end. */
  end: number;
  /** Where lines begin, as a stop of the first line that hangs. */
  hang: number | null;
}

/** The stop that a tab leads to, and how wide it is then. */
export function widthOf(stops: readonly TabStop[], around: Around): { width: number; stop: TabStop } {
  const { from, end, hang } = around;
  const next = stops.find(({ at }) => at > from + 0.5);
  const usual = { at: (Math.floor((from + 0.5) / USUAL) + 1) * USUAL };
  let stop: TabStop = next ?? usual;
  if (hang !== null && hang > from + 0.5 && hang < stop.at) stop = { at: hang };
  const before =
    stop.align === 'end'
      ? around.after
      : stop.align === 'decimal'
        ? around.whole
        : stop.align === 'center'
          ? around.after / 2
          : 0;
  // Half a point for what rounding adds: a line that is too long would break.
  const most = end - from - (before > 0 ? around.after : 0) - 0.5;
  const width = Math.min(stop.at - from - before, stop.align && stop.align !== 'start' ? most : Infinity);
  return { width: Math.max(0, width), stop };
}

/** Gives the tabs of a paragraph their widths, as soon as it is drawn and whenever its lines get another length. */
export function tabsOf({
  tabs = [],
  indent_start = 0,
  indent_first = 0,
  rtl,
}: Paragraph): Attachment<HTMLElement> {
  const hang = indent_first < 0 ? indent_start : null;
  return (paragraph) => {
    if (typeof ResizeObserver === 'undefined') return;
    let known = -1;
    const observer = new ResizeObserver(() => {
      if (paragraph.clientWidth === known) return;
      known = paragraph.clientWidth;
      for (const line of linesOf(paragraph))
        fit(paragraph, line, { tabs, indent_start, hang, rtl: rtl === true });
    });
    observer.observe(paragraph);
    return () => observer.disconnect();
  };
}

/** The tabs between line breaks. */
function linesOf(paragraph: HTMLElement): HTMLElement[][] {
  const lines: HTMLElement[][] = [[]];
  for (const element of paragraph.querySelectorAll<HTMLElement>(':scope > .tab, :scope > br')) {
    if (element.tagName === 'BR') lines.push([]);
    else {
      element.style.inlineSize = '0';
      lines[lines.length - 1]?.push(element);
    }
  }
  return lines;
}

interface Line {
  tabs: readonly TabStop[];
  indent_start: number;
  hang: number | null;
  rtl: boolean;
}

function fit(paragraph: HTMLElement, elements: HTMLElement[], { tabs, indent_start, hang, rtl }: Line): void {
  const [first] = elements;
  if (!first) return;
  const box = paragraph.getBoundingClientRect();
  // Zoom is in what is measured, and not in what is said.
  const points = (pixels: number) => (pixels * POINT * paragraph.offsetWidth) / Math.max(1, box.width);
  const start = first.getBoundingClientRect();
  const end = indent_start + points(box.width);
  // Everything is measured before anything moves.
  const texts = elements.map((element) => {
    const range = after(element);
    const { width } = range.getBoundingClientRect();
    return { after: points(width), share: shareOf(range.toString()) };
  });
  let from = indent_start + points(rtl ? box.right - start.right : start.left - box.left);
  for (const [index, element] of elements.entries()) {
    const text = texts[index] ?? { after: 0, share: 1 };
    while (from > end && end > indent_start) from -= end - indent_start;
    const whole = text.after * text.share;
    const { width, stop } = widthOf(tabs, { from, after: text.after, whole, end, hang });
    element.style.inlineSize = `${width}pt`;
    element.dataset.leader = stop.leader ?? '';
    from += width + text.after;
  }
}

/** What follows a tab, up to the next one, a line break or the end. */
function after(tab: HTMLElement): Range {
  const range = document.createRange();
  range.setStartAfter(tab);
  let next: Element | null = tab.nextElementSibling;
  while (next && next.tagName !== 'BR' && !next.classList.contains('tab')) next = next.nextElementSibling;
  if (next) range.setEndBefore(next);
  else if (tab.parentNode?.lastChild) range.setEndAfter(tab.parentNode.lastChild);
  return range;
}

/** How much of a text stands before its last decimal separator. */
function shareOf(text: string): number {
  const at = text.search(/[.,]\d*\D*$/);
  return at > 0 ? at / text.length : 1;
}
