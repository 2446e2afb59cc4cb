// Blocks of a flowing document on sheets of paper: a new one where the document says so.
import type { Block, Inline, Note, Paragraph, Section } from '$lib/proto/preview';

export interface PageOf {
  section: Section;
  /** The first page of its section, which may have margins of its own. */
  first: boolean;
  blocks: Block[];
  notes: Note[];
}

const A4: Section = { page: { width: 595.3, height: 841.9, margins: [72, 72, 72, 72] }, columns: 0 };

/** What holds for the next page: the paper stays, the columns are those that came last. */
function changed(section: Section, blocks: readonly Block[]): Section {
  const last = blocks.findLast((block) => block.type === 'section');
  return last ? { ...section, columns: last.columns } : section;
}

/** Adds `blocks` to `pages`, and `notes` to the pages that name them; answers a new list for a new drawing. */
export function withBlocks(
  pages: readonly PageOf[],
  blocks: readonly Block[],
  notes: readonly Note[],
): PageOf[] {
  const all = pages.map((page, index) =>
    index === pages.length - 1 ? { ...page, blocks: [...page.blocks] } : page,
  );
  const start = (section: Section, first: boolean) => all.push({ section, first, blocks: [], notes: [] });
  const last = (): PageOf => {
    if (all.length === 0) start(A4, true);
    return all[all.length - 1] as PageOf;
  };
  const turn = () => {
    const { section, blocks: before } = last();
    if (before.some(({ type }) => type !== 'section')) start(changed(section, before), false);
  };
  for (const block of blocks) {
    switch (block.type) {
      case 'section':
        if (!block.continuous || all.length === 0) start(block, true);
        // It changes the columns from here.
        else last().blocks.push(block);
        break;
      case 'page_break':
        turn();
        break;
      case 'table':
        last().blocks.push(block);
        break;
      case 'paragraph':
        for (const [index, piece] of piecesOf(block).entries()) {
          if (index > 0) turn();
          if (piece) last().blocks.push(piece);
        }
        break;
    }
  }
  placeNotes(all, pages.length, notes);
  return all;
}

/** Blocks of a page that stand in the same number of columns; `from`: where they begin among its blocks. */
export interface Stretch {
  from: number;
  columns: number;
  blocks: Block[];
}

export function stretchesOf({ section, blocks }: PageOf): Stretch[] {
  const stretches: Stretch[] = [{ from: 0, columns: section.columns, blocks: [] }];
  for (const [index, block] of blocks.entries()) {
    const last = stretches[stretches.length - 1] as Stretch;
    if (block.type !== 'section') last.blocks.push(block);
    else if (block.columns !== last.columns || last.blocks.length > 0)
      stretches.push({ from: index + 1, columns: block.columns, blocks: [] });
  }
  return stretches.filter((stretch) => stretch.blocks.length > 0);
}

/** A paragraph, cut where its page ends; nothing stands for an empty piece. */
function piecesOf(block: Block & { type: 'paragraph' }): ((Block & { type: 'paragraph' }) | null)[] {
  const inlines = block.inlines ?? [];
  if (!inlines.some(({ type }) => type === 'page_break')) return [block];
  const groups: Inline[][] = [[]];
  for (const inline of inlines) {
    if (inline.type === 'page_break') groups.push([]);
    else groups[groups.length - 1]?.push(inline);
  }
  return groups.map((group, index) => {
    if (group.length === 0 && !(index === 0 && block.label)) return null;
    if (index === 0) return { ...block, inlines: group };
    // Its number is said once, and it begins nothing.
    const { label: _label, indent_first: _first, ...rest } = block;
    return { ...rest, inlines: group };
  });
}

function placeNotes(pages: PageOf[], from: number, notes: readonly Note[]): void {
  const unplaced = new Map(notes.map((note) => [note.id, note]));
  if (unplaced.size === 0) return;
  for (const [index, page] of pages.entries()) {
    if (index < from - 1) continue;
    const found = namedIn(page.blocks).flatMap((id) => {
      const note = unplaced.get(id);
      unplaced.delete(id);
      return note ? [note] : [];
    });
    if (found.length > 0) pages[index] = { ...page, notes: [...page.notes, ...found] };
  }
  const last = pages[pages.length - 1];
  if (last && unplaced.size > 0)
    pages[pages.length - 1] = { ...last, notes: [...last.notes, ...unplaced.values()] };
}

function namedIn(blocks: readonly Block[]): number[] {
  return blocks.flatMap((block) => {
    if (block.type === 'table')
      return block.rows.flatMap(({ cells }) => cells.flatMap((cell) => namedIn(cell.blocks)));
    if (block.type !== 'paragraph') return [];
    return (block.inlines ?? []).flatMap((inline) => (inline.type === 'note' ? [inline.id] : []));
  });
}

/** The text of a paragraph, for the outline. */
export const textOf = ({ inlines = [], label }: Paragraph): string =>
  [
    label ? `${label.text} ` : '',
    ...inlines.map((inline) =>
      inline.type === 'text' ? inline.text : inline.type === 'tab' || inline.type === 'line_break' ? ' ' : '',
    ),
  ]
    .join('')
    .trim();

export interface OutlineEntry {
  page: number;
  /** Index of the block on its page. */
  block: number;
  level: number;
  text: string;
}

/** The headings, as a way through the document. */
export function outlineOf(pages: readonly PageOf[]): OutlineEntry[] {
  return pages.flatMap(({ blocks }, page) =>
    blocks.flatMap((block, index) => {
      if (block.type !== 'paragraph' || !block.heading) return [];
      const text = textOf(block);
      return text === '' ? [] : [{ page, block: index, level: levelOf(block.heading), text }];
    }),
  );
}

/** 1 to 6, as HTML has them. */
export function levelOf(heading: NonNullable<Paragraph['heading']>): number {
  if (heading === 'title') return 1;
  if (heading === 'subtitle') return 2;
  return Math.min(6, Math.max(1, heading.level));
}
