import type { Flow } from '$lib/proto';

/** A customer gets an invoice, signs it, sends it back, and talks to somebody if they want to. */
export function invoiceFlow(): Flow {
  return {
    format: 1,
    steps: [
      {
        id: 'hello',
        name: '',
        type: 'message',
        text: 'Hello {{customer}}! I can send you an invoice, or bring you to somebody who helps.',
      },
      {
        id: 'topic',
        name: 'What is it about?',
        type: 'question',
        text: 'What can I do for you?',
        answer: { type: 'choice', options: ['An invoice', 'Something else'] },
        variable: 'topic',
        retry_text: '',
      },
      {
        id: 'is-invoice',
        name: '',
        type: 'condition',
        variable: 'topic',
        test: { type: 'is', value: 'An invoice' },
        otherwise: 'person',
      },
      {
        id: 'number',
        name: '',
        type: 'question',
        text: 'Which number does the invoice have? It stands at its top right.',
        answer: { type: 'number', min: 1, max: 99999, whole: true },
        variable: 'invoice_number',
        retry_text: 'That is no invoice number. It has one to five digits.',
        tries: 3,
        otherwise: 'person',
      },
      {
        id: 'send',
        name: 'Send the invoice',
        type: 'action',
        action: {
          type: 'send_attachment',
          text: 'Here it is. Please sign it, and send it back to me.',
          file_name: 'Invoice {{invoice_number}}.pdf',
          endpoint: 'https://billing.northwind.example/invoices/{{invoice_number}}.pdf',
          authorization: '0192d3c4b5a67788990000000000f001',
          content_type: 'application/pdf',
          headers: [{ name: 'X-Customer', value: '{{customer}}' }],
        },
        failure_text: 'I could not find that invoice. Somebody will look for it.',
        on_failure: 'person',
      },
      {
        id: 'signed',
        name: '',
        type: 'question',
        text: 'Did you sign it? Send it here, as a photo or as a PDF.',
        answer: { type: 'any' },
        variable: 'signed_invoice',
        retry_text: '',
      },
      {
        id: 'person',
        name: '',
        type: 'ask_technician',
        text: 'One moment please. I am looking for somebody.',
        if_nobody: 'sorry',
        next: 'bye',
      },
      {
        id: 'sorry',
        name: '',
        type: 'message',
        text: 'Nobody is free right now. What you sent is kept, and we will write to you.',
      },
      { id: 'bye', name: '', type: 'end', text: 'Thank you, {{customer}}. Good bye!' },
    ],
  };
}

/** What goes wrong while one builds. */
export function brokenFlow(): Flow {
  return {
    format: 1,
    steps: [
      { id: 'hello', name: '', type: 'message', text: 'Hello {{customer}}, you want to return {{article}}?' },
      {
        id: 'why',
        name: '',
        type: 'question',
        text: 'Why do you send it back?',
        answer: { type: 'choice', options: ['Broken', 'broken', ''] },
        variable: 'why',
        retry_text: '',
      },
      {
        id: 'label',
        name: '',
        type: 'action',
        action: {
          type: 'send_attachment',
          text: '',
          file_name: '',
          endpoint: 'ftp://files.northwind.example/label.pdf',
          content_type: 'pdf',
          headers: [{ name: 'Host', value: 'x' }],
        },
        failure_text: '',
        on_failure: 'gone',
      },
      { id: 'bye', name: '', type: 'end', text: '' },
      { id: 'lost', name: '<b>Bold</b>', type: 'message', text: '' },
    ],
  };
}
