// What may not be sent is said before anything is: the portal's own rules, asked of the name and the size alone.
import { t } from '$lib/i18n';
import { nameList } from '$lib/i18n/list';
import type { PickedFile } from '$lib/platform';
import type { AttachmentPolicy } from '$lib/proto';
import { extension } from '$lib/util/fileName';
import { formatSize } from '$lib/util/size';
import type { Directly } from './direct/way';

export type Limits = Pick<AttachmentPolicy, 'stored_max_bytes' | 'max_files' | 'allowed_types'>;

/** Types named in a sentence; more would not be read. */
const TYPES_SHOWN = 12;

/**
 * Why `file` may not be sent, as a sentence; `null` where it may. `before`: files of this person in the session so far;
 * `directly`: whether what the portal does not take can go past it.
 */
export function refusal(
  { name, size, tree }: PickedFile,
  limits: Limits,
  before: number,
  directly: Directly = 'cannot',
): string | null {
  const { stored_max_bytes: max, max_files: most, allowed_types: types } = limits;
  if (tree && directly !== 'can') return t(`refuse.folder.${directly}`);
  if (size === 0) return t(tree ? 'refuse.emptyFolder' : 'refuse.empty');
  if (size > max && directly !== 'can')
    return t(`refuse.tooLarge.${directly}`, { size: formatSize(size), max: formatSize(max) });
  // A folder's name has no type, and what is in it the receiver is asked about.
  if (types && !tree && !types.includes(extension(name)))
    return t('refuse.type', { types: typesText(types) });
  if (most !== undefined && before >= most) return t('refuse.tooMany', { most });
  return null;
}

/** The same for each of `files` that come together: what is refused takes nobody's place. */
export function refusals(
  files: readonly PickedFile[],
  limits: Limits,
  before: number,
  directly: Directly = 'cannot',
): (string | null)[] {
  let counted = before;
  return files.map((file) => {
    const why = refusal(file, limits, counted, directly);
    if (why === null) counted += 1;
    return why;
  });
}

/**
 * What may be sent, for the paper-clip and the head of the tray. `before`: files that count already, as far as they are
 * known; there may be more of them, so what is left is said as the most it can be.
 */
export function limitsText(
  { stored_max_bytes: max, max_files: most, allowed_types: types }: Limits,
  before = 0,
  directly: Directly = 'cannot',
): string {
  const size = directly === 'can' ? 'limits.sizeStored' : 'limits.size';
  const parts = [t(size, { max: formatSize(max) })];
  if (most !== undefined) {
    parts.push(t('limits.count', { most }));
    if (before > 0) parts.push(t('limits.left', { left: Math.max(0, most - before) }));
  }
  parts.push(types ? t('limits.types', { types: typesText(types) }) : t('limits.anyType'));
  return parts.join(' ');
}

function typesText(types: readonly string[]): string {
  const shown = types.slice(0, TYPES_SHOWN);
  const rest = types.length - shown.length;
  return nameList(rest > 0 ? [...shown, t('limits.more', { count: rest })] : shown);
}
