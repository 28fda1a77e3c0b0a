/** Times that lie ahead, in the reader's own zone; without this file they stand in the site's. */

for (const time of document.querySelectorAll("time[data-local]")) {
  const options = { dateStyle: "medium", timeStyle: "short" };
  time.title = time.textContent;
  time.textContent = new Date(time.dateTime).toLocaleString(document.documentElement.lang, options);
}
