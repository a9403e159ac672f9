import './workers.js';
import { GraphiQL } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { defaultHeaders, examples } from './examples.js';
import { fetcher } from './fetcher.js';
import { storage } from './storage.js';

createRoot(document.getElementById('playground')).render(
  <GraphiQL
    fetcher={fetcher}
    storage={storage}
    defaultTabs={examples}
    defaultHeaders={defaultHeaders}
    defaultEditorToolsVisibility="variables"
  >
    <GraphiQL.Logo>Excursions</GraphiQL.Logo>
  </GraphiQL>,
);
