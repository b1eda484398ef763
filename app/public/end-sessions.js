import { ask } from "./ask.js";
import { say } from "./messages.js";

/** Ends sessions without leaving the list. The forms do the same where this does not run. */
export function endSessionsInPlace(root) {
  for (const form of root.querySelectorAll("form[data-end]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      end(form);
    });
  }
}

async function end(form) {
  const button = form.querySelector("button");
  button.disabled = true;
  const others = form.dataset.end === "others";
  const path = others ? "/account/sessions" : `/account/sessions/${encodeURIComponent(form.dataset.end)}`;
  try {
    const reply = await ask(path, "DELETE");
    if (reply.status === 401) return location.reload();
    const { message, error } = await reply.json();
    if (error?.code === "ERR_HOLDFAST_FRESH_SIGN_IN_REQUIRED") return confirmFirst();
    // A session that is gone already is what was asked for.
    if (reply.ok || reply.status === 404) remove(others ? undefined : form);
    say(message ?? error, reply.ok ? "success" : "error");
  } catch {
    say("That did not work. Check your connection and try again.", "error");
  } finally {
    button.disabled = false;
  }
}

/** The password is asked for, and then this page is shown again. */
function confirmFirst() {
  location.assign(`/confirm?returnTo=${encodeURIComponent("/account/sessions?notice=confirmed")}`);
}

/** Takes the row of `form` off the list, or all but this device's. */
function remove(form) {
  const list = document.getElementById("sessions");
  for (const row of [...list.children]) {
    const own = row.querySelector("form[data-end]");
    if (own && (form === undefined || own === form)) row.remove();
  }
  const left = list.querySelector("form[data-end]");
  document.getElementById("end-others").hidden = left === null;
  document.getElementById("no-others").hidden = left !== null;
  // The button that had the focus may be gone.
  document.querySelector("h1").focus();
}
