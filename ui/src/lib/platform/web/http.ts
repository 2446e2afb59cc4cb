// The portal's operations over fetch. The sign-in is a cookie that scripts can't see.
import { t } from '$lib/i18n';
import type { ErrorCode, WireError } from '$lib/proto';
import { isNetworkFailure, isWireError, Told } from '$lib/util/errors';
import type { CallParams, Operation } from '../types';

export const API = '/api/v1';
/** Milliseconds for one answer, a transcript included. */
const ANSWER_WITHIN = 60_000;

/** Method and path of each operation, as in the portal's OpenAPI description. */
export const ROUTES: Record<Operation, [method: string, path: string]> = {
  get_info: ['GET', '/info'],
  set_up: ['POST', '/set-up'],
  sign_in: ['POST', '/auth/sign-in'],
  sign_out: ['POST', '/auth/sign-out'],
  get_me: ['GET', '/me'],
  list_people: ['GET', '/orgs/{org}/people'],
  invite_person: ['POST', '/orgs/{org}/invitations'],
  withdraw_invitation: ['DELETE', '/orgs/{org}/invitations/{invitation}'],
  look_up_invitation: ['POST', '/invitations/look-up'],
  accept_invitation: ['POST', '/invitations/accept'],
  change_person: ['PUT', '/orgs/{org}/people/{user}'],
  make_password_reset: ['POST', '/orgs/{org}/people/{user}/password-reset'],
  forgot_password: ['POST', '/auth/forgot-password'],
  reset_password: ['POST', '/auth/reset-password'],
  change_password: ['POST', '/me/password'],
  list_devices: ['GET', '/orgs/{org}/devices'],
  list_own_devices: ['GET', '/me/devices'],
  revoke_device: ['DELETE', '/orgs/{org}/devices/{device}'],
  revoke_own_device: ['DELETE', '/me/devices/{device}'],
  list_audit: ['GET', '/orgs/{org}/audit'],
  export_audit: ['GET', '/orgs/{org}/audit.csv'],
  get_statistics: ['GET', '/orgs/{org}/statistics'],
  list_sessions: ['GET', '/orgs/{org}/sessions'],
  create_session: ['POST', '/orgs/{org}/sessions'],
  get_session: ['GET', '/sessions/{session}'],
  end_session: ['POST', '/sessions/{session}/end'],
  renew_join: ['POST', '/sessions/{session}/join'],
  admit_participant: ['POST', '/sessions/{session}/participants/{participant}/admit'],
  remove_participant: ['POST', '/sessions/{session}/participants/{participant}/remove'],
  look_up_join: ['POST', '/join/look-up'],
  join_session: ['POST', '/join'],
  list_files: ['GET', '/orgs/{org}/files'],
  get_files_session: ['GET', '/orgs/{org}/files/{session}'],
  get_transcript: ['GET', '/orgs/{org}/files/{session}/transcript'],
  read_transcript: ['GET', '/orgs/{org}/files/{session}/items'],
  get_session_vault: ['GET', '/orgs/{org}/files/{session}/vault'],
  list_file_activity: ['GET', '/orgs/{org}/files/{session}/activity'],
  hold_session: ['PUT', '/orgs/{org}/files/{session}/hold'],
  release_session: ['DELETE', '/orgs/{org}/files/{session}/hold'],
  save_report: ['PUT', '/orgs/{org}/files/{session}/report'],
  search_files: ['GET', '/orgs/{org}/search'],
  get_session_zip: ['GET', '/orgs/{org}/files/{session}/archive.zip'],
  get_sessions_zip: ['GET', '/orgs/{org}/files.zip'],
  get_transcript_copy: ['GET', '/sessions/{session}/transcript'],
  get_org_settings: ['GET', '/orgs/{org}/settings'],
  update_org_settings: ['PUT', '/orgs/{org}/settings'],
  search_session: ['GET', '/sessions/{session}/search'],
  list_canned_replies: ['GET', '/orgs/{org}/canned-replies'],
  create_canned_reply: ['POST', '/orgs/{org}/canned-replies'],
  update_canned_reply: ['PUT', '/orgs/{org}/canned-replies/{reply}'],
  list_bots: ['GET', '/orgs/{org}/bots'],
  create_bot: ['POST', '/orgs/{org}/bots'],
  get_bot: ['GET', '/orgs/{org}/bots/{bot}'],
  update_bot: ['PUT', '/orgs/{org}/bots/{bot}'],
  delete_bot: ['DELETE', '/orgs/{org}/bots/{bot}'],
  save_bot_draft: ['PUT', '/orgs/{org}/bots/{bot}/draft'],
  publish_bot: ['PUT', '/orgs/{org}/bots/{bot}/published'],
  withdraw_bot: ['DELETE', '/orgs/{org}/bots/{bot}/published'],
  get_bot_version: ['GET', '/orgs/{org}/bots/{bot}/versions/{version}'],
  create_bot_secret: ['POST', '/orgs/{org}/bots/{bot}/secrets'],
  try_bot_action: ['POST', '/orgs/{org}/bots/{bot}/try'],
  rehearse_bot: ['POST', '/orgs/{org}/bots/{bot}/rehearse'],
  delete_session: ['DELETE', '/orgs/{org}/files/{session}'],
  delete_capture: ['DELETE', '/orgs/{org}/files/{session}/captures/{attachment}'],
  delete_canned_reply: ['DELETE', '/orgs/{org}/canned-replies/{reply}'],
  create_upload: ['POST', '/sessions/{session}/uploads'],
  get_upload_offset: ['HEAD', '/uploads/{upload}'],
  append_upload: ['PATCH', '/uploads/{upload}'],
  get_attachment: ['GET', '/sessions/{session}/attachments/{attachment}'],
  get_thumbnail: ['GET', '/sessions/{session}/attachments/{attachment}/thumbnail'],
  create_direct: ['POST', '/sessions/{session}/direct'],
  delete_direct: ['DELETE', '/sessions/{session}/direct/{attachment}'],
  get_ice_servers: ['GET', '/sessions/{session}/ice'],
  relay_socket: ['GET', '/sessions/{session}/relay/{peer}'],
  session_socket: ['GET', '/sessions/{session}/socket'],
};

