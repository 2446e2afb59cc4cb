// One upload by tus-js-client in Node, as the job in the first argument (JSON) says; what happens is told line by line, as
// tuspy_upload.py does.
const { createReadStream } = require('node:fs');
const { createRequire } = require('node:module');

const job = JSON.parse(process.argv[2]);
// The very package that our page is built with; nothing else of the page is here.
const { FileUrlStorage, Upload } = createRequire(job.packages)('tus-js-client');

const tell = (...words) => console.log(...words);

const upload = new Upload(createReadStream(job.path), {
  endpoint: job.endpoint,
  headers: { Authorization: `Bearer ${job.token}` },
  metadata: { filename: job.name },
  chunkSize: job.piece,
  parallelUploads: 1,
  retryDelays: job.retries ? Array(job.retries).fill(1000) : null,
  urlStorage: new FileUrlStorage(job.places),
  removeFingerprintOnSuccess: true,
  onAfterResponse: (request, response) => {
    if (request.getMethod() === 'POST' && response.getStatus() === 201) {
      tell('attachment', JSON.parse(response.getBody()).attachment_id);
    }
    if (request.getMethod() === 'HEAD') tell('from', response.getHeader('Upload-Offset'));
  },
  onChunkComplete: (_, sent) => {
    tell('at', sent);
    if (sent < (job.give_up_at ?? Infinity)) return;
    const { url } = upload;
    upload.abort(true).then(() => {
      tell('url', url);
      tell('given up');
    });
  },
  onSuccess: () => {
    tell('url', upload.url);
    tell('done');
  },
  onError: (error) => {
    tell('failed', error.originalResponse?.getStatus() ?? 'None');
    process.exit(3);
  },
});

upload.findPreviousUploads().then(([previous]) => {
  if (previous) upload.resumeFromPreviousUpload(previous);
  upload.start();
});
