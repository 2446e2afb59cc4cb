// What the UI asks of its host: the desktop window (`tauri`) or the browser (`web`). Neither ever shows it a token.
import type {
  AcceptInvitation,
  Alert,
  Attachment,
  AttachmentId,
  CaptureKind,
  Intent,
  JoinPreview,
  JoinResponse,
  Me,
  PortalInfo,
  SessionId,
  ViewUpdate,
} from '$lib/proto';
import type { DocumentSource } from '$lib/preview/source';
import type { DirectAccess } from './direct';

/** Operation ids of the portal's OpenAPI description. */
export type Operation =
  | 'get_info'
  | 'set_up'
  | 'sign_in'
  | 'sign_out'
  | 'get_me'
  | 'list_people'
  | 'invite_person'
  | 'withdraw_invitation'
  | 'look_up_invitation'
  | 'accept_invitation'
  | 'change_person'
  | 'make_password_reset'
  | 'forgot_password'
  | 'reset_password'
  | 'change_password'
  | 'list_devices'
  | 'list_own_devices'
  | 'revoke_device'
  | 'revoke_own_device'
  | 'list_audit'
  | 'export_audit'
  | 'get_statistics'
  | 'list_sessions'
  | 'create_session'
  | 'get_session'
  | 'end_session'
  | 'renew_join'
  | 'admit_participant'
  | 'remove_participant'
  | 'look_up_join'
  | 'join_session'
  | 'list_files'
  | 'get_files_session'
  | 'get_transcript'
  | 'read_transcript'
  | 'get_session_vault'
  | 'list_file_activity'
  | 'hold_session'
  | 'release_session'
  | 'save_report'
  | 'search_files'
  | 'get_session_zip'
  | 'get_sessions_zip'
  | 'get_transcript_copy'
  | 'get_org_settings'
  | 'update_org_settings'
  | 'list_canned_replies'
  | 'create_canned_reply'
  | 'update_canned_reply'
  | 'delete_canned_reply'
  | 'list_bots'
  | 'create_bot'
  | 'get_bot'
  | 'update_bot'
  | 'delete_bot'
  | 'save_bot_draft'
  | 'publish_bot'
  | 'withdraw_bot'
  | 'get_bot_version'
  | 'create_bot_secret'
  | 'try_bot_action'
  | 'rehearse_bot'
  | 'delete_session'
  | 'delete_capture'
  | 'search_session'
  | 'create_upload'
  | 'get_upload_offset'
  | 'append_upload'
  | 'get_attachment'
  | 'get_thumbnail'
  | 'create_direct'
  | 'delete_direct'
  | 'get_ice_servers'
  | 'relay_socket'
  | 'session_socket';

export interface Capabilities {
  /** People with an account can sign in here. */
  signIn: boolean;
  /** Files are picked and saved by the system's own dialogs. */
  nativeFiles: boolean;
  /** Tokens can live in the system's keyring. */
  keyring: boolean;
  /** The portal's address is chosen by the person (desktop). */
  choosePortal: boolean;
  /** `deskside://` links reach the app. */
  deepLinks: boolean;
}

export interface CallParams {
  path?: Record<string, string>;
  query?: Record<string, string | number | undefined>;
  body?: unknown;
}

export interface SignInForm {
  email: string;
  password: string;
}

export interface SetUpForm extends SignInForm {
  token: string;
  org_name: string;
  name: string;
}

export type InvitationForm = Omit<AcceptInvitation, 'client'>;

export interface PortalAccess {
  /** The portal in use; `null` while none was chosen (desktop). */
  current(): Promise<string | null>;
  /** Checks that there is a portal at `url` and remembers it. Rejects with WireError where there is none. */
  set(url: string): Promise<PortalInfo>;
  signIn(form: SignInForm): Promise<Me>;
  signOut(): Promise<void>;
  setUp(form: SetUpForm): Promise<Me>;
  /** Signs in whom it was for. The link opens in browsers: the desktop refuses. */
  acceptInvitation(form: InvitationForm): Promise<Me>;
  /** `link`: a whole link, a `deskside://` link or a code. */
  join(request: { link: string; name: string }): Promise<JoinResponse>;
  lookUpJoin(linkOrCode: string): Promise<JoinPreview>;
  /** Where the sign-in is kept; `note` says what a person should know about it. */
  secretStore(): Promise<{ kind: 'keyring' | 'file' | 'memory'; note?: string }>;
}

