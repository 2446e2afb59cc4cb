// What the list of Files shows, as its address tells it: back, forward and reload bring the same list.
import type { FilesHas, FilesSort } from '$lib/proto';

export const HAS = ['files', 'snapshots', 'recordings', 'report', 'hold'] as const satisfies FilesHas[];
export const SORTS = ['newest', 'oldest', 'longest', 'largest'] as const satisfies FilesSort[];
export const RANGES = ['any', 'today', 'week', 'month', 'year', 'custom'] as const;
export const SIZES = ['any', '1', '10', '100', '1000'] as const;

export type Range = (typeof RANGES)[number];
/** Stored bytes at least, in MB. */
export type Size = (typeof SIZES)[number];

export interface FilesQuery {
  q: string;
  range: Range;
  /** First and last day of `custom`, as `<input type="date">` has them; '' = open. */
  from: string;
  to: string;
  /** Id of a person; '' = anyone. */
  technician: string;
  /** Part of a name. */
  customer: string;
  has: readonly FilesHas[];
  size: Size;
  sort: FilesSort;
}

export const EVERYTHING: FilesQuery = {
  q: '',
  range: 'any',
  from: '',
  to: '',
  technician: '',
  customer: '',
  has: [],
  size: 'any',
  sort: 'newest',
};

const oneOf = <T extends string>(list: readonly T[], value: string | null, fallback: T): T =>
  list.find((one) => one === value) ?? fallback;

/** A day that exists, as an input has it; '' for anything else. */
function dayOf(text: string | null): string {
  const day = text ?? '';
  return /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day)) ? day : '';
}

const idOf = (text: string | null): string => (/^[0-9a-f]{32}$/.test(text ?? '') ? (text ?? '') : '');

/** Reads the address's query; what it cannot mean is left out. */
export function parseQuery(search: string): FilesQuery {
  const params = new URLSearchParams(search);
  const text = (name: string) => (params.get(name) ?? '').slice(0, 200);
  const has = (params.get('has') ?? '').split(',');
  const [from, to] = [dayOf(params.get('from')), dayOf(params.get('to'))];
  return {
    q: text('q'),
    range: from || to ? 'custom' : oneOf(RANGES, params.get('when'), 'any'),
    from,
    to,
    technician: idOf(params.get('technician')),
    customer: text('customer'),
    has: HAS.filter((one) => has.includes(one)),
    size: oneOf(SIZES, params.get('size'), 'any'),
    sort: oneOf(SORTS, params.get('sort'), 'newest'),
  };
}

/** The address's query: `?q=printer&when=week`, or '' where everything is shown. */
export function queryText(query: FilesQuery): string {
  const params = new URLSearchParams();
  const set = (name: string, value: string, usual = '') => {
    if (value !== usual) params.set(name, value);
  };
  set('q', query.q.trim());
  if (query.range === 'custom' && (query.from || query.to)) {
    set('from', query.from);
    set('to', query.to);
  } else set('when', query.range, 'any');
  set('technician', query.technician);
  set('customer', query.customer.trim());
  set('has', query.has.join(','));
  set('size', query.size, 'any');
  set('sort', query.sort, 'newest');
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

/** Whether it leaves sessions out by anything but words. */
export const isFiltered = (query: FilesQuery): boolean =>
  queryText({ ...query, q: '', sort: 'newest' }) !== '';

/** What the portal is asked: moments in milliseconds from the person's own days; `to` is the first that is left out. */
export function callQuery(query: FilesQuery, now: number): Record<string, string | number | undefined> {
  const { from, to } = momentsOf(query, now);
  const or = (text: string) => text.trim() || undefined;
  return {
    q: or(query.q),
    from,
    to,
    technician: query.technician || undefined,
    customer: or(query.customer),
    has: or(query.has.join(',')),
    min_bytes: query.size === 'any' ? undefined : Number(query.size) * 1024 * 1024,
    sort: query.sort === 'newest' ? undefined : query.sort,
  };
}

const DAYS_BACK: Partial<Record<Range, number>> = { today: 0, week: 6, month: 29 };

function momentsOf({ range, from, to }: FilesQuery, now: number): { from?: number; to?: number } {
  const day = new Date(now);
  day.setHours(0, 0, 0, 0);
  const back = DAYS_BACK[range];
  if (back !== undefined) {
    day.setDate(day.getDate() - back);
    return { from: day.getTime() };
  }
  if (range === 'year') return { from: new Date(day.getFullYear(), 0, 1).getTime() };
  if (range !== 'custom') return {};
  return {
    ...(from ? { from: localDay(from, 0) } : {}),
    ...(to ? { to: localDay(to, 1) } : {}),
  };
}

/** Where the day `text` begins here, `later` days on. */
function localDay(text: string, later: number): number {
  const [year = 0, month = 1, day = 1] = text.split('-').map(Number);
  return new Date(year, month - 1, day + later).getTime();
}
