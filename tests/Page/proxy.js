// A wire between the page and the host that can be cut.
import { once } from "node:events";
import { connect, createServer } from "node:net";

export class Proxy {
  sockets = new Set();

  static async start(target) {
    const proxy = new Proxy();
    proxy.target = target;
    await proxy.listen(0);
    return proxy;
  }

  get url() {
    return `http://127.0.0.1:${this.port}`;
  }

  async listen(port) {
    this.server = createServer((near) => {
      const far = connect(this.target, "127.0.0.1");
      for (const [from, to] of [[near, far], [far, near]]) {
        this.sockets.add(from);
        from.pipe(to);
        from.on("error", () => to.destroy());
        from.on("close", () => { this.sockets.delete(from); to.destroy(); });
      }
    });
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = this.server.address().port;
  }

  /** Breaks what is connected and refuses what comes. */
  async cut() {
    const closed = once(this.server, "close");
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  async restore() {
    await this.listen(this.port);
  }

  async stop() {
    if (this.server.listening) await this.cut();
  }
}
