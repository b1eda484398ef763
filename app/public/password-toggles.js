/** Lets people see what they type: long passwords are easier that way (NIST SP 800-63B-4, 3.1.1.2). */
export function addPasswordToggles(root) {
  for (const input of root.querySelectorAll('input[type="password"]')) {
    const button = root.createElement("button");
    button.type = "button";
    button.className = "toggle";
    const label = root.querySelector(`label[for="${input.id}"]`)?.textContent.toLowerCase() ?? "password";
    const show = (shown) => {
      input.type = shown ? "text" : "password";
      button.textContent = shown ? "Hide" : "Show";
      button.setAttribute("aria-label", `${button.textContent} ${label}`);
    };
    button.addEventListener("click", () => {
      show(input.type === "password");
      input.focus();
    });
    // A password must not be remembered as an ordinary text field's value.
    input.form?.addEventListener("submit", () => show(false));
    show(false);
    input.after(button);
    input.parentElement.classList.add("with-toggle");
  }
}
