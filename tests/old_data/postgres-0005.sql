SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public._sqlx_migrations (
    version bigint NOT NULL,
    description text NOT NULL,
    installed_on timestamp with time zone DEFAULT now() NOT NULL,
    success boolean NOT NULL,
    checksum bytea NOT NULL,
    execution_time bigint NOT NULL
);
CREATE TABLE public.account (
    id bytea NOT NULL,
    email text NOT NULL,
    email_key text NOT NULL,
    name text NOT NULL,
    password_hash text NOT NULL,
    created_at bigint NOT NULL
);
CREATE TABLE public.attachment (
    id bytea NOT NULL,
    upload_id bytea NOT NULL,
    session_id bytea NOT NULL,
    sender bytea NOT NULL,
    name text NOT NULL,
    size bigint NOT NULL,
    received bigint DEFAULT 0 NOT NULL,
    state text NOT NULL,
    created_at bigint NOT NULL,
    media_type text,
    sha256 text,
    thumbnail_width bigint,
    thumbnail_height bigint,
    offered_seq bigint,
    offered_position bigint,
    visibility text,
    erased boolean DEFAULT false NOT NULL,
    consent text DEFAULT 'auto'::text NOT NULL,
    touched_at bigint DEFAULT 0 NOT NULL,
    direct_kind text,
    direct_files bigint
);
CREATE TABLE public.attachment_recipient (
    attachment_id bytea NOT NULL,
    participant_id bytea NOT NULL,
    state text NOT NULL,
    answered_at bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.audit (
    place bigint NOT NULL,
    org_id bytea NOT NULL,
    at bigint NOT NULL,
    actor bytea,
    action text NOT NULL,
    session_id bytea NOT NULL,
    attachment_id bytea,
    subject text NOT NULL
);
ALTER TABLE public.audit ALTER COLUMN place ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_place_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.canned_reply (
    id bytea NOT NULL,
    org_id bytea NOT NULL,
    shortcut text NOT NULL,
    shortcut_key text NOT NULL COLLATE pg_catalog."C",
    text text NOT NULL
);
CREATE TABLE public.event (
    session_id bytea NOT NULL,
    seq bigint NOT NULL,
    id bytea NOT NULL,
    sender bytea,
    at bigint NOT NULL,
    visibility text NOT NULL,
    txn_id bytea,
    target bigint,
    is_news boolean NOT NULL,
    body text NOT NULL
);
CREATE TABLE public.event_history (
    session_id bytea NOT NULL,
    seq bigint NOT NULL,
    rewritten_at bigint NOT NULL,
    body text NOT NULL
);
CREATE TABLE public.file_to_erase (
    id bytea NOT NULL,
    upload_id bytea NOT NULL,
    session_id bytea NOT NULL,
    org_id bytea NOT NULL
);
CREATE TABLE public.participant (
    place bigint NOT NULL,
    id bytea NOT NULL,
    session_id bytea NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    state text NOT NULL,
    user_id bytea,
    token_hash bytea,
    was_let_in boolean NOT NULL,
    read_seq bigint DEFAULT 0 NOT NULL
);
CREATE TABLE public.session (
    id bytea NOT NULL,
    org_id bytea NOT NULL,
    created_by bytea NOT NULL,
    title text NOT NULL,
    created_at bigint NOT NULL,
    ended_at bigint,
    transcript_size bigint,
    transcript_sha256 text,
    sealed_at bigint,
    head_seq bigint DEFAULT 0 NOT NULL,
    message_count bigint DEFAULT 0 NOT NULL
)
WITH (fillfactor='50');
CREATE VIEW public.files_entry AS
 SELECT s.id,
    s.org_id,
    s.title,
    s.created_at,
    s.ended_at,
    s.message_count,
    s.transcript_size,
    s.transcript_sha256,
    s.sealed_at,
    ( SELECT count(*) AS count
           FROM public.attachment a
          WHERE ((a.session_id = s.id) AND (a.state = 'offered'::text))) AS attachment_count,
    ( SELECT COALESCE((json_agg(p.name ORDER BY p.place))::text, '[]'::text) AS "coalesce"
           FROM public.participant p
          WHERE ((p.session_id = s.id) AND p.was_let_in AND (p.role = 'technician'::text))) AS technicians,
    ( SELECT COALESCE((json_agg(p.name ORDER BY p.place))::text, '[]'::text) AS "coalesce"
           FROM public.participant p
          WHERE ((p.session_id = s.id) AND p.was_let_in AND (p.role = 'customer'::text))) AS customers
   FROM public.session s
  WHERE (s.ended_at IS NOT NULL);
CREATE TABLE public.join_secret (
    hash bytea NOT NULL,
    session_id bytea NOT NULL,
    kind text NOT NULL,
    expires_at bigint NOT NULL
);
CREATE TABLE public.membership (
    user_id bytea NOT NULL,
    org_id bytea NOT NULL,
    role text NOT NULL
);
CREATE TABLE public.org (
    id bytea NOT NULL,
    name text NOT NULL,
    settings text NOT NULL,
    created_at bigint NOT NULL
);
ALTER TABLE public.participant ALTER COLUMN place ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.participant_place_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.portal (
    only_row integer NOT NULL,
    starts bigint NOT NULL,
    CONSTRAINT portal_only_row_check CHECK ((only_row = 1))
);
CREATE VIEW public.session_access AS
 SELECT s.id AS session_id,
    m.user_id
   FROM (public.session s
     JOIN public.membership m ON ((m.org_id = s.org_id)))
  WHERE ((m.role = ANY (ARRAY['super_admin'::text, 'admin'::text, 'technician'::text])) OR ((m.role = 'technician_own'::text) AND ((s.created_by = m.user_id) OR (EXISTS ( SELECT 1
           FROM public.participant p
          WHERE ((p.session_id = s.id) AND (p.user_id = m.user_id) AND (p.state = ANY (ARRAY['admitted'::text, 'left'::text]))))))));
CREATE VIEW public.session_record AS
 SELECT s.id,
    s.org_id,
    o.name AS org_name,
    o.settings,
    s.title,
    s.created_at,
    s.ended_at,
    s.sealed_at,
    s.head_seq,
    ( SELECT COALESCE((json_agg(json_build_object('id', encode(p.id, 'hex'::text), 'name', p.name, 'role', p.role, 'state', p.state, 'user_id', encode(p.user_id, 'hex'::text)) ORDER BY p.place))::text, '[]'::text) AS "coalesce"
           FROM public.participant p
          WHERE (p.session_id = s.id)) AS participants,
    ( SELECT COALESCE((json_agg(json_build_object('participant_id', encode(p.id, 'hex'::text), 'seq', p.read_seq) ORDER BY p.place))::text, '[]'::text) AS "coalesce"
           FROM public.participant p
          WHERE ((p.session_id = s.id) AND (p.read_seq > 0))) AS read_marks
   FROM (public.session s
     JOIN public.org o ON ((o.id = s.org_id)));
CREATE TABLE public.session_to_erase (
    id bytea NOT NULL,
    org_id bytea NOT NULL
);
CREATE TABLE public.set_up (
    only_row integer NOT NULL,
    token_hash bytea NOT NULL,
    CONSTRAINT set_up_only_row_check CHECK ((only_row = 1))
);
CREATE TABLE public.user_token (
    hash bytea NOT NULL,
    user_id bytea NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
INSERT INTO public._sqlx_migrations VALUES (1, 'start', '2026-11-22 15:21:14.031605+00', true, '\x3ada7a85e6ecb66ef6d783791bc1eda663c32a36e4ad68106945bc4227a6124a68bd7b4c065f71c41758b6f1494c4e39', 34739486);
INSERT INTO public._sqlx_migrations VALUES (2, 'fewer indexes', '2026-11-22 15:21:14.066888+00', true, '\xacc1dd056b918d3db09382bfc53240aae84c9aa08d0ae288562151a10f8d730b14e249b906ac71b3cd6899c56062b504', 700914);
INSERT INTO public._sqlx_migrations VALUES (3, 'attachments', '2026-11-22 15:21:14.067712+00', true, '\xa296279abb3833f9cb3206983df4bc254f37f3fdff80aa2ba94256e34afb7145280c4c3c0180209d689d19863119738c', 1674011);
INSERT INTO public._sqlx_migrations VALUES (4, 'retention', '2026-11-22 15:21:14.069517+00', true, '\x118b58453d28d17c52696acece232f7395a61d36f66d38093dd6773816d54bc64f6d881e68a5956d95baca04714ea50e', 9585888);
INSERT INTO public._sqlx_migrations VALUES (5, 'direct', '2026-11-22 15:21:14.079413+00', true, '\x64eb3401b2ab6f68803ffc83e71a4972f12bf11ba5cde603e2e2acd4c6cb6a96958c0a9854a6ac2c1a199f172c5e5978', 505552);
INSERT INTO public.account VALUES ('\x01a203d8de8d7320a0b4d5074ea962cc', 'ada@example.org', 'ada@example.org', 'Ada', '$argon2id$v=19$m=19456,t=2,p=1$PFR1YO9IxI84fKqY5RjbKQ$Hq3dHoQWvFGoGyak4dk6ad7ZhgdAX0Hz5io//lVcipw', 1795360874125);
INSERT INTO public.account VALUES ('\x01a203d8df2e78d9a556493a6040550d', 'tess@example.org', 'tess@example.org', 'Tess', '$argon2id$v=19$m=19456,t=2,p=1$dc67Mgmfzr+8TJtZrLnUWA$r4mAxpJA3X/2VMPhJOaAgjBaGsl27hsjVdv+yCjMN5U', 1795360874286);
INSERT INTO public.account VALUES ('\x01a203d8dfbe72c9aafb9ac1825a06ec', 'olaf@example.org', 'olaf@example.org', 'Olaf', '$argon2id$v=19$m=19456,t=2,p=1$mqaiIFf8lnATmPEsPPsnKw$UOORSB4phq66tqtWRUnXkxDnv4btimm/5D24JnJEdE8', 1795360874430);
INSERT INTO public.attachment VALUES ('\x01a203d8e36d7a389dcd737e09495232', '\x01a203d8e36d7abd98e318422bddef5c', '\x01a203d8e1e57cfc830b649c09745037', '\x01a203d8e1f47d779aa7df7c7c99594c', 'unsent.txt', 5, 5, 'uploaded', 1795360875373, 'text/plain', '1d9283d848ea941ace1fe0d2378ef8b70056a0d4d1648b95a322d90163e78285', NULL, NULL, NULL, NULL, NULL, false, 'auto', 1795360875398, NULL, NULL);
INSERT INTO public.attachment VALUES ('\x01a203d8e29f797dbd06cedb33cc05c8', '\x01a203d8e29f7dfc9ac3b7b11de61f51', '\x01a203d8e1e57cfc830b649c09745037', '\x01a203d8e1f47d779aa7df7c7c99594c', 'smoke.txt', 200, 200, 'offered', 1795360875167, 'text/plain', '4da4d5028f84705d9f42df357272e59af73fe3e6816d76ff55cd0874e5c280b6', NULL, NULL, 12, 0, 'all', false, 'ask', 1795360875202, NULL, NULL);
INSERT INTO public.attachment VALUES ('\x01a203d8e2d37ceda3133de0baa1ae59', '\x01a203d8e2d37bc8b364df62992c62c2', '\x01a203d8e1e57cfc830b649c09745037', '\x01a203d8e1f47d779aa7df7c7c99594c', 'picture.png', 157, 157, 'offered', 1795360875219, 'image/png', '820b84e4f7d0fed68ed0cceac7b2affa44a65c952de392d98a545f9c9f4adee5', 64, 48, 12, 1, 'all', false, 'ask', 1795360875250, NULL, NULL);
INSERT INTO public.attachment VALUES ('\x01a203d8e33a71dab31fe3963bcb3113', '\x01a203d8e33a74c08fed8565d465d099', '\x01a203d8e1e57cfc830b649c09745037', '\x01a203d8e1f47d779aa7df7c7c99594c', 'revoked.txt', 4, 4, 'withdrawn', 1795360875322, 'text/plain', 'd13f2eadd4ed5b027fa773a29520cc0d65ce374365d641112de786f8a029c2fe', NULL, NULL, 14, 0, 'all', true, 'ask', 1795360875352, NULL, NULL);
INSERT INTO public.attachment VALUES ('\x01a203d8e3db7cc4b8768f3ceb731453', '\x01a203d8e3db7cc4b8768f3ceb731453', '\x01a203d8e1e57cfc830b649c09745037', '\x01a203d8e23672bdb27c3e91317da9be', 'disk.iso', 5000000000, 0, 'expired', 1795360875483, 'application/octet-stream', '', NULL, NULL, 19, 0, 'all', true, 'ask', 1795360875483, 'file', 1);
INSERT INTO public.attachment VALUES ('\x01a203d8e32178d5b7e1c1f63bf8581e', '\x01a203d8e3217390991cc24c0feaab0a', '\x01a203d8e1e57cfc830b649c09745037', '\x01a203d8e1f47d779aa7df7c7c99594c', 'declined.txt', 2, 2, 'expired', 1795360875297, 'text/plain', '9390298f3fb0c5b160498935d79cb139aef28e1c47358b4bbba61862b9c26e59', NULL, NULL, 13, 0, 'all', true, 'ask', 1795360875311, NULL, NULL);
INSERT INTO public.attachment VALUES ('\x01a203d8e8777614bf6ff8223a9cf9b1', '\x01a203d8e87779539fff0d7ba72e800f', '\x01a203d8e84679bf94c24910d8c32764', '\x01a203d8e84d7481846fd1e670cd6f46', 'half.bin', 2000, 1000, 'uploading', 1795360876663, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, 'auto', 1795360876686, NULL, NULL);
INSERT INTO public.attachment_recipient VALUES ('\x01a203d8e32178d5b7e1c1f63bf8581e', '\x01a203d8e23672bdb27c3e91317da9be', 'declined', 1795360875437);
INSERT INTO public.attachment_recipient VALUES ('\x01a203d8e29f797dbd06cedb33cc05c8', '\x01a203d8e23672bdb27c3e91317da9be', 'received', 1795360875451);
INSERT INTO public.attachment_recipient VALUES ('\x01a203d8e2d37ceda3133de0baa1ae59', '\x01a203d8e23672bdb27c3e91317da9be', 'received', 1795360875451);
INSERT INTO public.attachment_recipient VALUES ('\x01a203d8e33a71dab31fe3963bcb3113', '\x01a203d8e23672bdb27c3e91317da9be', 'revoked', 1795360875454);
INSERT INTO public.attachment_recipient VALUES ('\x01a203d8e3db7cc4b8768f3ceb731453', '\x01a203d8e1f47d779aa7df7c7c99594c', 'revoked', 1795360876554);
INSERT INTO public.audit OVERRIDING SYSTEM VALUE VALUES (1, '\x01a203d8de6472e681907cc9c011a2d8', 1795360876588, '\x01a203d8de8d7320a0b4d5074ea962cc', 'transcript_read', '\x01a203d8e1e57cfc830b649c09745037', NULL, 'Drucker 🖨 <b>raucht</b>');
INSERT INTO public.audit OVERRIDING SYSTEM VALUE VALUES (2, '\x01a203d8de6472e681907cc9c011a2d8', 1795360876602, '\x01a203d8de8d7320a0b4d5074ea962cc', 'file_read', '\x01a203d8e1e57cfc830b649c09745037', '\x01a203d8e29f797dbd06cedb33cc05c8', 'smoke.txt');
INSERT INTO public.audit OVERRIDING SYSTEM VALUE VALUES (3, '\x01a203d8de6472e681907cc9c011a2d8', 1795360878732, '\x01a203d8de8d7320a0b4d5074ea962cc', 'session_deleted', '\x01a203d8e8917b5387fd114ece252900', NULL, 'Deleted');
INSERT INTO public.canned_reply VALUES ('\x01a203d8e1d37336a257931954ec82fd', '\x01a203d8de6472e681907cc9c011a2d8', 'hi', 'hi', 'Hello, how can I help?');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 1, '\x01a203d8e1f47eaea9623dd887b68ef6', '\x01a203d8e1f47d779aa7df7c7c99594c', 1795360874996, 'all', NULL, NULL, false, '{"type":"participant_joined","participant":{"id":"01a203d8e1f47d779aa7df7c7c99594c","name":"Carl","role":"customer","state":"admitted"}}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 2, '\x01a203d8e236778caac0d37d375a2707', '\x01a203d8e23672bdb27c3e91317da9be', 1795360875062, 'all', NULL, NULL, false, '{"type":"participant_joined","participant":{"id":"01a203d8e23672bdb27c3e91317da9be","name":"Tess","role":"technician","state":"admitted","user_id":"01a203d8df2e78d9a556493a6040550d"}}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 4, '\x01a203d8e258779e9fde1b3b7e9adc83', '\x01a203d8e23672bdb27c3e91317da9be', 1795360875096, 'all', '\x01a203d8e256706a3e57f06c7585b768', NULL, true, '{"type":"message_posted","text":"since when?","reply_to":3,"mentions":["01a203d8e1f47d779aa7df7c7c99594c"]}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 5, '\x01a203d8e25b73f8ac403fc87b6cd3e3', '\x01a203d8e23672bdb27c3e91317da9be', 1795360875099, 'technicians', '\x01a203d8e25b70cc71b12579189e26ea', NULL, true, '{"type":"message_posted","text":"he has the old model"}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 3, '\x01a203d8e25372c7ae8813e3db57466d', '\x01a203d8e1f47d779aa7df7c7c99594c', 1795360875091, 'all', '\x01a203d8e252703f3e7492c74750c16e', NULL, true, '{"type":"message_posted","text":"my printer smokes and beeps","edited":{"seq":6,"at":1795360875112}}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 6, '\x01a203d8e268752e9ed210a842d87b7d', '\x01a203d8e1f47d779aa7df7c7c99594c', 1795360875112, 'all', '\x01a203d8e267704e8d55ef833f035cea', 3, false, '{"type":"message_edited","target":3,"text":"my printer smokes and beeps","notify":false}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 7, '\x01a203d8e2807416a0e853087e23fb98', '\x01a203d8e1f47d779aa7df7c7c99594c', 1795360875136, 'all', '\x01a203d8e28070dd4b49dc277e6e68a3', NULL, false, '{"type":"tombstone","deleted_by":"01a203d8e1f47d779aa7df7c7c99594c","deleted_at":1795360875139}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 8, '\x01a203d8e28371eb87c314fd05132145', '\x01a203d8e1f47d779aa7df7c7c99594c', 1795360875139, 'all', '\x01a203d8e28270fc64f81717bac2dd01', 7, false, '{"type":"message_deleted","target":7}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 9, '\x01a203d8e2867d7598165f5af041ffc9', '\x01a203d8e23672bdb27c3e91317da9be', 1795360875142, 'all', '\x01a203d8e28670988a2086d190512283', 3, false, '{"type":"reaction_added","target":3,"emoji":"👍"}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 10, '\x01a203d8e289792f905bd3ed678521df', '\x01a203d8e23672bdb27c3e91317da9be', 1795360875145, 'all', '\x01a203d8e288700143fa7c02ab83ac0a', 3, false, '{"type":"reaction_added","target":3,"emoji":"🎉"}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 11, '\x01a203d8e295761e957284cb55bd725d', '\x01a203d8e23672bdb27c3e91317da9be', 1795360875157, 'all', '\x01a203d8e295703eeeae18d33f3b77d4', 3, false, '{"type":"reaction_removed","target":3,"emoji":"🎉"}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 12, '\x01a203d8e38d792895dc014d04a1811b', '\x01a203d8e1f47d779aa7df7c7c99594c', 1795360875405, 'all', '\x01a203d8e38c70933041fec36eb33e8d', NULL, true, '{"type":"message_posted","text":"look","attachments":[{"id":"01a203d8e29f797dbd06cedb33cc05c8","name":"smoke.txt","size":200,"media_type":"text/plain","sha256":"4da4d5028f84705d9f42df357272e59af73fe3e6816d76ff55cd0874e5c280b6"},{"id":"01a203d8e2d37ceda3133de0baa1ae59","name":"picture.png","size":157,"media_type":"image/png","sha256":"820b84e4f7d0fed68ed0cceac7b2affa44a65c952de392d98a545f9c9f4adee5","thumbnail":{"width":64,"height":48}}],"offer":{"consent":"ask","pending":["01a203d8e23672bdb27c3e91317da9be"]}}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 13, '\x01a203d8e39372a88e52adacc7f62b9c', '\x01a203d8e1f47d779aa7df7c7c99594c', 1795360875411, 'all', '\x01a203d8e39270dfa349fd64998868b9', NULL, true, '{"type":"message_posted","text":"","attachments":[{"id":"01a203d8e32178d5b7e1c1f63bf8581e","name":"declined.txt","size":2,"media_type":"text/plain","sha256":"9390298f3fb0c5b160498935d79cb139aef28e1c47358b4bbba61862b9c26e59"}],"offer":{"consent":"ask","pending":["01a203d8e23672bdb27c3e91317da9be"]}}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 14, '\x01a203d8e39b78e3a2e8e90d08edbca6', '\x01a203d8e1f47d779aa7df7c7c99594c', 1795360875419, 'all', '\x01a203d8e39a70525e73ab1b6edfa359', NULL, true, '{"type":"message_posted","text":"","attachments":[{"id":"01a203d8e33a71dab31fe3963bcb3113","name":"revoked.txt","size":4,"media_type":"text/plain","sha256":"d13f2eadd4ed5b027fa773a29520cc0d65ce374365d641112de786f8a029c2fe"}],"offer":{"consent":"ask","pending":["01a203d8e23672bdb27c3e91317da9be"]}}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 15, '\x01a203d8e3ad7698b83bce0fe4300b43', '\x01a203d8e23672bdb27c3e91317da9be', 1795360875437, 'all', '\x01a203d8e3ac70686c986ccff83ac1f2', NULL, false, '{"type":"attachments_answered","target":13,"attachments":["01a203d8e32178d5b7e1c1f63bf8581e"],"accepted":false}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 16, '\x01a203d8e3b37504a9ac903cb64e7c08', '\x01a203d8e23672bdb27c3e91317da9be', 1795360875443, 'all', '\x01a203d8e3b370adbac1997519316670', NULL, false, '{"type":"attachments_answered","target":12,"attachments":["01a203d8e29f797dbd06cedb33cc05c8","01a203d8e2d37ceda3133de0baa1ae59"],"accepted":true}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 17, '\x01a203d8e3bb7190911257d3207f3c81', '\x01a203d8e23672bdb27c3e91317da9be', 1795360875451, 'all', '\x01a203d8e3bb702c7c2703cc532bbf55', NULL, false, '{"type":"attachments_received","target":12,"attachments":["01a203d8e29f797dbd06cedb33cc05c8","01a203d8e2d37ceda3133de0baa1ae59"]}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 18, '\x01a203d8e3be73d4b907359a300d2c26', '\x01a203d8e1f47d779aa7df7c7c99594c', 1795360875454, 'all', '\x01a203d8e3be70c543249644e4d6c417', NULL, false, '{"type":"attachments_withdrawn","target":14,"attachments":["01a203d8e33a71dab31fe3963bcb3113"],"reason":"revoked"}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 19, '\x01a203d8e3e87f8b93a11874f0b80fdb', '\x01a203d8e23672bdb27c3e91317da9be', 1795360875496, 'all', '\x01a203d8e3e77017bef6b62c56744930', NULL, true, '{"type":"message_posted","text":"the image","attachments":[{"id":"01a203d8e3db7cc4b8768f3ceb731453","name":"disk.iso","size":5000000000,"media_type":"application/octet-stream","sha256":"","direct":{"kind":"file","files":1}}],"offer":{"consent":"ask","pending":["01a203d8e1f47d779aa7df7c7c99594c"]}}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 20, '\x01a203d8e3ff77a58ec3dcb29a107938', '\x01a203d8e1f47d779aa7df7c7c99594c', 1795360875519, 'all', '\x01a203d8e3fe70fcc66cbcb2c5360d2e', NULL, true, '{"type":"message_posted","text":"thank you!"}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 21, '\x01a203d8e7f57d2a9df967910e3fe218', '\x01a203d8e1f47d779aa7df7c7c99594c', 1795360876533, 'all', '\x01a203d8e7f5704cb7cbd8a0c62857aa', NULL, false, '{"type":"participant_left","participant_id":"01a203d8e1f47d779aa7df7c7c99594c"}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 22, '\x01a203d8e80a735daabdb50c2deadc01', NULL, 1795360876554, 'all', NULL, NULL, false, '{"type":"attachments_withdrawn","target":13,"attachments":["01a203d8e32178d5b7e1c1f63bf8581e"],"reason":"session_ended"}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 23, '\x01a203d8e80a7340a7b66a9a6de673fc', NULL, 1795360876554, 'all', NULL, NULL, false, '{"type":"attachments_withdrawn","target":19,"attachments":["01a203d8e3db7cc4b8768f3ceb731453"],"reason":"session_ended"}');
INSERT INTO public.event VALUES ('\x01a203d8e1e57cfc830b649c09745037', 24, '\x01a203d8e80d76929274090f8ae199ce', '\x01a203d8e23672bdb27c3e91317da9be', 1795360876557, 'all', NULL, NULL, false, '{"type":"session_ended","reason":"ended_by_technician"}');
INSERT INTO public.event VALUES ('\x01a203d8e84679bf94c24910d8c32764', 1, '\x01a203d8e84d75d59d394c24b4990e99', '\x01a203d8e84d7481846fd1e670cd6f46', 1795360876621, 'all', NULL, NULL, false, '{"type":"participant_joined","participant":{"id":"01a203d8e84d7481846fd1e670cd6f46","name":"Cora","role":"customer","state":"admitted"}}');
INSERT INTO public.event VALUES ('\x01a203d8e84679bf94c24910d8c32764', 2, '\x01a203d8e85f75a6b340ade5f9ac2cf3', '\x01a203d8e85f72f8a467fd5d723d6e1a', 1795360876639, 'all', NULL, NULL, false, '{"type":"participant_waiting","participant":{"id":"01a203d8e85f72f8a467fd5d723d6e1a","name":"Wanda","role":"customer","state":"waiting"}}');
INSERT INTO public.event VALUES ('\x01a203d8e84679bf94c24910d8c32764', 3, '\x01a203d8e87278c996be3edce1678695', '\x01a203d8e84d7481846fd1e670cd6f46', 1795360876658, 'all', '\x01a203d8e8717017c94e54cbf941857a', NULL, true, '{"type":"message_posted","text":"hello?"}');
INSERT INTO public.event_history VALUES ('\x01a203d8e1e57cfc830b649c09745037', 3, 1795360875112, '{"type":"message_posted","text":"my printer smokes"}');
INSERT INTO public.event_history VALUES ('\x01a203d8e1e57cfc830b649c09745037', 7, 1795360875139, '{"type":"message_posted","text":"wrong window, my password is hunter2"}');
INSERT INTO public.file_to_erase VALUES ('\x01a203d8e1e57cfc830b649c09745036', '\x01a203d8e1e57cfc830b649c09745035', '\x01a203d8e1e57cfc830b649c09745034', '\x01a203d8de6472e681907cc9c011a2d8');
INSERT INTO public.join_secret VALUES ('\x2951843680c7c172ba3ce36a18eae56ca1ead9331728aa4733b5411302effa34', '\x01a203d8e84679bf94c24910d8c32764', 'link', 1795447276614);
INSERT INTO public.membership VALUES ('\x01a203d8de8d7320a0b4d5074ea962cc', '\x01a203d8de6472e681907cc9c011a2d8', 'super_admin');
INSERT INTO public.membership VALUES ('\x01a203d8df2e78d9a556493a6040550d', '\x01a203d8de6472e681907cc9c011a2d8', 'technician');
INSERT INTO public.membership VALUES ('\x01a203d8dfbe72c9aafb9ac1825a06ec', '\x01a203d8de6472e681907cc9c011a2d8', 'technician_own');
INSERT INTO public.org VALUES ('\x01a203d8de6472e681907cc9c011a2d8', 'Acme & Söhne', '{"lobby_for_links":false,"lobby_for_codes":true,"chat":{"edit":{"by":"everyone"},"delete":{"by":"everyone"},"technicians_delete_all":false,"keep_history":true},"attachments":{"consent_stored":"ask","consent_direct":"ask","send":"tray","stored_max_bytes":1073741824,"direct":"allowed","relay":"allowed","customer_attach":"always","retention":{"type":"keep"},"transcript_retention_days":36500,"customer_transcript":"no"},"quotas":{}}', 1795360874084);
INSERT INTO public.participant OVERRIDING SYSTEM VALUE VALUES (2, '\x01a203d8e23672bdb27c3e91317da9be', '\x01a203d8e1e57cfc830b649c09745037', 'Tess', 'technician', 'admitted', '\x01a203d8df2e78d9a556493a6040550d', NULL, true, 20);
INSERT INTO public.participant OVERRIDING SYSTEM VALUE VALUES (1, '\x01a203d8e1f47d779aa7df7c7c99594c', '\x01a203d8e1e57cfc830b649c09745037', 'Carl', 'customer', 'left', NULL, '\xd499e0ad95c63dd596058f1afa9e3722c2f5cb6b8a7cd1c9ac71650e81adca91', true, 0);
INSERT INTO public.participant OVERRIDING SYSTEM VALUE VALUES (3, '\x01a203d8e84d7481846fd1e670cd6f46', '\x01a203d8e84679bf94c24910d8c32764', 'Cora', 'customer', 'admitted', NULL, '\xda54b2a8ce7b190b2fc538f71809bf79ae3e3f29b523a6a3f8a360b8bce9d462', true, 0);
INSERT INTO public.participant OVERRIDING SYSTEM VALUE VALUES (4, '\x01a203d8e85f72f8a467fd5d723d6e1a', '\x01a203d8e84679bf94c24910d8c32764', 'Wanda', 'customer', 'waiting', NULL, '\x00aed75167a81d7d0baa6cc296aec34d44c0a044dc3373a1c573bbe41f1f88d8', false, 0);
INSERT INTO public.portal VALUES (1, 4);
INSERT INTO public.session VALUES ('\x01a203d8e84679bf94c24910d8c32764', '\x01a203d8de6472e681907cc9c011a2d8', '\x01a203d8df2e78d9a556493a6040550d', 'Open', 1795360876614, NULL, NULL, NULL, NULL, 3, 1);
INSERT INTO public.session VALUES ('\x01a203d8e1e57cfc830b649c09745037', '\x01a203d8de6472e681907cc9c011a2d8', '\x01a203d8df2e78d9a556493a6040550d', 'Drucker 🖨 <b>raucht</b>', 1795360874981, 1795360876557, 2396, 'a4c362224ee56487ddbc1970ffb5669cda6b3f5d7d058f82d630e9bc91faa070', 1795360876577, 24, 8);
INSERT INTO public.session_to_erase VALUES ('\x01a203d8e1e57cfc830b649c09745034', '\x01a203d8de6472e681907cc9c011a2d8');
INSERT INTO public.user_token VALUES ('\x97a571662b49268e01c76cd801fbdd12cb8836037f734e5656a5105dfe47d2f8', '\x01a203d8de8d7320a0b4d5074ea962cc', 1795360874748, 1797952874748);
INSERT INTO public.user_token VALUES ('\x253d77719e515fb2baff12b75b5bb710badffe1e22886dbecbe2c9baecb129a7', '\x01a203d8df2e78d9a556493a6040550d', 1795360874801, 1797952874801);
INSERT INTO public.user_token VALUES ('\xa8817864700c8c9eeb72c10be0924129532cc63ce037a6e0edf7ef05a44aaf1e', '\x01a203d8dfbe72c9aafb9ac1825a06ec', 1795360874897, 1797952874897);
SELECT pg_catalog.setval('public.audit_place_seq', 3, true);
SELECT pg_catalog.setval('public.participant_place_seq', 5, true);
ALTER TABLE ONLY public._sqlx_migrations
    ADD CONSTRAINT _sqlx_migrations_pkey PRIMARY KEY (version);
ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_email_key_key UNIQUE (email_key);
ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.attachment
    ADD CONSTRAINT attachment_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.attachment_recipient
    ADD CONSTRAINT attachment_recipient_pkey PRIMARY KEY (attachment_id, participant_id);
ALTER TABLE ONLY public.attachment
    ADD CONSTRAINT attachment_upload_id_key UNIQUE (upload_id);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (place);
ALTER TABLE ONLY public.canned_reply
    ADD CONSTRAINT canned_reply_org_id_shortcut_key_key UNIQUE (org_id, shortcut_key);
ALTER TABLE ONLY public.canned_reply
    ADD CONSTRAINT canned_reply_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.event
    ADD CONSTRAINT event_pkey PRIMARY KEY (session_id, seq);
ALTER TABLE ONLY public.file_to_erase
    ADD CONSTRAINT file_to_erase_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.join_secret
    ADD CONSTRAINT join_secret_pkey PRIMARY KEY (hash);
ALTER TABLE ONLY public.membership
    ADD CONSTRAINT membership_pkey PRIMARY KEY (user_id, org_id);
ALTER TABLE ONLY public.org
    ADD CONSTRAINT org_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.participant
    ADD CONSTRAINT participant_id_key UNIQUE (id);
ALTER TABLE ONLY public.participant
    ADD CONSTRAINT participant_pkey PRIMARY KEY (place);
ALTER TABLE ONLY public.participant
    ADD CONSTRAINT participant_session_id_user_id_key UNIQUE (session_id, user_id);
ALTER TABLE ONLY public.participant
    ADD CONSTRAINT participant_token_hash_key UNIQUE (token_hash);
ALTER TABLE ONLY public.portal
    ADD CONSTRAINT portal_pkey PRIMARY KEY (only_row);
ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.session_to_erase
    ADD CONSTRAINT session_to_erase_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.set_up
    ADD CONSTRAINT set_up_pkey PRIMARY KEY (only_row);
ALTER TABLE ONLY public.user_token
    ADD CONSTRAINT user_token_pkey PRIMARY KEY (hash);
CREATE INDEX attachment_declined ON public.attachment_recipient USING btree (attachment_id) WHERE (state = 'declined'::text);
CREATE INDEX attachment_in_upload ON public.attachment USING btree (touched_at) WHERE (state = ANY (ARRAY['uploading'::text, 'uploaded'::text]));
CREATE INDEX attachment_of_sender ON public.attachment USING btree (session_id, sender);
CREATE INDEX attachment_of_session ON public.attachment USING btree (session_id, offered_seq, offered_position);
CREATE INDEX attachment_recipient_of ON public.attachment_recipient USING btree (participant_id, state);
CREATE INDEX attachment_to_erase ON public.attachment USING btree (id) WHERE ((state = ANY (ARRAY['withdrawn'::text, 'expired'::text])) AND (NOT erased));
CREATE INDEX audit_of_org ON public.audit USING btree (org_id, place);
CREATE INDEX audit_of_session ON public.audit USING btree (session_id, at);
CREATE INDEX event_about ON public.event USING btree (session_id, target) WHERE (target IS NOT NULL);
CREATE INDEX event_history_of_event ON public.event_history USING btree (session_id, seq);
CREATE UNIQUE INDEX event_txn ON public.event USING btree (session_id, COALESCE(sender, '\x'::bytea), txn_id) WHERE (txn_id IS NOT NULL);
CREATE INDEX join_secret_of_session ON public.join_secret USING btree (session_id);
CREATE INDEX session_of_org ON public.session USING btree (org_id, id);
CREATE INDEX session_over ON public.session USING btree (org_id, ended_at) WHERE (ended_at IS NOT NULL);
CREATE INDEX session_unsealed ON public.session USING btree (ended_at) WHERE ((ended_at IS NOT NULL) AND (sealed_at IS NULL));
ALTER TABLE ONLY public.attachment_recipient
    ADD CONSTRAINT attachment_recipient_attachment_id_fkey FOREIGN KEY (attachment_id) REFERENCES public.attachment(id);
ALTER TABLE ONLY public.attachment_recipient
    ADD CONSTRAINT attachment_recipient_participant_id_fkey FOREIGN KEY (participant_id) REFERENCES public.participant(id);
ALTER TABLE ONLY public.attachment
    ADD CONSTRAINT attachment_sender_fkey FOREIGN KEY (sender) REFERENCES public.participant(id);
ALTER TABLE ONLY public.attachment
    ADD CONSTRAINT attachment_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.session(id);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_actor_fkey FOREIGN KEY (actor) REFERENCES public.account(id);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.org(id);
ALTER TABLE ONLY public.canned_reply
    ADD CONSTRAINT canned_reply_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.org(id);
ALTER TABLE ONLY public.event_history
    ADD CONSTRAINT event_history_session_id_seq_fkey FOREIGN KEY (session_id, seq) REFERENCES public.event(session_id, seq);
ALTER TABLE ONLY public.join_secret
    ADD CONSTRAINT join_secret_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.session(id);
ALTER TABLE ONLY public.membership
    ADD CONSTRAINT membership_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.org(id);
ALTER TABLE ONLY public.membership
    ADD CONSTRAINT membership_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.participant
    ADD CONSTRAINT participant_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.session(id);
ALTER TABLE ONLY public.participant
    ADD CONSTRAINT participant_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.account(id);
ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.account(id);
ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_org_id_fkey FOREIGN KEY (org_id) REFERENCES public.org(id);
ALTER TABLE ONLY public.user_token
    ADD CONSTRAINT user_token_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.account(id);
