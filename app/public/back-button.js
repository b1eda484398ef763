/**
 * A browser may bring a page back from its own memory, though it was told not to store it: then the page is asked
 * for again, so that nobody sees a dashboard after logging out.
 */
export function keepBackButtonHonest() {
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
}