/** The address of `operation` on this origin, from the root. */
export function route(operation: Operation, params: CallParams = {}): string {
  const path = ROUTES[operation][1].replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params.path?.[name];
    if (!value) throw new TypeError(`${operation} needs ${name}`);
    return encodeURIComponent(value);
  });
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params.query ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  return `${API}${path}${query.size > 0 ? `?${query}` : ''}`;
}

export async function call<T>(operation: Operation, params: CallParams = {}): Promise<T> {
  const url = route(operation, params);
  const init: RequestInit = {
    method: ROUTES[operation][0],
    credentials: 'same-origin',
    cache: 'no-store',
    signal: AbortSignal.timeout(ANSWER_WITHIN),
  };
  if (params.body !== undefined) {
    init.body = JSON.stringify(params.body);
    init.headers = { 'Content-Type': 'application/json' };
  }
  // Whatever keeps the answer from coming whole: no network, no portal, too late.
  const lost = () => Promise.reject(wireError('unavailable'));
  const answer = await fetch(url, init).catch(lost);
  const text = await answer.text().catch(lost);
  if (!answer.ok) throw wireErrorOf(answer.status, text);
  return contents<T>(answer.headers.get('Content-Type') ?? '', text);
}

function contents<T>(type: string, text: string): T {
  if (text === '') return undefined as T;
  // The portal answers no operation with a page: a network that wants a sign-in does.
  if (type.startsWith('text/html')) throw new Told(t('failure.notThePortal'));
  if (!type.startsWith('application/json')) return text as T;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Told(t('failure.notThePortal'));
  }
}

/** What is to be told of a part of this page that did not come: the network's fault, unless it came and does not run. */
export const partError = (error: unknown): unknown =>
  isNetworkFailure(error) ? wireError('unavailable') : error;

/** The portal's own error; where something else answered in its place, what the status says. */
export function wireErrorOf(status: number, body: string): WireError {
  try {
    const error: unknown = JSON.parse(body);
    if (isWireError(error) && typeof error.message === 'string') return error;
  } catch {
    // A proxy's page.
  }
  return wireError(codeOfStatus(status));
}

export function wireError(code: ErrorCode, field?: string): WireError {
  const error: WireError = { code, message: t(`error.${code}`) };
  return field === undefined ? error : { ...error, field };
}

function codeOfStatus(status: number): ErrorCode {
  switch (status) {
    case 401:
      return 'not_signed_in';
    case 403:
      return 'forbidden';
    case 404:
    case 410:
      return 'not_found';
    case 413:
      return 'file_too_large';
    case 429:
      return 'too_many_requests';
    case 502:
    case 503:
    case 504:
      return 'unavailable';
    default:
      return status >= 500 ? 'internal' : 'malformed';
  }
}
