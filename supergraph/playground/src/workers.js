// Monaco checks and completes in workers. WORKERS has their addresses: the build puts it in.

globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(WORKERS[label] ?? WORKERS.editor, { type: 'module' }),
};
