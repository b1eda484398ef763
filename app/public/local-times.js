/** The server writes times in UTC; this shows them in the reader's time zone and language. */
export function showLocalTimes(root) {
  const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const seconds = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
  for (const time of root.querySelectorAll("time[datetime]")) {
    const date = new Date(time.dateTime);
    time.title = date.toISOString();
    time.textContent = ("seconds" in time.dataset ? seconds : full).format(date);
  }
}
