// What clients see of the API: as the router shows it, and as it is committed.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isSpecifiedScalarType,
  lexicographicSortSchema,
  parse,
  printType,
  visit,
} from 'graphql';

const { GATEWAY_URL } = process.env;

const committed = buildSchema(read('api.graphql'));
let shown;
before(async () => {
  const response = await fetch(`${GATEWAY_URL}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: getIntrospectionQuery() }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined);
  shown = buildClientSchema(data);
});

test('the router shows what is committed', () => {
  assert.deepEqual(printed(shown), printed(committed));
});

test('every type, field, argument and enum value is described', () => {
  const silent = elementsOf(committed)
    .filter(({ node }) => !node.description?.trim())
    .map(({ path }) => path);
  assert.deepEqual(silent, []);
});

test('nothing internal is shown', () => {
  const internal = inaccessible(parse(read('supergraph.graphql')));
  for (const command of ['quote', 'charge', 'refund', 'reserve', 'release', 'closeDeparture', 'finishCancellation']) {
    assert.ok(internal.includes(`Mutation.${command}`), `${command} is marked @inaccessible`);
  }
  for (const schema of [shown, committed]) {
    const paths = new Set(elementsOf(schema).map(({ path }) => path));
    assert.deepEqual(internal.filter((path) => paths.has(path)), []);
    assert.deepEqual([...paths].filter((path) => /(^|\.)(_|join__|link__)/.test(path)), []);
  }
});

function read(file) {
  return readFileSync(new URL(`../../supergraph/${file}`, import.meta.url), 'utf8');
}

function typesOf(schema) {
  return Object.values(schema.getTypeMap()).filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type));
}

/** Every type, field, argument and enum value, by its path: `Query`, `Query.user`, `Query.user.id`. */
function elementsOf(schema) {
  return typesOf(schema).flatMap((type) => [
    { path: type.name, node: type },
    ...(isEnumType(type) ? type.getValues() : Object.values(type.getFields?.() ?? {})).flatMap((member) => [
      { path: `${type.name}.${member.name}`, node: member },
      ...(isInputObjectType(type) ? [] : (member.args ?? [])).map((argument) => ({
        path: `${type.name}.${member.name}.${argument.name}`,
        node: argument,
      })),
    ]),
  ]);
}

/** The paths of what a document marks as `@inaccessible`. */
function inaccessible(document) {
  const found = [];
  const names = [];
  visit(document, {
    enter(node) {
      if (!node.kind.endsWith('Definition') || !node.name) return;
      names.push(node.name.value);
      if (node.directives?.some(({ name }) => name.value === 'inaccessible')) found.push(names.join('.'));
    },
    leave(node) {
      if (node.kind.endsWith('Definition') && node.name) names.pop();
    },
  });
  return found;
}

function printed(schema) {
  return Object.fromEntries(typesOf(lexicographicSortSchema(schema)).map((type) => [type.name, printType(type)]));
}
