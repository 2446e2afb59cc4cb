// A room server as one would write it on socket.io: what waits is committed together with synchronous=FULL, then
// acknowledged and published. node server.js PORT DATABASE
const [port, file] = process.argv.slice(2);
const db = require('better-sqlite3')(file);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.pragma('wal_autocheckpoint = 4000');
db.exec(`CREATE TABLE IF NOT EXISTS event (
  session TEXT, seq INTEGER, sender TEXT, client_id TEXT, at INTEGER, body TEXT,
  PRIMARY KEY (session, seq), UNIQUE (session, sender, client_id)) WITHOUT ROWID`);
const insert = db.prepare('INSERT INTO event VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING');
const known = db.prepare('SELECT seq FROM event WHERE session = ? AND sender = ? AND client_id = ?');
const last = db.prepare('SELECT ifnull(max(seq), 0) AS seq FROM event WHERE session = ?');
const heads = new Map();
let waiting = [];

const write = db.transaction((batch) => {
  for (const said of batch) {
    const head = heads.get(said.room) ?? last.get(said.room).seq;
    const { changes } = insert.run(said.room, head + 1, said.sender, said.id, Date.now(), said.body);
    said.fresh = changes === 1;
    said.seq = said.fresh ? head + 1 : known.get(said.room, said.sender, said.id).seq;
    heads.set(said.room, said.fresh ? head + 1 : head);
  }
});

const http = require('http').createServer();
const io = new (require('socket.io').Server)(http, { transports: ['websocket'], serveClient: false });

function flush() {
  const batch = waiting;
  waiting = [];
  write(batch);
  for (const said of batch) {
    if (said.fresh) io.to(said.room).emit('msg', said.seq, said.sender, said.body);
    said.ack?.(said.seq);
  }
}

io.on('connection', (socket) => {
  socket.on('join', (room, name, ack) => {
    socket.data = { room, sender: name };
    socket.join(room);
    ack?.(true);
  });
  socket.on('say', (id, body, ack) => {
    if (!socket.data.room || typeof body !== 'string' || body.length > 20000) return;
    if (waiting.push({ ...socket.data, id, body, ack }) === 1) setImmediate(flush);
  });
});
http.listen({ port: Number(port), host: '127.0.0.1', backlog: 1024 }, () => console.log('listening'));
