// Traces as Jaeger's query API gives them back.

import { AssertionError } from 'node:assert';
import { randomBytes } from 'node:crypto';
import { until } from '../stage.mjs';

const { JAEGER_URL } = process.env;

/** A trace that a client begins: its id, the client's own span, and the header that hands both on. */
export function begin({ sampled = true } = {}) {
  const [id, span] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { id, span, headers: { traceparent: `00-${id}-${span}-${sampled ? '01' : '00'}` } };
}

/** The spans of a trace that Jaeger has so far. */
export async function read(id) {
  const response = await fetch(`${JAEGER_URL}/api/traces/${id}`);
  if (response.status === 404) return new Trace([]);
  const { data } = await response.json();
  return new Trace(data?.[0] ? data[0].spans.map((span) => understood(span, data[0].processes[span.processID])) : []);
}

/** The trace, as soon as nothing is missing that is asserted of it: spans arrive by and by. */
export async function readWhen(id, hold) {
  let missing;
  const holds = async () => {
    const trace = await read(id);
    try {
      hold(trace);
      return trace;
    } catch (error) {
      if (!(error instanceof AssertionError)) throw error;
      missing = error;
      return undefined;
    }
  };
  return until(holds, `trace ${id}`).catch((error) => {
    throw missing ?? error;
  });
}

function understood({ spanID, operationName, references, startTime, duration, tags }, process) {
  const text = (list) => Object.fromEntries(list.map(({ key, value }) => [key, value]));
  const { 'span.kind': kind = 'internal', ...attributes } = text(tags);
  return {
    id: spanID,
    parent: references.find(({ refType }) => refType === 'CHILD_OF')?.spanID,
    links: references.filter(({ refType }) => refType === 'FOLLOWS_FROM').map((link) => link.spanID),
    service: process.serviceName,
    instance: text(process.tags)['service.instance.id'],
    name: operationName,
    kind,
    start: startTime,
    duration,
    failed: attributes.error === true,
    attributes,
  };
}

export class Trace {
  constructor(spans) {
    this.spans = spans.sort((one, other) => one.start - other.start);
    this.byId = new Map(spans.map((span) => [span.id, span]));
  }

  /** All spans of a service with a name. */
  all(service, name) {
    return this.spans.filter((span) => span.service === service && span.name === name);
  }

  has(service, name) {
    return this.all(service, name).length > 0;
  }

  /** Those from the first down to a span, without the router's own, as `service: name`. */
  way(span) {
    const above = this.byId.get(span.parent);
    const before = above ? this.way(above) : [];
    return span.service === 'router' ? before : [...before, `${span.service}: ${span.name}`];
  }

  /** What lies directly under a span. */
  under(span) {
    return this.spans.filter(({ parent }) => parent === span.id);
  }

  /** What lies anywhere under a span. */
  below(span) {
    return this.under(span).flatMap((child) => [child, ...this.below(child)]);
  }

  /** Spans whose parent is in no process that told of itself. */
  orphans(client) {
    return this.spans.filter(({ parent }) => parent !== client && !this.byId.has(parent));
  }
}
