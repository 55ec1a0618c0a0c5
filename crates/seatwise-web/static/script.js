// An enhancement: every page works without this script. It sorts, filters and turns lists without loading a new
// page. The address says what is shown, with and without the script.
"use strict";
(() => {
  let asked = 0;

  // The address of the page that is shown, without a fragment.
  const here = () => location.pathname + location.search;
  let shown = here();

  // Replaces parts of the document with the same parts of another page. Open details stay open.
  const swap = (page, parts) => {
    const opened = [...document.querySelectorAll("details")].map((it) => it.open);
    const next = [...page.querySelectorAll(parts)];
    const shown = [...document.querySelectorAll(parts)];
    if (next.length !== shown.length) throw new Error("another page");
    shown.forEach((part, place) => part.replaceWith(document.importNode(next[place], true)));
    document.querySelectorAll("details").forEach((it, place) => (it.open = opened[place] ?? it.open));
    document.title = page.title;
  };

  const show = async (address, parts) => {
    const turn = ++asked;
    const answer = await fetch(address, { credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // A later request has replaced this one.
    if (turn !== asked) return false;
    swap(page, `.facts, footer, ${parts}`);
    return true;
  };

  // The links that sort a table or turn to another page of a list.
  const TURNS = "a[data-sort], .pages a";

  // All links with the same text: several tables can have a column of the same name.
  const alike = (text) => [...document.querySelectorAll(TURNS)].filter((it) => it.textContent === text);

  document.addEventListener("click", async (event) => {
    const link = event.target.closest(TURNS);
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const text = link.textContent;
    const place = alike(text).indexOf(link);
    const address = link.href;
    try {
      if (!(await show(address, "main"))) return;
      history.pushState(null, "", address);
      shown = here();
      alike(text)[place]?.focus({ preventScroll: true });
    } catch {
      location.assign(address);
    }
  });

  let timer;
  document.addEventListener("input", (event) => {
    const field = event.target.closest("[data-search]");
    if (!field) return;
    clearTimeout(timer);
    timer = setTimeout(() => {
      const query = new URLSearchParams(new FormData(field.form));
      for (const [name, value] of [...query]) if (!value) query.delete(name);
      const address = `${location.pathname}${query.size ? "?" : ""}${query}`;
      const replace = () => {
        history.replaceState(null, "", address);
        shown = here();
      };
      show(address, "[data-replace]").then((isShown) => isShown && replace(), () => {});
    }, 200);
  });

  // Going to a fragment, as the skip link does, keeps the page.
  addEventListener("popstate", () => {
    if (here() !== shown) location.reload();
  });
})();
