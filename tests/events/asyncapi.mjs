// docs/asyncapi.yaml: what it says of topics and events, and whether a record is as it says.

import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

export const text = readFileSync(new URL('../../docs/asyncapi.yaml', import.meta.url), 'utf8');
const document = parse(text);

const { deadLetters, ...channels } = document.channels;
export const topics = Object.values(channels).map(({ address }) => address);
export const deadLetterTopics = topics.map((topic) => deadLetters.address.replace('{topic}', topic));

/** The types of events on a topic. */
export function typesOn(topic) {
  const { messages } = Object.values(channels).find(({ address }) => address === topic);
  return Object.keys(messages);
}

// Who consumes passes over what it does not know; here, what is not in the document is a fault of the document.
const { DeadLetter, ...messages } = document.components.messages;
close([messages, document.components.schemas]);

const ajv = new Ajv({ strict: false, allErrors: true });
addFormats(ajv);
ajv.addSchema(document, 'asyncapi');

/** What is wrong with one part (`headers` or `payload`) of a message. */
export function faults(message, part, value) {
  const fits = ajv.getSchema(`asyncapi#/components/messages/${message}/${part}`);
  return fits(value) ? [] : fits.errors.map(({ instancePath, message: why, params }) => `${part}${instancePath} ${why} ${JSON.stringify(params)}`);
}

function close(node) {
  if (typeof node !== 'object' || node === null) return;
  if (node.type === 'object' && node.properties) node.additionalProperties = false;
  Object.values(node).forEach(close);
}
