// Runs the collection as `newman` does from the shell; there a password would be seen in the list of processes.

import { fileURLToPath } from 'node:url';
import newman from 'newman';

const { GATEWAY_URL, OPERATOR_EMAIL, OPERATOR_PASSWORD } = process.env;
const settings = { baseUrl: GATEWAY_URL, operatorEmail: OPERATOR_EMAIL, operatorPassword: OPERATOR_PASSWORD };

const file = (name) => fileURLToPath(new URL(name, import.meta.url));

newman.run(
  {
    collection: file('excursions.postman_collection.json'),
    environment: file('local.postman_environment.json'),
    envVar: Object.entries(settings).map(([key, value]) => ({ key, value })),
    timeoutRequest: 60_000,
    reporters: 'cli',
    reporter: { cli: { noSuccessAssertions: true, noBanner: true } },
  },
  (error, summary) => {
    if (error) console.error(error);
    process.exitCode = error || summary.run.failures.length > 0 ? 1 : 0;
  },
);
