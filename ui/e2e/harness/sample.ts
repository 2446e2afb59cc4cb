// An organisation as it looks after a day of work: people, sessions that have ended, and one that is open.
import type { Me } from '../../src/lib/proto';
import { Api } from './api';
import { Member } from './member';
import { png, text } from './pictures';
import type { Portal } from './portal';

export const ORG = 'Northwind Support';
export const ADMIN = {
  name: 'Ada Berger',
  email: 'ada@northwind.example',
  password: 'correct horse battery',
};

export interface Sample {
  url: string;
  org: string;
  admin: Api;
  me: Me;
  /** Sessions by what they are called here. */
  sessions: Record<'printer' | 'hostile' | 'quiet' | 'open', string>;
  /** Places of messages that tests look for. */
  seqs: Record<'drum' | 'done', number>;
}

export const HOSTILE = {
  title: '<img src=x onerror=alert(1)> =HYPERLINK("http://evil.example")',
  customer: 'Mal\u202elory <script>alert(1)</script>',
  file: 'invoice.pdf =1+1 <b>.exe',
};

export async function fill(portal: Portal): Promise<Sample> {
  const [admin, me] = await new Api(portal.url).setUp({ token: portal.setUpToken, org_name: ORG, ...ADMIN });
  const org = me.memberships[0]?.org_id ?? '';
  const settings = await admin.settings(org);
  await admin.ask('PUT', `/orgs/${org}/settings`, {
    ...settings,
    attachments: { ...settings.attachments, customer_attach: 'always', customer_transcript: 'on_request' },
  });
  const desk = { admin, org };
  const printer = await printerSession(desk);
  const hostile = await hostileSession(desk);
  const quiet = await quietSession(desk);
  const open = await admin.createSession(org, 'VPN drops after sleep');
  return {
    url: portal.url,
    ...desk,
    me,
    sessions: { printer: printer.session, hostile, quiet, open: open.session.id },
    seqs: printer.seqs,
  };
}

interface Desk {
  admin: Api;
  org: string;
}

interface Case {
  session: string;
  technician: Member;
  customer: Member;
  customerApi: Api;
}

async function begin({ admin, org }: Desk, title: string, customerName: string): Promise<Case> {
  const { session, join } = await admin.createSession(org, title);
  const technician = await Member.enter(admin, session.id);
  const [customerApi] = await admin.join(join.link, customerName);
  const customer = await Member.enter(customerApi, session.id);
  return { session: session.id, technician, customer, customerApi };
}

async function finish({ admin, org }: Desk, { session, technician, customer }: Case): Promise<void> {
  await admin.endSession(org, session);
  technician.close();
  customer.close();
}

/** A session with everything that a transcript tells. */
async function printerSession(desk: Desk): Promise<{ session: string; seqs: Sample['seqs'] }> {
  const one = await begin(desk, 'Printer prints blank pages', 'Mia Chen');
  const { session, technician, customer, customerApi } = one;
  await customer.say('Hello! Our printer in the front office only prints blank pages since this morning.');
  await technician.say('Good morning Mia, could you send me a picture of what comes out?');
  const picture = await customerApi.upload(session, 'blank-page.png', png(640, 400));
  await customer.say('', { attachments: [picture] });
  const report = await desk.admin.upload(
    session,
    'service-report.txt',
    text('Drum unit due in March.\n'.repeat(40)),
  );
  const drum = await technician.say(
    'It is likely the imaging drum. Here is the report from the last service:',
    {
      attachments: [report],
    },
  );
  await technician.say('Drum was due in March, see ticket 4211.', { private: true });
  const steps = await technician.say(
    'Please do this:\n\n1. Open the **front cover**\n2. Shake the cartrige gently',
  );
  await technician.send({
    type: 'edit_message',
    target: steps,
    text: 'Please do this:\n\n1. Open the **front cover**\n2. Shake the cartridge gently',
    notify: false,
  });
  const done = await customer.say('Done. The test page is fine!! 🎉', { reply_to: steps });
  await technician.send({ type: 'react', target: done, emoji: '🎉' });
  const wrong = await customer.say('wrong window, sorry');
  await customer.send({ type: 'delete_message', target: wrong });
  await technician.say('Glad it works again.');
  await finish(desk, one);
  return { session, seqs: { drum, done } };
}

/** Names and words that try to be something else. */
async function hostileSession(desk: Desk): Promise<string> {
  const one = await begin(desk, HOSTILE.title, HOSTILE.customer);
  const file = await one.customerApi.upload(one.session, HOSTILE.file, text('MZ not really a program'));
  await one.customer.say('<script>document.title="taken"</script> \u202egnp.exe', { attachments: [file] });
  await one.technician.say('Please do not open that.');
  await finish(desk, one);
  return one.session;
}

async function quietSession(desk: Desk): Promise<string> {
  const one = await begin(desk, '', 'Jonas Weber');
  await one.customer.say('Never mind, it works again.');
  await finish(desk, one);
  return one.session;
}
