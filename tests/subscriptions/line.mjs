// A line to the public origin that can be cut: clients on it lose their connections without a word.

import { once } from 'node:events';
import { connect, createServer } from 'node:net';

export class Line {
  #sockets = new Set();
  #server;

  static async to(url) {
    const line = new Line();
    const { hostname, port } = new URL(url);
    line.#server = createServer((near) => {
      const far = connect(port, hostname);
      for (const [one, other] of [[near, far], [far, near]]) {
        line.#sockets.add(one);
        one.pipe(other);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          line.#sockets.delete(one);
          other.destroy();
        });
      }
    });
    line.#server.listen(0, '127.0.0.1');
    await once(line.#server, 'listening');
    line.host = `127.0.0.1:${line.#server.address().port}`;
    return line;
  }

  cut() {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  close() {
    this.cut();
    this.#server.close();
  }
}
