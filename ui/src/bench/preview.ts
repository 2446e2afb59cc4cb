// The viewer alone, for measuring and for looking at many documents: `?file=…` is fetched from the same origin.
import '$lib/styles/tokens.css';
import '$lib/styles/base.css';
import '$lib/styles/preview.css';
import { mount } from 'svelte';
import DocumentView from '$lib/preview/DocumentView.svelte';
import { fetched, modelled, nameOf, painted } from './measure';
import './preview.css';

Object.assign(globalThis, { modelled, painted });

const file = new URLSearchParams(location.search).get('file');
const target = document.getElementById('viewer');
if (file && target) {
  mount(DocumentView, {
    target,
    props: { source: () => fetched(file), name: nameOf(file), download: () => {} },
  });
}
