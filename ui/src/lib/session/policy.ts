// What an organisation decides about messages; the portal tells it with its settings and enforces it.

export type WhoMay = 'everyone' | 'technicians' | 'nobody';

export interface ChangePolicy {
  by: WhoMay;
  /** Minutes after sending; absent = as long as the session is open. */
  within_minutes?: number;
}

/** Who may change what was said, and for how long. */
export interface ChatPolicy {
  edit: ChangePolicy;
  delete: ChangePolicy;
  /** Technicians may delete the messages of others, at any time. */
  technicians_delete_all: boolean;
}

export const WHO: readonly WhoMay[] = ['everyone', 'technicians', 'nobody'];
/** Choices of the settings page, in minutes; `undefined` = no limit. */
export const WITHIN: readonly (number | undefined)[] = [5, 15, 60, 24 * 60, undefined];

/** As it is where a portal says nothing. */
export const DEFAULT_POLICY: ChatPolicy = {
  edit: { by: 'everyone' },
  delete: { by: 'everyone' },
  technicians_delete_all: false,
};
