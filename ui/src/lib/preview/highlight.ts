// Marks what was searched for, wherever it is drawn, without touching what is drawn (CSS Custom Highlight API).

const NAME = 'preview-find';
const CURRENT = 'preview-find-current';
/** Marks at most: more would only slow the page down. */
const MARKS_MAX = 2000;

/** The places of `text` in what `root` shows, regardless of case; a place never crosses two `[data-block]`s. */
export function rangesOf(root: HTMLElement, text: string, most = MARKS_MAX): Range[] {
  const wanted = text.toLowerCase();
  if (wanted === '') return [];
  const found: Range[] = [];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  let block: Element | null = null;
  let nodes: Text[] = [];
  const search = () => {
    found.push(...inNodes(nodes, wanted, most - found.length));
    nodes = [];
  };
  for (let node = walker.nextNode(); node && found.length < most; node = walker.nextNode()) {
    const inside =
      node.parentElement?.closest('[data-block], p, h1, h2, h3, h4, h5, h6, td, th, [role="gridcell"]') ??
      null;
    if (inside !== block) search();
    block = inside;
    nodes.push(node as Text);
  }
  search();
  return found;
}

function inNodes(nodes: readonly Text[], wanted: string, most: number): Range[] {
  const starts: number[] = [];
  let all = '';
  for (const node of nodes) {
    starts.push(all.length);
    all += node.data;
  }
  const lower = all.toLowerCase();
  // Lower case may be of another length; then only where it is the same.
  if (lower.length !== all.length) return [];
  const found: Range[] = [];
  for (
    let at = lower.indexOf(wanted);
    at >= 0 && found.length < most;
    at = lower.indexOf(wanted, at + wanted.length)
  ) {
    const range = document.createRange();
    range.setStart(...place(nodes, starts, at, false));
    range.setEnd(...place(nodes, starts, at + wanted.length, true));
    found.push(range);
  }
  return found;
}

function place(nodes: readonly Text[], starts: readonly number[], at: number, end: boolean): [Text, number] {
  let index = starts.findLastIndex((start) => (end ? start < at : start <= at));
  if (index < 0) index = 0;
  return [nodes[index] as Text, at - (starts[index] ?? 0)];
}

/** Draws the marks; nothing where the browser cannot. */
export function mark(ranges: readonly Range[], current?: Range): void {
  if (typeof CSS === 'undefined' || !('highlights' in CSS)) return;
  CSS.highlights.set(NAME, new Highlight(...ranges));
  if (current) CSS.highlights.set(CURRENT, new Highlight(current));
  else CSS.highlights.delete(CURRENT);
}

export function unmark(): void {
  if (typeof CSS === 'undefined' || !('highlights' in CSS)) return;
  CSS.highlights.delete(NAME);
  CSS.highlights.delete(CURRENT);
}
