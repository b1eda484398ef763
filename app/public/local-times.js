/** The server writes times in UTC; this shows them in the reader's time zone and language. */
export function showLocalTimes(root) {
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  for (const time of root.querySelectorAll("time[datetime]")) {
    const date = new Date(time.dateTime);
    time.title = date.toISOString();
    time.textContent = format.format(date);
  }
}
