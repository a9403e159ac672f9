// Composes ../schemas/*.graphql into ../supergraph.graphql, and writes what a client sees to ../api.graphql.
//
//   node compose.mjs           writes both files
//   node compose.mjs --check   writes nothing, and fails when a committed file is stale
//
// The composition is checked against Apollo's own: both must show clients the same API.

import { readFileSync, writeFileSync } from 'node:fs';
import { composeServices as apolloComposition } from '@apollo/composition';
import { compositionHasErrors, composeServices, transformSupergraphToPublicSchema } from '@theguild/federation-composition';
import { Kind, buildASTSchema, lexicographicSortSchema, parse, print, printSchema, specifiedDirectives, visit } from 'graphql';

const folder = new URL('../', import.meta.url);
const names = ['users', 'billing', 'excursions', 'orders', 'notifications'];

// Where a subgraph answers in Kubernetes; elsewhere the router's configuration overrides it.
const subgraphs = names.map((name) => ({
  name,
  url: `http://${name}:8080/graphql`,
  typeDefs: withoutSpecifiedDirectives(parse(read(`schemas/${name}.graphql`))),
}));

const supergraph = compose();
const api = apiOf(supergraph);
crossCheck();

const files = { 'supergraph.graphql': supergraph, 'api.graphql': api };
const stale = Object.entries(files).filter(([file, text]) => read(file, '') !== text);
if (process.argv.includes('--check')) {
  for (const [file] of stale) {
    console.error(`supergraph/${file} is stale: make supergraph writes it anew; commit the result.`);
  }
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const [file, text] of stale) {
    writeFileSync(new URL(file, folder), text);
    console.log(`wrote supergraph/${file}`);
  }
}

/** GraphQL's own directives need no definition; the router refuses a supergraph that has one. */
function withoutSpecifiedDirectives(document) {
  const specified = (node) => specifiedDirectives.some((directive) => directive.name === node.name.value);
  const kept = document.definitions.filter((node) => node.kind !== Kind.DIRECTIVE_DEFINITION || !specified(node));
  return { ...document, definitions: kept };
}

function compose() {
  const result = composeServices(subgraphs);
  if (compositionHasErrors(result)) {
    refuse('the schemas do not compose', result.errors);
  }
  return `${result.supergraphSdl.trim()}\n`;
}

/** The schema that the router shows to clients: without what is `@inaccessible`, and without federation's own types. */
function apiOf(supergraphSdl) {
  const schema = buildASTSchema(transformSupergraphToPublicSchema(parse(supergraphSdl)));
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

/** Without descriptions: where subgraphs describe a shared type in other words, each tool picks its own. */
function shapeOf(supergraphSdl) {
  return apiOf(print(visit(parse(supergraphSdl), { enter: (node) => (node.description ? { ...node, description: undefined } : undefined) })));
}

function crossCheck() {
  const result = apolloComposition(subgraphs);
  if (result.errors) {
    refuse("Apollo's composition refuses the schemas", result.errors);
  }
  const [shape, expected] = [shapeOf(supergraph), shapeOf(result.supergraphSdl)];
  if (expected !== shape) {
    const [ours, theirs] = [shape.split('\n'), expected.split('\n')];
    const line = ours.findIndex((text, index) => text !== theirs[index]);
    refuse("Apollo's composition shows another API", [
      { message: `line ${line + 1}: ${ours[line]}` },
      { message: `Apollo has: ${theirs[line]}` },
    ]);
  }
}

function read(file, otherwise) {
  try {
    return readFileSync(new URL(file, folder), 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT' || otherwise === undefined) throw error;
    return otherwise;
  }
}

function refuse(what, errors) {
  console.error(`${what}:`);
  for (const { message, extensions } of errors) {
    console.error(`  ${extensions?.code ? `${extensions.code}: ` : ''}${message}`);
  }
  process.exit(1);
}
