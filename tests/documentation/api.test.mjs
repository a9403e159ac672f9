// docs/api.md: every request on it is sent, and answered as it says.

import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from '../stage.mjs';
import { blocksOf, filledIn, fits } from './page.mjs';
import { Shell } from './shell.mjs';

const { GATEWAY_URL, PYTHON_PACKAGES } = process.env;
const file = (path) => fileURLToPath(new URL(path, import.meta.url));

const runs = {
  async sh(shell, { words, text }) {
    if (words === 'in another terminal') await shell.begin(text);
    else printed = await shell.run(text);
  },
  async json(_shell, { text }) {
    const actual = JSON.parse(printed);
    assert.deepEqual(actual, filledIn(JSON.parse(text), actual));
  },
  async text(shell, { words, text }) {
    assert.equal(words, 'there');
    const expected = text.split('\n');
    const found = async () => {
      const lines = (await shell.heard()).split('\n');
      let next = 0;
      for (const line of lines) if (next < expected.length && fits(line, expected[next])) next += 1;
      return next === expected.length;
    };
    await until(found, text).catch(async (error) => {
      throw new Error(`${error.message}\nthere is:\n${await shell.heard()}`);
    });
  },
  js: (_shell, { words, text }) => writeFile(join(folder, words), text),
  python: (_shell, { words, text }) => writeFile(join(folder, words), text),
};

let folder;
let shell;
let printed;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'api-'));
  await symlink(file('../node_modules'), join(folder, 'node_modules'));
  const environment = { ...process.env, PATH: `${PYTHON_PACKAGES}/bin:${process.env.PATH}` };
  shell = new Shell(folder, environment);
});
after(async () => {
  shell.close();
  await rm(folder, { recursive: true });
});

const page = file('../../docs/api.md');
const { host } = new URL(GATEWAY_URL);
for (const block of await blocksOf(page)) {
  test(`docs/api.md:${block.line} ${block.language} ${block.words}`, async () => {
    assert.ok(runs[block.language], 'a language that can be run');
    await runs[block.language](shell, { ...block, text: block.text.replaceAll('localhost:4000', host) });
  });
}
