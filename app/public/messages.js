/** Shows one line above the page's content; it is read out, as the place for it is a live region. */
export function say(text, tone = "success") {
  const notice = document.getElementById(`notice-${tone}`).content.cloneNode(true);
  notice.querySelector("span").textContent = text;
  document.getElementById("messages").replaceChildren(notice);
}
