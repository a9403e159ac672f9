// A page's fenced blocks, by the words after the fence:
//
//   sh              a shell runs it, all of them the same one
//   json            what the block before it prints: JSON, in which … stands for anything
//   sh in another terminal   runs beside the others until the page ends; the page goes on when it has begun to speak
//   text there      lines that come there, in this order, among others; … stands for anything
//   js NAME, python NAME     a file beside the shell

import { readFile } from 'node:fs/promises';

/** The blocks of a page, each with the line that it begins on. */
export async function blocksOf(page) {
  const blocks = [];
  let block;
  for (const [index, line] of (await readFile(page, 'utf8')).split('\n').entries()) {
    const fence = line.match(/^```(\S*) ?(.*)$/);
    if (!fence) {
      block?.lines.push(line);
    } else if (block) {
      blocks.push({ ...block, text: block.lines.join('\n') });
      block = undefined;
    } else {
      block = { language: fence[1], words: fence[2], line: index + 1, lines: [] };
    }
  }
  return blocks;
}

/** Whether a text is another in which … stands for anything. */
export function fits(text, pattern) {
  const literal = pattern.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${literal.join('[^]*')}$`).test(text);
}

/** The expected value, with what stands for … filled in from the actual one wherever it fits. */
export function filledIn(expected, actual) {
  if (expected === '…') return actual;
  if (typeof expected === 'string' && typeof actual === 'string') return fits(actual, expected) ? actual : expected;
  if (typeof expected !== 'object' || expected === null || typeof actual !== 'object' || actual === null) return expected;
  if (Array.isArray(expected)) return expected.map((value, index) => filledIn(value, actual[index]));
  return Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, filledIn(value, actual[name])]));
}
