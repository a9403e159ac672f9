// A trace as a picture: node tests/traces/picture.mjs TRACE_ID >trace.svg, with JAEGER_URL in the environment.

import { read } from './jaeger.mjs';

const ROW = 17;
const NAMES = 400;
const TIMES = 560;
const colours = { router: '#7a6ff0', orders: '#2f81f7', billing: '#2da44e', excursions: '#d4a72c', notifications: '#bf4b8a' };

const escaped = (text) => text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
const milliseconds = (microseconds) => `${(microseconds / 1000).toFixed(1)} ms`;

/** Spans in the order in which they are read, each with its depth. What the router does within itself is its own. */
function rows(trace) {
  const roots = trace.spans.filter(({ parent }) => !trace.byId.has(parent));
  const walk = (span, depth) => {
    const children = trace.under(span);
    const internal = span.service === 'router' && trace.byId.get(span.parent)?.service === 'router';
    return internal && span.kind === 'internal'
      ? children.flatMap((child) => walk(child, depth))
      : [{ span, depth }, ...children.flatMap((child) => walk(child, depth + 1))];
  };
  return roots.flatMap((root) => walk(root, 0));
}

function drawn(trace) {
  const begin = Math.min(...trace.spans.map(({ start }) => start));
  const length = Math.max(...trace.spans.map(({ start, duration }) => start + duration)) - begin;
  const x = (time) => NAMES + ((time - begin) / length) * TIMES;
  const lines = rows(trace).map(({ span, depth }, row) => {
    const y = (row + 1) * ROW;
    const width = Math.max(1.5, (span.duration / length) * TIMES);
    const end = x(span.start) + width;
    const label = `${span.service}: ${span.name}${span.attributes['saga.outcome'] === 'rejected' ? ` (${span.attributes['saga.rejection']})` : ''}`;
    const colour = colours[span.service] ?? '#888888';
    return [
      `<text x="${8 + depth * 10}" y="${y + 12}"${span.failed ? ' fill="#cf222e"' : ''}>${escaped(label)}</text>`,
      `<rect x="${x(span.start).toFixed(1)}" y="${y + 3}" width="${width.toFixed(1)}" height="${ROW - 6}" rx="2" fill="${colour}"/>`,
      `<text class="time" x="${(end + 4).toFixed(1)}" y="${y + 12}">${milliseconds(span.duration)}</text>`,
    ].join('');
  });
  const height = (lines.length + 2) * ROW;
  const grid = [0, 0.25, 0.5, 0.75, 1].map((part) => {
    const at = NAMES + part * TIMES;
    return `<line x1="${at}" y1="${ROW}" x2="${at}" y2="${height}"/><text class="time" x="${at + 3}" y="12">${milliseconds(part * length)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${NAMES + TIMES + 80}" height="${height}" font-family="sans-serif" font-size="11">
<style>line { stroke: #d0d7de } text:not([fill]) { fill: #1f2328 } .time { fill: #656d76; font-size: 9px }</style>
<rect width="100%" height="100%" fill="#ffffff"/>
${[...grid, ...lines].join('\n')}
</svg>`;
}

console.log(drawn(await read(process.argv[2])));
