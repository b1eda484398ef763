/** Asks the server for JSON, as scripts of a page do. */
export async function ask(path, method) {
  const reply = await send(path, method);
  // A session that is bound to the device: the browser renews its proof before the next request. If that fails as well,
  // the page that the caller loads after a 401 lets the server settle it.
  return (await lacksProof(reply)) ? send(path, method) : reply;
}

function send(path, method) {
  return fetch(path, { method, headers: { accept: "application/json" } });
}

/** The server has done nothing then, so that the same may be sent again. */
async function lacksProof(reply) {
  if (reply.status !== 401) return false;
  // What a proxy says may be anything.
  const { code } = await reply
    .clone()
    .json()
    .catch(() => ({}));
  return code === "ERR_HOLDFAST_DEVICE_PROOF_REQUIRED";
}
