// All emoji with their names, groups and search words: in the build, loaded when a picker opens for the first time.

export interface Emoji {
  emoji: string;
  /** Its CLDR name, for readers and tips. */
  name: string;
  group: number;
  words: string;
  /** With the five skin tones, lightest first. */
  skins: string[];
}

export const GROUPS = [
  'smileys',
  'people',
  'nature',
  'food',
  'travel',
  'activities',
  'objects',
  'symbols',
  'flags',
] as const;
export type Group = (typeof GROUPS)[number];
/** The groups' numbers in the data (CLDR's order); 2 has pieces of emoji that mean nothing alone. */
const GROUP_NUMBERS = [0, 1, 3, 4, 5, 6, 7, 8, 9];

interface Source {
  annotation: string;
  emoji: string;
  group: number;
  version: number;
  tags?: string[];
  shortcodes?: string[];
  skins?: { emoji: string }[];
}

let loading: Promise<Emoji[]> | undefined;

export function loadEmoji(): Promise<Emoji[]> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<Emoji[]> {
  const { default: sources } = await import('emoji-picker-element-data/en/emojibase/data.json');
  const newest = newestShown();
  return (sources as Source[]).flatMap((source) => {
    const group = GROUP_NUMBERS.indexOf(source.group);
    if (group < 0 || source.version > newest) return [];
    const words = [source.annotation, ...(source.tags ?? []), ...(source.shortcodes ?? [])];
    return {
      emoji: source.emoji,
      name: source.annotation,
      group,
      words: words.join(' ').toLowerCase(),
      skins: source.skins?.map(({ emoji }) => emoji) ?? [],
    };
  });
}

/** Those with every word of `query`, whose name begins with it first. */
export function findEmoji(all: readonly Emoji[], query: string, max: number): Emoji[] {
  const words = query
    .toLowerCase()
    .split(/[\s:_]+/)
    .filter((word) => word !== '');
  if (words.length === 0) return [];
  const found = all.filter(
    (emoji) => words.every((word) => emoji.words.includes(word)) || emoji.emoji === query,
  );
  const rank = ({ name, words: all }: Emoji) => {
    const [first = ''] = words;
    if (name.startsWith(first)) return 0;
    return ` ${all}`.includes(` ${first}`) ? 1 : 2;
  };
  return found.sort((a, b) => rank(a) - rank(b)).slice(0, max);
}

/** `tone`: 0 = as it is, 1 to 5 = lightest to darkest. */
export function withTone({ emoji, skins }: Emoji, tone: number): string {
  return skins.length === 5 ? (skins[tone - 1] ?? emoji) : emoji;
}

/** One that came with each version of Unicode's emoji; a font that lacks it shows a box or two pictures side by side. */
const SAMPLES: [version: number, emoji: string][] = [
  [17, '\u{1FAEA}'],
  [16, '\u{1FAE9}'],
  [15.1, '\u{1F426}\u200d\u{1F525}'],
  [15, '\u{1FAE8}'],
  [14, '\u{1FAE0}'],
  [13, '\u{1F972}'],
];

/** The newest version of Unicode's emoji that this system can show. */
function newestShown(): number {
  const context = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  if (!context) return Infinity;
  context.canvas.width = context.canvas.height = 24;
  context.font = '16px sans-serif';
  const one = context.measureText('\u{1F600}').width;
  const shows = (emoji: string) => context.measureText(emoji).width < one * 1.5 && isColoured(context, emoji);
  return SAMPLES.find(([, emoji]) => shows(emoji))?.[0] ?? 12.1;
}

/** A picture has its own colours; a box takes the ink's. */
function isColoured(context: CanvasRenderingContext2D, emoji: string): boolean {
  context.clearRect(0, 0, 24, 24);
  context.fillStyle = '#000';
  context.fillText(emoji, 0, 18);
  const { data } = context.getImageData(0, 0, 24, 24);
  return data.some((value, index) => index % 4 < 3 && value > 32 && (data[index - (index % 4) + 3] ?? 0) > 0);
}
