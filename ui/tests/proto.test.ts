import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it.each(['proto', 'proto/preview'])('%s exports every generated type under one name', (name) => {
  const folder = join(__dirname, '../src/lib', name);
  const types = readdirSync(folder).filter((file) => file !== 'index.ts' && file.endsWith('.ts'));
  const index = readFileSync(join(folder, 'index.ts'), 'utf8');
  expect(types.filter((file) => !index.includes(`'./${file.replace(/\.ts$/, '')}'`))).toEqual([]);
});
