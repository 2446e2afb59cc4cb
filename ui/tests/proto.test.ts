import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

it('exports every generated type under one name', () => {
  const folder = join(__dirname, '../src/lib/proto');
  const types = readdirSync(folder).filter((file) => file !== 'index.ts');
  const index = readFileSync(join(folder, 'index.ts'), 'utf8');
  expect(types.filter((file) => !index.includes(`'./${file.replace(/\.ts$/, '')}'`))).toEqual([]);
});
