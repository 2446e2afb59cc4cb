import { t } from '$lib/i18n';
import { codeOf } from '$lib/util/errors';

/** `PASSWORD_MIN_CHARS` of the wire's limits. */
export const PASSWORD_MIN_CHARS = 12;

/** What is wrong with a new password before the portal is asked; '' where nothing is. */
export function passwordProblem(password: string): string {
  return [...password].length < PASSWORD_MIN_CHARS ? t('password.short', { min: PASSWORD_MIN_CHARS }) : '';
}

const DEAD: readonly (string | null)[] = ['invitation_invalid', 'reset_invalid', 'not_found'];

/** Whether `error` says that a link was used, withdrawn or is over: the portal tells these no further apart. */
export const isDeadLink = (error: unknown): boolean => DEAD.includes(codeOf(error));
