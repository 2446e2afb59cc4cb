// The audit log: what can be asked of it, and its entries as sentences.
import { sentence, type Part } from '$lib/i18n/sentence';
import { t, type MessageKey } from '$lib/i18n';
import type { AuditAction, AuditItem, SessionId, UserId } from '$lib/proto';
import { ROLES } from './roles';
import { shownName } from './search';

export interface AuditFilter {
  action: AuditAction | '';
  /** Who did it. */
  actor: UserId | '';
  /** Days as `YYYY-MM-DD`, of the person's own time zone; '' = no bound. The last one is included. */
  from: string;
  to: string;
  session: SessionId | '';
}

export const EVERYTHING: AuditFilter = { action: '', actor: '', from: '', to: '', session: '' };

/** Every action, under what it is about. */
export const ACTION_GROUPS: Record<'files' | 'people' | 'signIns' | 'bots' | 'org', readonly AuditAction[]> =
  {
    files: [
      'file_read',
      'transcript_read',
      'archive_downloaded',
      'transcript_copied',
      'report_saved',
      'capture_deleted',
      'session_deleted',
      'files_expired',
      'hold_set',
      'hold_released',
    ],
    people: [
      'person_invited',
      'invitation_withdrawn',
      'invitation_accepted',
      'role_changed',
      'person_deactivated',
      'person_reactivated',
      'password_reset_made',
    ],
    signIns: ['signed_in', 'password_changed', 'device_revoked'],
    bots: ['bot_created', 'bot_changed', 'bot_published', 'bot_withdrawn', 'bot_deleted'],
    org: ['settings_changed', 'audit_exported'],
  };

/** Whether any of it is left out. */
export const narrows = (filter: AuditFilter): boolean => Object.values(filter).some((value) => value !== '');

/** The first moment of a day; `NaN` for what is no day. */
function dayStart(day: string, plusDays = 0): number {
  const [year = NaN, month = NaN, date = NaN] = day.split('-').map(Number);
  return new Date(year, month - 1, date + plusDays).getTime();
}

/** As `list_audit` and `export_audit` take it: `from` and before `to`, in milliseconds. */
export function auditQuery(filter: AuditFilter): Record<string, string | number | undefined> {
  const at = (millis: number) => (Number.isNaN(millis) ? undefined : millis);
  return {
    action: filter.action || undefined,
    actor: filter.actor || undefined,
    session: filter.session || undefined,
    from: at(dayStart(filter.from)),
    to: at(dayStart(filter.to, 1)),
  };
}

/** What happened, in a sentence whose names can be set apart. */
export function auditSentence({ action, actor, subject }: AuditItem): Part[] {
  const what = shownName(action === 'settings_changed' ? settingNames(subject) : roleNames(action, subject));
  const values = {
    who: actor === undefined ? t('audit.portal') : shownName(actor),
    what: what === '' ? t('audit.unnamed') : what,
  };
  return sentence(`audit.did.${action}`, values, { named: what === '' ? 'no' : 'yes' });
}

/** Settings by what they are called in the API, or by the beginning of it, and as their page calls them. */
const SETTINGS: readonly [field: string, key: MessageKey][] = [
  ['lobby_for_codes', 'settings.lobbyCodes'],
  ['lobby_for_links', 'settings.lobbyLinks'],
  ['chat.edit', 'settings.edit'],
  ['chat.delete', 'settings.delete'],
  ['chat.technicians_delete_all', 'settings.deleteAll'],
  ['chat.keep_history', 'settings.keepHistory'],
  ['attachments.send', 'settings.send'],
  ['attachments.consent_stored', 'settings.consentStored'],
  ['attachments.consent_direct', 'settings.consentDirect'],
  ['attachments.customer_attach', 'settings.customers'],
  ['attachments.direct', 'settings.direct'],
  ['attachments.relay', 'settings.relay'],
  ['attachments.stored_max_bytes', 'settings.size'],
  ['attachments.max_files', 'settings.maxFiles'],
  ['attachments.allowed_types', 'settings.types'],
  ['attachments.retention', 'settings.filesKeep'],
  ['attachments.transcript_retention_days', 'settings.transcriptsKeep'],
  ['attachments.customer_transcript', 'policy.copy'],
  ['quotas', 'settings.quotas'],
];

/** A list of settings as the log names them; those of a later portal stay as they are. */
function settingNames(subject: string): string {
  const names = subject.split(', ').map((field) => {
    const known = SETTINGS.find(([start]) => field === start || field.startsWith(`${start}.`));
    return known ? t(known[1]) : field;
  });
  return [...new Set(names)].join(', ');
}

const OF_ROLES: readonly AuditAction[] = [
  'person_invited',
  'invitation_withdrawn',
  'invitation_accepted',
  'role_changed',
];

/** Roles stand at the end, after a name that may be anything: `ada@x.example (admin)`, `Ada: technician → admin`. */
function roleNames(action: AuditAction, subject: string): string {
  if (!OF_ROLES.includes(action)) return subject;
  const end = action === 'role_changed' ? /: (\w+) → (\w+)$/ : / \((\w+)\)$/;
  return subject.replace(end, (found) =>
    found.replace(/\w+/g, (word) => {
      const role = ROLES.find((known) => known === word);
      return role ? t(`role.${role}`) : word;
    }),
  );
}
