// Sends the operations: queries and mutations by HTTP, subscriptions by WebSocket, both to this page's own origin.
// A subscription carries the headers of the header editor in its connection_init.

import { createGraphiQLFetcher, isAsyncIterable } from '@graphiql/toolkit';
import { Kind, parse } from 'graphql';
import { fillHeaders, fillVariables, keepFrom } from './placeholders.js';

const send = createGraphiQLFetcher({
  url: '/graphql',
  subscriptionUrl: `${location.origin.replace(/^http/, 'ws')}/graphql`,
  enableIncrementalDelivery: false,
  fetch: fetchJson,
});

export async function fetcher({ query, variables, operationName }, options) {
  const documentAST = parse(query);
  const result = await send(
    { query, variables: fillVariables(variables), operationName: chosen(documentAST, operationName) },
    { documentAST, headers: fillHeaders(options?.headers) },
  );
  if (!isAsyncIterable(result)) keepFrom(result.data);
  return result;
}

/** For a moment after a change of tabs, GraphiQL still names the other tab's operation. */
function chosen(documentAST, operationName) {
  const names = documentAST.definitions
    .filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
    .map((definition) => definition.name?.value);
  return names.includes(operationName) ? operationName : names[0];
}

/** What is no JSON, as when a server behind the gateway is down, is shown as it is. */
async function fetchJson(url, request) {
  const response = await fetch(url, request);
  if (!response.headers.get('content-type')?.includes('json')) {
    throw new Error(`${response.status} ${response.statusText}: ${(await response.text()).trim()}`);
  }
  return response;
}
