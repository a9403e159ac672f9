// Builds the page and its assets.
//
//   node build.mjs [FOLDER]   into FOLDER, ./dist without it, which is replaced
//
// Every asset has its content's hash in its name, so that the gateway may let browsers keep it for ever.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const sources = fileURLToPath(new URL('.', import.meta.url));
const dist = resolve(process.argv[2] ?? join(sources, 'dist'));

const common = {
  absWorkingDir: sources,
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  outdir: join(dist, 'assets'),
  entryNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
  assetNames: '[name]-[hash]',
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
};

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });

// Monaco asks for its workers by the language they serve.
const workers = await assets({
  splitting: true,
  entryPoints: {
    editor: 'monaco-editor/esm/vs/editor/editor.worker.js',
    graphql: 'monaco-graphql/esm/graphql.worker.js',
    json: 'monaco-editor/esm/vs/language/json/json.worker.js',
  },
});
const page = await assets({
  splitting: true,
  entryPoints: { playground: 'src/playground.jsx' },
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"', WORKERS: JSON.stringify(workers) },
  // Monaco's styles are in GraphiQL's style sheet already.
  loader: { '.css': 'empty', '.graphql': 'text' },
});
const style = await assets({ entryPoints: { style: 'src/style.css', icon: 'src/icon.svg' }, loader: { '.svg': 'copy' } });

const template = await readFile(join(sources, 'src/index.html'), 'utf8');
const urls = { ...page, ...style };
await writeFile(join(dist, 'index.html'), template.replace(/\{\{(\w+)\}\}/g, (_, name) => urls[name]));

/** Bundles the entry points and tells where each will be found. */
async function assets(options) {
  const { metafile } = await build({ ...common, ...options });
  const names = Object.keys(options.entryPoints);
  const files = Object.keys(metafile.outputs).map((file) => basename(file));
  return Object.fromEntries(
    names.map((name) => [name, `/assets/${files.find((file) => file.startsWith(`${name}-`) && !file.endsWith('.txt'))}`]),
  );
}
