// The model's looks as CSS declarations. Every value is a number, a checked colour or a checked name: a document cannot say
// anything else in a style.
import type {
  Align,
  Border,
  Borders,
  Color,
  Dash,
  LineHeight,
  Paragraph,
  TableCell,
  TextStyle,
} from '$lib/proto/preview';

/** A colour as it may stand in CSS; '' for anything else. */
export const colorOf = (color: Color | undefined): string =>
  color !== undefined && /^#[0-9a-f]{6}([0-9a-f]{2})?$/.test(color) ? color : '';

/** Points; 0 for what is no number. */
export const pt = (points: number | undefined): string =>
  `${Number.isFinite(points) ? Math.round((points ?? 0) * 100) / 100 : 0}pt`;

const SERIF = /times|georgia|garamond|cambria|palatino|bookman|century|serif|roman|minion|song|ming/i;
const MONO = /courier|consol|mono|menlo|lucida console|typewriter|fixed/i;

/** The document's font where this computer has it, or one of its kind. */
export function fontOf(name: string | undefined): string {
  // What a name may be made of in CSS without meaning anything else.
  if (!name || !/^[\p{L}\p{N} ._+&@-]{1,80}$/u.test(name)) return '';
  const kind = /sans/i.test(name)
    ? 'sans-serif'
    : MONO.test(name)
      ? 'monospace'
      : SERIF.test(name)
        ? 'serif'
        : 'sans-serif';
  return `"${name}", ${LIKE.get(name.toLowerCase()) ?? ''}${kind}`;
}

/** Free fonts with the widths of those that offices use. */
const LIKE = new Map([
  ['calibri', 'Carlito, '],
  ['cambria', 'Caladea, '],
  ['arial', '"Liberation Sans", Arimo, '],
  ['helvetica', 'Arial, "Liberation Sans", '],
  ['times new roman', '"Liberation Serif", Tinos, '],
  ['courier new', '"Liberation Mono", Cousine, '],
]);

const declarations = (pairs: [string, string | false | undefined][]): string =>
  pairs.flatMap(([name, value]) => (value ? [`${name}:${value}`] : [])).join(';');

/** `scale`: sizes are multiplied with it. */
export function textCss(style: TextStyle | undefined, scale = 1): string {
  if (!style) return '';
  const lines = [style.underline && 'underline', style.strike && 'line-through'].filter(Boolean).join(' ');
  const size = style.size !== undefined && style.size > 0 ? style.size * scale : undefined;
  return declarations([
    ['font-weight', style.bold && '700'],
    ['font-style', style.italic && 'italic'],
    ['text-decoration-line', lines || (style.deleted ? 'line-through' : style.inserted && 'underline')],
    ['text-decoration-style', style.inserted && !lines && 'dotted'],
    ['vertical-align', style.script === 'super' ? 'super' : style.script === 'sub' && 'sub'],
    // Raised and lowered letters do not move lines apart.
    ['line-height', style.script && '0'],
    ['font-variant-caps', style.small_caps && 'small-caps'],
    ['font-family', fontOf(style.font)],
    [
      'font-size',
      size !== undefined ? (style.script ? pt(size * 0.65) : pt(size)) : style.script && '0.65em',
    ],
    ['color', style.deleted ? '#b42318' : colorOf(style.color)],
    ['background-color', colorOf(style.highlight)],
  ]);
}

const DASHES: Record<Dash, string> = { solid: 'solid', dashed: 'dashed', dotted: 'dotted' };

export function borderOf(border: Border | undefined): string {
  if (!border || !(border.width > 0)) return '';
  const line = border.double ? 'double' : DASHES[border.dash ?? 'solid'];
  // A double line needs three pixels to be two.
  const width = Math.max(border.double ? 2.25 : 0.5, border.width);
  return `${pt(width)} ${line} ${colorOf(border.color) || 'currentcolor'}`;
}

export function bordersCss(borders: Borders | undefined): string {
  if (!borders) return '';
  return declarations([
    ['border-inline-start', borderOf(borders.start)],
    ['border-block-start', borderOf(borders.top)],
    ['border-inline-end', borderOf(borders.end)],
    ['border-block-end', borderOf(borders.bottom)],
  ]);
}

const ALIGNS: Record<Align, string> = { start: 'start', center: 'center', end: 'end', justify: 'justify' };

export const alignOf = (align: Align | undefined): string => ALIGNS[align ?? 'start'];

function lineHeightOf(height: LineHeight | undefined): string {
  if (!height) return '';
  // 1.2 is what fonts usually ask for.
  if ('times' in height) return String(Math.round(Math.max(0.6, height.times) * 120) / 100);
  // "At least" lets a line grow: the font's own height decides then.
  return 'exactly' in height ? pt(Math.max(1, height.exactly)) : '';
}

/**
 * The size of letters that no line is lower than. Lines are as high as what stands in them: a paragraph's own size, larger than
 * all its runs, would move them apart. What says no size has the paragraph's.
 */
function strutOf({ style, label, inlines = [] }: Paragraph): number {
  const own = style?.size ?? 0;
  const styles = inlines.flatMap((inline) => (inline.type === 'text' ? [inline.style] : []));
  if (label) styles.push(label.style);
  const sizes = styles.map((found) => found?.size ?? own);
  return sizes.length > 0 ? Math.min(...sizes) : own;
}

/** Points between a paragraph's text and its borders: they stand outside of where the text would without them. */
const BORDER_SPACE = 4;

/** `scale` of sizes and distances, for text that is fitted into a shape. */
export function paragraphCss(paragraph: Paragraph, scale = 1): string {
  const { borders, style } = paragraph;
  const strut = strutOf(paragraph);
  const start = borders?.start ? BORDER_SPACE : 0;
  const end = borders?.end ? BORDER_SPACE : 0;
  const aside = (indent: number | undefined, space: number) =>
    (indent !== undefined || space > 0) && pt((indent ?? 0) - space);
  return declarations([
    ['text-align', paragraph.align && paragraph.align !== 'start' && alignOf(paragraph.align)],
    ['margin-inline-start', aside(paragraph.indent_start, start)],
    ['margin-inline-end', aside(paragraph.indent_end, end)],
    ['text-indent', paragraph.indent_first !== undefined && pt(paragraph.indent_first)],
    ['margin-block-start', paragraph.space_before !== undefined && pt(paragraph.space_before * scale)],
    ['margin-block-end', paragraph.space_after !== undefined && pt(paragraph.space_after * scale)],
    ['line-height', lineHeightOf(paragraph.line_height)],
    ['background-color', colorOf(paragraph.shade)],
    ['padding-block', borders && '1pt'],
    ['padding-inline', start + end > 0 && `${pt(start)} ${pt(end)}`],
    ['font-family', fontOf(style?.font)],
    ['font-size', strut > 0 && pt(strut * scale)],
  ]).concat(borders ? `;${bordersCss(borders)}` : '');
}

export function cellCss(cell: TableCell): string {
  const [start, top, end, bottom] = cell.padding ?? [];
  return declarations([
    ['background-color', colorOf(cell.shade)],
    ['vertical-align', cell.vertical === 'middle' ? 'middle' : cell.vertical === 'bottom' ? 'bottom' : 'top'],
    ['padding', cell.padding && `${pt(top)} ${pt(end)} ${pt(bottom)} ${pt(start)}`],
  ]).concat(`;${bordersCss(cell.borders)}`);
}
