// A hostile node: an HTTP proxy between the browser and an honest one, which lies where a test tells it to.
import http from 'node:http';

export class Proxy {
  /** What to do with a request instead of passing it on; undefined: pass it on. */
  lie = undefined;
  /** What to make of a page of the node, a string. */
  rewrite = (html) => html;
  /** What to make of the node's headers. */
  headers = (h) => h;

  constructor(port, target) {
    this.url = `http://127.0.0.1:${port}`;
    this.target = target;
    this.server = http.createServer((request, response) => this.#answer(request, response).catch(() => response.destroy()));
    this.open = new Promise((resolve) => this.server.listen(port, '127.0.0.1', resolve));
  }

  /** Is honest again. */
  reset() {
    this.lie = undefined;
    this.rewrite = (html) => html;
    this.headers = (h) => h;
  }

  async #answer(request, response) {
    if (this.lie && await this.lie(request, response)) return;
    const headers = { ...request.headers };
    delete headers['if-none-match'];
    delete headers['accept-encoding'];
    const answer = await fetch(this.target + request.url, { method: request.method, headers: { accept: headers.accept ?? '*/*' }, redirect: 'manual' });
    let body = Buffer.from(await answer.arrayBuffer());
    const out = Object.fromEntries([...answer.headers].filter(([k]) => !['content-length', 'content-encoding', 'transfer-encoding', 'connection'].includes(k)));
    if (out['content-type']?.startsWith('text/html')) body = Buffer.from(this.rewrite(body.toString()));
    response.writeHead(answer.status, this.headers(out));
    response.end(body);
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

/** Answers a path with bytes of the test's own. */
export const instead = (path, make) => async (request, response) => {
  if (!request.url.startsWith(path)) return false;
  const bytes = await make(request);
  response.writeHead(200, { 'content-type': 'application/octet-stream', 'access-control-allow-origin': '*' });
  response.end(bytes);
  return true;
};
