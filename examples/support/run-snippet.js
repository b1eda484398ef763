/**
 * Loaded before a snippet: what listens, listens on a free port; is asked for its first page as a browser on this
 * machine would; and is closed, so that the snippet ends. A status of 400 or more is a failure.
 */
import http from "node:http";
import net from "node:net";

const { listen } = net.Server.prototype;

net.Server.prototype.listen = function (port, ...rest) {
  // Snippets write a fixed port. What asks for a free one, as a test agent does, looks after itself.
  if (port === 0) return listen.call(this, port, ...rest);
  return listen.call(this, 0, () => visit(this));
};

function visit(server) {
  const { port } = server.address();
  http.get({ host: "localhost", port, agent: false }, (reply) => {
    reply.resume().on("end", () => {
      console.log(`GET / ${reply.statusCode}, ${reply.headers["set-cookie"]?.length ?? 0} cookies`);
      if (reply.statusCode >= 400) process.exitCode = 1;
      server.close();
    });
  });
}
