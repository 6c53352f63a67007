// What the pages do by themselves where scripts run; without, everything works by links, buttons and reloading.
"use strict";

// On a phone the names of the pages scroll; ours is in sight.
document.querySelector(".mast [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

// A filter is in force as soon as it is chosen.
for (const form of document.querySelectorAll("form[data-auto]")) {
  form.addEventListener("change", (event) => {
    if (event.target instanceof HTMLSelectElement) form.requestSubmit();
  });
  form.addEventListener("submit", () => {
    for (const field of form.elements) if (field.name && !field.value) field.disabled = true;
  });
}

// What cannot be taken back is asked about.
for (const button of document.querySelectorAll("button.grave")) {
  button.addEventListener("click", (event) => {
    if (!window.confirm(`${button.textContent.trim()}?`)) event.preventDefault();
  });
}

// A live list is read anew while it is looked at, and nobody selects something in it.
const live = document.querySelector("[data-live]");
if (live) {
  const refresh = async () => {
    if (document.hidden || !document.getSelection().isCollapsed || live.contains(document.activeElement)) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) return;
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("live");
      if (found && found.innerHTML !== live.innerHTML) live.replaceChildren(...found.childNodes);
    } catch {
      // The desk is away for a moment; the next try comes by itself.
    }
  };
  setInterval(refresh, Number(live.dataset.live) * 1000);
}
