import type { Component } from 'svelte';
import CircleQuestionMark from '@lucide/svelte/icons/circle-question-mark';
import Flag from '@lucide/svelte/icons/flag';
import Headset from '@lucide/svelte/icons/headset';
import MessageSquare from '@lucide/svelte/icons/message-square';
import Paperclip from '@lucide/svelte/icons/paperclip';
import Split from '@lucide/svelte/icons/split';
import type { StepType } from './steps';

export const ICONS: Record<StepType, Component<{ size?: number | string }>> = {
  message: MessageSquare,
  question: CircleQuestionMark,
  condition: Split,
  action: Paperclip,
  ask_technician: Headset,
  end: Flag,
};
