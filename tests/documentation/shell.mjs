// A shell that runs one text after the other, and terminals beside it that know what it knows.

import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../stage.mjs';

/** Ends what a text printed; no text prints it. */
const END = '\u0001end of the text\u0001';

export class Shell {
  #bash;
  #folder;
  #printed = '';
  #complained = '';
  #terminals = [];

  constructor(folder, environment) {
    this.#folder = folder;
    this.#bash = spawn('bash', ['--noprofile', '--norc'], { cwd: folder, env: environment, detached: true });
    this.#bash.stdout.setEncoding('utf8').on('data', (text) => (this.#printed += text));
    this.#bash.stderr.setEncoding('utf8').on('data', (text) => (this.#complained += text));
  }

  /** What a text prints. Its last command must succeed. */
  async run(text) {
    this.#printed = '';
    this.#complained = '';
    this.#bash.stdin.write(`${text}\nprintf '%s %s' $? '${END}'\n`);
    const ending = new RegExp(`(\\d+) ${END}$`);
    await until(() => ending.test(this.#printed) || this.#bash.exitCode !== null, 'the end of the commands', 60_000);
    const [, status] = this.#printed.match(ending) ?? [undefined, 'no status'];
    if (status !== '0') throw new Error(`it ended with ${status}: ${this.#printed}${this.#complained}`);
    return this.#printed.replace(ending, '');
  }

  /** Runs a text beside, and waits until it speaks. */
  async begin(text) {
    const terminal = join(this.#folder, `terminal-${this.#terminals.length + 1}`);
    this.#terminals.push(terminal);
    await writeFile(terminal, '');
    await this.run(`( ${text}\n) >${terminal} 2>&1 </dev/null &`);
    await until(() => this.heard(), 'a word of the other terminal');
  }

  /** What the last of the other terminals has printed. */
  heard() {
    return readFile(this.#terminals.at(-1), 'utf8');
  }

  /** Ends all that runs in it. */
  close() {
    process.kill(-this.#bash.pid);
  }
}
