//! Numbers that both sides of the wire must agree on. Each says its unit and where it comes from.

/// Characters (Unicode scalar values) of one message. Longer texts are files.
pub const MESSAGE_MAX_CHARS: usize = 20_000;
/// Attachments of one message; more go into the next message.
pub const MESSAGE_MAX_ATTACHMENTS: usize = 100;
/// Bytes of one frame from a client: a message of four-byte characters, escaped, with its envelope.
pub const CLIENT_FRAME_MAX_BYTES: usize = 256 * 1024;
/// Entries of one `log` frame: keeps a page of history well under a megabyte.
pub const LOG_FRAME_MAX_ENTRIES: usize = 200;
/// Minutes that messages can be changed for, where an organisation limits it: a year. No limit is the other choice.
pub const CHANGE_WITHIN_MAX_MINUTES: u32 = 365 * 24 * 60;
/// Entries of one answer to `history`: four pages of the room.
pub const HISTORY_MAX_ENTRIES: usize = 800;
/// People that one message can name with `@`.
pub const MESSAGE_MAX_MENTIONS: usize = 50;
/// Bytes of one emoji: the longest of Unicode 16 (a family or couple of four with skin tones) takes 35.
pub const EMOJI_MAX_BYTES: usize = 64;
/// Characters of a canned reply's shortcut.
pub const SHORTCUT_MAX_CHARS: usize = 32;
/// Canned replies of one organisation.
pub const CANNED_REPLIES_MAX: usize = 500;
/// Characters of a search: more is no search any more.
pub const SEARCH_MAX_CHARS: usize = 200;
/// Characters of a person's, organisation's or session's name.
pub const NAME_MAX_CHARS: usize = 80;
/// Bytes of a file name: the least that the supported file systems allow (ext4, APFS, NTFS: 255).
pub const FILE_NAME_MAX_BYTES: usize = 255;
/// Bytes of a stored file: 1 GiB, the ceiling of row Z18.
pub const STORED_MAX_BYTES: u64 = 1024 * 1024 * 1024;
/// Types that an organisation's list of allowed ones can name.
pub const ALLOWED_TYPES_MAX: usize = 200;
/// Characters of a file name's extension in that list.
pub const EXTENSION_MAX_CHARS: usize = 20;
/// Days that files or transcripts can be kept for, where an organisation limits it: a hundred years. No limit is the other choice.
pub const RETENTION_MAX_DAYS: u32 = 36_500;
/// Symbols of a join code (research S16: 9 symbols of base 32 = 45 bits).
pub const JOIN_CODE_SYMBOLS: usize = 9;
/// Milliseconds that a join code or link can be used for: long enough to read it out, ten minutes.
pub const JOIN_CODE_LIFE_MILLIS: i64 = 10 * 60 * 1000;
/// Milliseconds that a join link lives: a day, since it carries 128 bits.
pub const JOIN_LINK_LIFE_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// Characters of a password, least (NIST SP 800-63B-4 §3.1.1.2 asks for 15 where it is the only factor; 12 + a check against the name and e-mail here).
pub const PASSWORD_MIN_CHARS: usize = 12;
/// Characters of a password, most: bounds the hashing work an anonymous caller can ask for.
pub const PASSWORD_MAX_CHARS: usize = 200;
/// Milliseconds between two pings of a client.
pub const PING_EVERY_MILLIS: i64 = 5_000;
/// Milliseconds without any frame after which a client calls the connection dead.
pub const SILENCE_MAX_MILLIS: i64 = 12_000;

/// Bytes of a direct file: 2^53 - 1, the largest number that JavaScript counts exactly.
pub const DIRECT_MAX_BYTES: u64 = (1 << 53) - 1;
/// Files of one folder that goes directly.
pub const DIRECT_FOLDER_MAX_FILES: u32 = 100_000;
/// Bytes of one signal: an SDP with its candidates takes 2-8 KiB.
pub const SIGNAL_MAX_BYTES: usize = 32 * 1024;
/// Signals of one connection at once and per second after: an offer of six connections with twenty candidates each.
pub const SIGNALS_AT_ONCE: u32 = 200;
pub const SIGNALS_PER_SECOND: u32 = 20;
/// Addresses of one `quic` signal.
pub const QUIC_ADDRESSES_MAX: usize = 16;
/// Bytes of one frame over the portal's relay: the longest message of Noise (its specification §3) fits.
pub const RELAY_FRAME_MAX_BYTES: usize = 64 * 1024;
/// Characters of a technician's report on a session.
pub const REPORT_MAX_CHARS: usize = 10_000;
/// Milliseconds after a session's end within which a snapshot or recording that began before it still joins (design §3).
pub const CAPTURE_AFTER_END_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// Milliseconds that an invitation can be used for: a week.
pub const INVITATION_LIFE_MILLIS: i64 = 7 * 24 * 60 * 60 * 1000;
/// Milliseconds that a link for a new password can be used for: an hour.
pub const PASSWORD_RESET_LIFE_MILLIS: i64 = 60 * 60 * 1000;
/// Minutes that a session can be without anybody before it ends: less would end it while somebody's computer restarts.
pub const IDLE_MIN_MINUTES: u32 = 5;
/// A week: what nobody has come back to for so long is over.
pub const IDLE_MAX_MINUTES: u32 = 7 * 24 * 60;
/// Milliseconds after the end within which a customer can take a copy of the transcript, where the organisation allows it: a day.
pub const TRANSCRIPT_COPY_MILLIS: i64 = 24 * 60 * 60 * 1000;
/// Items of one page of a transcript.
pub const TRANSCRIPT_PAGE_MAX_ITEMS: u32 = 200;
/// Characters of the reason for which a session is held.
pub const HOLD_REASON_MAX_CHARS: usize = 200;
/// Steps of a bot's flow.
pub const FLOW_MAX_STEPS: usize = 200;
/// Characters of a text that a bot says: what fits into one screen of a phone, several times.
pub const FLOW_TEXT_MAX_CHARS: usize = 4_000;
/// Characters of the other fields of a step: addresses, headers' values, what answers are compared with.
pub const FLOW_FIELD_MAX_CHARS: usize = 2_000;
/// Options of one question.
pub const FLOW_MAX_OPTIONS: usize = 20;
/// Headers of one request.
pub const FLOW_MAX_HEADERS: usize = 20;
/// Answers that a question may refuse before it goes on.
pub const FLOW_MAX_TRIES: u32 = 20;
/// Bots of one organisation.
pub const BOTS_MAX: usize = 50;
/// Bytes of a flow as JSON: steps as many and as long as they may be, with room for escapes.
pub const FLOW_MAX_BYTES: usize = 1024 * 1024;
/// Private hosts that an organisation can open to its bots.
pub const FETCH_HOSTS_MAX: usize = 100;