/** Whether the system shows notifications of this app: it does, the person has to be asked, it does not. */
export type NotificationState = 'on' | 'ask' | 'off';

export interface Attention {
  /** Tells, now and at every change, which sessions notify of nothing but waiting customers. */
  onMuted(callback: (muted: ReadonlySet<SessionId>) => void): () => void;
  setMuted(session: SessionId, muted: boolean): Promise<void>;
  permission(): Promise<NotificationState>;
  /** Asks the person; only after a click of theirs. */
  ask(): Promise<NotificationState>;
  /** The person clicked a notification of this session. */
  onOpen(callback: (session: SessionId) => void): () => void;
  /** Notifies, where the page has to do it (browser); what is watched or muted is left out. */
  tell?(session: SessionId, alerts: readonly Alert[]): void;
}

/** What is in a folder that goes as a whole. */
export interface PickedTree {
  /** Number of files. */
  files: number;
  /** Browser: the files, and where in the folder each one is ('/' between the parts, without the folder's own name). */
  contents?: readonly { path: string; file: File }[];
}

export interface PickedFile {
  /** The browser's `File`, or the desktop's name for a file that the person picked there; '' for a browser's folder. */
  handle: File | string;
  name: string;
  /** Bytes. */
  size: number;
  /** The folder it came from, '/' between its parts; for show only. */
  folder?: string;
  /** It is a whole folder, which only goes directly; `size` is that of all its files. */
  tree?: PickedTree;
}

/** A file that a closed page did not send. */
export interface LostFile {
  name: string;
  /** Bytes. */
  size: number;
}

export interface Upload {
  /** Stays pending while paused. */
  done: Promise<AttachmentId>;
  pause(): void;
  resume(): void;
  /** Ends it at the portal as well, after it is done too. */
  cancel(): void;
}

/** What of a file a page shows: a small picture, the whole of it, or a stream that `<video>` and `<audio>` read in ranges. */
export type Variant = 'thumbnail' | 'full' | 'media';

/** Straight into the person's downloads under a free name, or where they choose. */
export type SaveHow = 'save' | 'save_as';

export interface Saved {
  /** `false` when the person thought better of it. */
  saved: boolean;
  path?: string;
  /** The bytes that were saved have the digest that the portal named. */
  verified?: boolean;
}

/** How the bytes of a session's files come, in the session and in Files. */
export interface FileAccess {
  attachmentUrl(attachment: Attachment, variant: Variant): Promise<{ url: string; release(): void }>;
  saveAttachment(
    attachment: Attachment,
    how: SaveHow,
    onProgress?: (progress: { sent: number; total: number }) => void,
    signal?: AbortSignal,
  ): Promise<Saved>;
  /** The bytes of a document, for its preview; nothing of them is kept. Rejects with WireError or Told. */
  openDocument(attachment: Attachment): Promise<DocumentSource>;
  /** Saves several files as one zip. */
  saveAll(attachments: readonly Attachment[]): Promise<Saved>;
  /** A save can be stopped by its signal; it then rejects with an `AbortError`. */
  readonly stopsSaving?: boolean;
  /** Desktop: shows a file that this app saved in the system's file manager. */
  showInFolder?(attachment: Attachment): Promise<void>;
}

