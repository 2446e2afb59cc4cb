// Why there is no preview, in a sentence that says what to do next.
import { hasMessage, t } from '$lib/i18n';
import type { Format, Overview, Warning } from '$lib/proto/preview';
import { errorText } from '$lib/util/errors';
import { PreviewFailure } from './document';

/** What people call a format. */
export const formatName = (format: Format): string => t(`preview.format.${format}`);

export function whyNot(error: unknown): string {
  if (!(error instanceof PreviewFailure)) return errorText(error);
  const { code, format } = error.failure;
  if (code === 'unsupported' && format)
    return t('preview.why.unsupportedFormat', { format: formatName(format) });
  const key = `preview.why.${code}`;
  return hasMessage(key) ? t(key) : t('preview.why.malformed');
}

/** What a person should know of what they see. */
export function notesOf(overview: Overview, warnings: readonly Warning[]): string[] {
  const misnamed = overview.misnamed ? [t('preview.misnamed', { format: formatName(overview.format) })] : [];
  return [...misnamed, ...warnings.map((warning) => t(`preview.warning.${warning}`))];
}
