import '@fontsource-variable/inter/wght.css';
import '$lib/styles/tokens.css';
import '$lib/styles/base.css';
import '$lib/styles/overlays.css';
import '$lib/styles/preview.css';
import '$lib/styles/viewer.css';
import { mount } from 'svelte';
import App from '$app/App.svelte';
import { theme } from '$app/theme.svelte';
import { loadPlatform } from '$lib/platform';

theme.listen();

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no #app');
const platform = await loadPlatform();
mount(App, { target, props: { platform } });