export interface SessionHandle extends FileAccess {
  intent(intent: Intent): Promise<void>;
  /** The system's picker; only where `capabilities.nativeFiles`. None when the person cancels. */
  pickFiles(): Promise<PickedFile[]>;
  /** Goes on where an earlier upload of the same file was cut. It outlives `close`. */
  upload(
    file: PickedFile,
    onProgress: (progress: { sent: number; total: number }) => void,
    capture?: CaptureKind,
  ): Upload;
  /** Files that were on their way when the app was closed, and how many bytes of them the portal had (desktop). */
  restoredUploads?(): Promise<{ file: PickedFile; sent: number; capture?: CaptureKind }[]>;
  /** Bytes that the page holds (pasted, edited) as a file that `upload` takes. */
  adopt(file: File): Promise<PickedFile>;
  /** The content of a picture of at most `READ_MAX_BYTES`, for its thumbnail and to be edited. */
  read(file: PickedFile): Promise<Blob>;
  /** The bytes of a picked document, for its preview before it is sent. */
  openPicked(file: PickedFile): Promise<DocumentSource>;
  /** What stands in the composer; survives a restart. */
  draft: { load(): Promise<string>; save(text: string): void };
  /** Files dropped on the desktop's window; browsers give theirs through the page. */
  onFilesDropped?(callback: (files: PickedFile[]) => void): () => void;
  /** Whether files are held over the desktop's window. */
  onFilesDragged?(callback: (over: boolean) => void): () => void;
  /** Tells, now and at every change, whether unsent messages and drafts outlive this page (browsers may refuse to keep them). */
  onDurable?(callback: (durable: boolean) => void): () => void;
  /** Files that go from one to the other; `null` where this host cannot do that. */
  readonly direct: DirectAccess | null;
  close(): void;
}

/** Something that a snapshot can show. */
export interface Screen {
  id: string;
  /** `desktop`: the desktop asks by its own dialog. */
  kind: 'screen' | 'window' | 'desktop';
  /** Of a window, as its program says; '' where it has none. */
  title: string;
  /** Pixels; 0 where nobody knows. */
  width: number;
  height: number;
}

/** The folder in which the person's own capture tool saves. */
export interface CapturesFolder {
  path?: string;
  there: boolean;
  watched: boolean;
}

export type CaptureNews =
  | { type: 'file'; file: PickedFile; kind: CaptureKind }
  | { type: 'too_large'; name: string }
  | { type: 'folder'; there: boolean };

/** Snapshots and what other tools record; technicians only (row Z02). */
export interface Captures {
  /** Desktop: what there is; the browser asks the person by itself. */
  screens?(): Promise<Screen[]>;
  thumbnail?(screen: Screen): Promise<Blob>;
  /** A picture under `name`; `null` where the person changed their mind. `screen`: one of `screens`. */
  take(name: string, screen?: Screen): Promise<PickedFile | null>;
  /** Desktop only. */
  folder?: {
    known(): Promise<CapturesFolder>;
    choose(): Promise<CapturesFolder>;
    forget(): Promise<CapturesFolder>;
    /** Tells of every file that counts from now on, until the answer is called. */
    watch(callback: (news: CaptureNews) => void): () => void;
  };
}

export interface Platform {
  readonly host: 'tauri' | 'web';
  readonly capabilities: Capabilities;
  /** One operation of the portal. Rejects with WireError. */
  call<T>(operation: Operation, params?: CallParams): Promise<T>;
  portal: PortalAccess;
  attention: Attention;
  openSession(id: SessionId, onUpdates: (updates: ViewUpdate[]) => void): Promise<SessionHandle>;
  /** The files of a session that is over; none has to be open. */
  filesOf(session: SessionId): FileAccess;
  /** `null` where this host sees no screen. */
  readonly captures: Captures | null;
  /** Saves what the portal writes while it is sent: a transcript, whole sessions as one zip. */
  saveArchive(archive: Archive): Promise<Saved>;
  /** The audit log as a table for other programs (CSV). */
  saveAudit(audit: AuditExport): Promise<Saved>;
  /** A text that the page itself made, as a file called `name`. */
  saveText(text: string, name: string): Promise<Saved>;
  /** Browser: what the tray of a session held when its page was closed (the desktop restores its files instead). */
  lostFiles?: {
    keep(session: SessionId, files: readonly LostFile[]): void;
    take(session: SessionId): LostFile[];
  };
  onDeepLink(callback: (link: string) => void): () => void;
  openExternal(url: string): Promise<void>;
}

export interface AuditExport {
  org: string;
  /** As `list_audit` takes it, without its paging. */
  filter: NonNullable<CallParams['query']>;
  /** What the file is called. */
  name: string;
}

export interface Archive {
  operation: 'get_transcript' | 'get_transcript_copy' | 'get_session_zip' | 'get_sessions_zip';
  path: Record<string, string>;
  query?: Record<string, string>;
  /** What the file is called. */
  name: string;
}
